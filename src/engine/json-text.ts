/**
 * JSON functions over text, for an engine without DuckDB's json extension. Values are found by scanning, not by parsing into
 * JavaScript, so that numbers keep every digit.
 */

/** The text is not JSON. */
export class MalformedJsonError extends Error {
  override readonly name = "MalformedJsonError";
  constructor() {
    super("Malformed JSON: the text is not valid JSON. Use json_valid() or TRY(…) to leave such rows out.");
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none inside a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;
const LITERAL = /true|false|null/y;
const DEEPEST = 1_000;

function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

function skipSpace(text: string, at: number): number {
  return matchAt(SPACE, text, at);
}

/** Calls `visit` for each member or element of the container at `open`; stops early when it returns false. Returns the end. */
function walkContainer(
  text: string,
  open: number,
  depth: number,
  visit?: (start: number, end: number, keyStart: number, keyEnd: number, index: number) => boolean,
): number {
  if (depth > DEEPEST) throw new MalformedJsonError();
  const isObject = text[open] === "{";
  const close = isObject ? "}" : "]";
  let at = skipSpace(text, open + 1);
  if (text[at] === close) return at + 1;
  for (let index = 0; ; index++) {
    let keyStart = -1;
    let keyEnd = -1;
    if (isObject) {
      keyStart = at;
      keyEnd = matchAt(STRING, text, at);
      if (keyEnd < 0) throw new MalformedJsonError();
      at = skipSpace(text, keyEnd);
      if (text[at] !== ":") throw new MalformedJsonError();
      at = skipSpace(text, at + 1);
    }
    const end = skipValue(text, at, depth + 1);
    if (visit && !visit(at, end, keyStart, keyEnd, index)) return end;
    at = skipSpace(text, end);
    if (text[at] === close) return at + 1;
    if (text[at] !== ",") throw new MalformedJsonError();
    at = skipSpace(text, at + 1);
  }
}

function skipValue(text: string, at: number, depth = 0): number {
  const first = text[at];
  if (first === "{" || first === "[") return walkContainer(text, at, depth);
  const end = matchAt(
    first === '"' ? STRING : first === "t" || first === "f" || first === "n" ? LITERAL : NUMBER,
    text,
    at,
  );
  if (end < 0) throw new MalformedJsonError();
  return end;
}

/** The only value of the text, without the space around it. */
function readDocument(text: string): string {
  const start = skipSpace(text, 0);
  const end = skipValue(text, start);
  if (skipSpace(text, end) !== text.length) throw new MalformedJsonError();
  return text.slice(start, end);
}

export function isValidJson(text: string): boolean {
  try {
    readDocument(text);
    return true;
  } catch (error) {
    if (error instanceof MalformedJsonError) return false;
    throw error;
  }
}

type PathStep = string | number;

const PATH_STEP = /\.(?:"((?:[^"\\]|\\.)*)"|([^.[\]"*]+))|\[(#?-)?(\d+)\]|(\.\*\*?|\[\*\])/y;

/**
 * Reads a path as DuckDB writes them: `$.a[0]."b c"`, `$[-1]` or `$[#-1]`, a JSON pointer `/a/0`, or a plain key `a`.
 *
 * @throws Error for a path that cannot be read, and for wildcards.
 */
export function readJsonPath(path: string): PathStep[] {
  if (path === "" || path === "$") return [];
  if (path.startsWith("/")) {
    return path
      .slice(1)
      .split("/")
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  }
  if (!path.startsWith("$")) return [path];
  const steps: PathStep[] = [];
  for (let at = 1; at < path.length; ) {
    PATH_STEP.lastIndex = at;
    const match = PATH_STEP.exec(path);
    if (!match)
      throw new Error(
        `The JSON path "${path}" cannot be read at character ${at + 1}. Write it like $.name[0]."other name".`,
      );
    const [, quoted, key, fromEnd, index, wildcard] = match;
    if (wildcard)
      throw new Error(`The JSON path "${path}" has a wildcard, which is not available here. Name each key.`);
    if (index !== undefined) steps.push(fromEnd ? -Number(index) : Number(index));
    else steps.push(key ?? (JSON.parse(`"${quoted}"`) as string));
    at = PATH_STEP.lastIndex;
  }
  return steps;
}

/** The text of the value at `path`, or undefined where there is none. */
export function extractJson(json: string, path: readonly PathStep[]): string | undefined {
  let value = readDocument(json);
  for (const step of path) {
    const found = findMember(value, step);
    if (found === undefined) return undefined;
    value = found;
  }
  return value;
}

function findMember(value: string, step: PathStep): string | undefined {
  const isObject = value[0] === "{";
  if (!isObject && value[0] !== "[") return undefined;
  if (isObject !== (typeof step === "string")) {
    // A JSON pointer may name an element by its number.
    if (isObject || typeof step !== "string" || !/^\d+$/.test(step)) return undefined;
    return findMember(value, Number(step));
  }
  if (typeof step === "number" && step < 0) {
    const length = countElements(value);
    return length + step < 0 ? undefined : findMember(value, length + step);
  }
  let found: string | undefined;
  walkContainer(value, 0, 0, (start, end, keyStart, keyEnd, index) => {
    const isIt = isObject ? JSON.parse(value.slice(keyStart, keyEnd)) === step : index === step;
    if (isIt) found = value.slice(start, end);
    return !isIt;
  });
  return found;
}

/** Number of elements of an array; 0 for anything else. */
export function countElements(value: string): number {
  if (value[0] !== "[") return 0;
  let count = 0;
  walkContainer(value, 0, 0, () => {
    count++;
    return true;
  });
  return count;
}

/** Keys of an object in their order; empty for anything else. */
export function listKeys(value: string): string[] {
  const keys: string[] = [];
  if (value[0] !== "{") return keys;
  walkContainer(value, 0, 0, (_start, _end, keyStart, keyEnd) => {
    keys.push(JSON.parse(value.slice(keyStart, keyEnd)) as string);
    return true;
  });
  return keys;
}

/** The value without the space between its parts. */
export function minifyJson(value: string): string {
  return value.replace(/("(?:[^"\\]|\\.)*")|[ \t\n\r]+/g, "$1");
}

const LARGEST_UNSIGNED = 2n ** 64n - 1n;
const SMALLEST_SIGNED = -(2n ** 63n);

/** The type of a value by DuckDB's names. */
export function nameJsonType(value: string): string {
  switch (value[0]) {
    case "{":
      return "OBJECT";
    case "[":
      return "ARRAY";
    case '"':
      return "VARCHAR";
    case "t":
    case "f":
      return "BOOLEAN";
    case "n":
      return "NULL";
  }
  if (!/^-?\d+$/.test(value)) return "DOUBLE";
  const number = BigInt(value);
  if (number < 0n || value === "-0") return number >= SMALLEST_SIGNED ? "BIGINT" : "DOUBLE";
  return number <= LARGEST_UNSIGNED ? "UBIGINT" : "DOUBLE";
}
