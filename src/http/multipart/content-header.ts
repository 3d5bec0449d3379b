/** A header with parameters: `form-data; name="files"; filename="a.csv"`. */
export interface ContentHeader {
  /** Lower case, without the parameters. */
  value: string;
  /** By lower-case name. `name*=UTF-8''…` (RFC 5987) is decoded and takes the place of `name`. */
  parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[^\s;="]+/y;
const SEPARATOR = /[\s;]*/y;
const EQUALS = /\s*=\s*/y;
/** Only `\"` and `\\` are escapes; other backslashes stand for themselves, as some clients send Windows paths. */
const QUOTED = /"((?:\\["\\]|[^"])*)"/y;
const BARE = /[^\s;]+/y;

/** Reads a header with parameters; undefined when its quotes or its equals signs do not match up. */
export function parseContentHeader(text: string): ContentHeader | undefined {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  take(SEPARATOR);
  const value = take(TOKEN)?.[0].toLowerCase() ?? "";
  const plain = new Map<string, string>();
  const extended = new Map<string, string>();
  for (;;) {
    take(SEPARATOR);
    if (at >= text.length) break;
    const name = take(TOKEN)?.[0].toLowerCase();
    if (name === undefined || !take(EQUALS)) return undefined;
    const quoted = text[at] === '"';
    const match = take(quoted ? QUOTED : BARE);
    if (!match) return undefined;
    const content = quoted ? (match[1] ?? "").replace(/\\(["\\])/g, "$1") : match[0];
    if (name.endsWith("*")) extended.set(name.slice(0, -1), decodeExtended(content));
    else plain.set(name, content);
  }
  return { value, parameters: new Map([...plain, ...extended]) };
}

/** RFC 5987: `charset'language'percent-encoded`. What does not decode stays as it is. */
function decodeExtended(content: string): string {
  const match = /^([\w-]+)'[^']*'(.*)$/.exec(content);
  if (!match) return content;
  const [, charset = "", encoded = ""] = match;
  try {
    if (charset.toLowerCase() === "utf-8") return decodeURIComponent(encoded);
    return encoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  } catch {
    return encoded;
  }
}
