/** A file name may be anything that one path segment can hold; what could leave its place in a key or a header may not. */
const FORBIDDEN = /[/\\\p{Cc}\p{Zl}\p{Zp}]/u;

/** Says what is wrong with a file name, or undefined when it is fine. */
export function faultOfFilename(name: string): string | undefined {
  if (name.trim() === "") return "A file name may not be empty.";
  if (new TextEncoder().encode(name).length > 255) return "A file name may be at most 255 bytes long in UTF-8.";
  if (FORBIDDEN.test(name))
    return "A file name may not contain slashes, backslashes or control characters; give the last part of the path only.";
  if (name === "." || name === "..") return "“.” and “..” are not file names.";
  if (!name.isWellFormed()) return "The file name holds half of a surrogate pair; it is not valid Unicode.";
  return undefined;
}

/** Says what is wrong with a file's media type, or undefined when it can stand in a header. */
export function faultOfContentType(type: string): string | undefined {
  return isHeaderText(type) ? undefined : "A content type is written in printable ASCII characters, such as text/csv.";
}

/** Whether a text can stand in a header as it is. */
export const isHeaderText = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);
