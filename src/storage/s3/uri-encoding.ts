import { S3Error } from "./s3-error.ts";

/**
 * Percent-encodes as SigV4 wants it: UTF-8, everything but `A–Z a–z 0–9 - . _ ~` escaped, upper-case hexadecimal.
 * Throws URIError for a lone surrogate.
 */
export function encodeUriComponent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** An object key as a URL path: each byte encoded once, slashes kept. */
export function encodeObjectKey(key: string): string {
  return key.split("/").map(encodeUriComponent).join("/");
}

/** A URL's path, decoded once. A plus sign is a plus sign. Throws `InvalidURI` for broken escapes. */
export function decodePath(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch (cause) {
    throw new S3Error("InvalidURI", "The path holds a percent sign that does not begin a valid UTF-8 escape.", {
      cause,
    });
  }
}

/** Decoded name-value pairs of a query string (without `?`), in order. Throws `InvalidURI` for broken escapes. */
export function decodeQuery(search: string): [string, string][] {
  if (search === "") return [];
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text.replaceAll("+", " "));
    } catch (cause) {
      throw new S3Error("InvalidURI", "The query holds a percent sign that does not begin a valid UTF-8 escape.", {
        cause,
      });
    }
  };
  return search
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [decode(pair), ""] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
}
