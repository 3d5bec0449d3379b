import { JsonText } from "./json-text.ts";
import type { JsonScanner } from "./scanner.ts";

/** How values stand side by side: one after another on lines, in an array, or as the values of an object. */
export type Sequence = "lines" | "array" | "members";

/**
 * Visits the values of a sequence one by one. For "array" and "members" the scanner stands at the opening bracket, or,
 * with `isResumed`, at an element (a key); afterwards it stands behind the closing bracket.
 * `visit` reads exactly the value at hand in `text`; it is told where the element starts. After `limit` values the
 * scanner stands at the next element, if any.
 * @throws JsonSyntaxError
 */
export async function walkSequence(
  scanner: JsonScanner,
  sequence: Sequence,
  isResumed: boolean,
  visit: (text: JsonText, offset: number, key: string | undefined) => void,
  limit = Number.POSITIVE_INFINITY,
): Promise<void> {
  const text = new JsonText();
  const close = sequence === "array" ? 93 : 125;
  if (sequence !== "lines" && !isResumed) {
    await scanner.peek();
    scanner.at++;
    if ((await scanner.peek()) === close) {
      scanner.at++;
      return;
    }
  }
  for (let visited = 1; ; visited++) {
    let byte = scanner.peekSync();
    if (byte === -1) byte = await scanner.peek();
    if (byte === -1) {
      if (sequence === "lines") return;
      scanner.fail(`The data ends before the ${close === 93 ? "array" : "object"} is closed.`);
    }
    const offset = scanner.offset;
    let key: string | undefined;
    if (sequence === "members") key = await readMemberKey(scanner, text);
    else if (byte === 44 || byte === 93 || byte === 125) {
      scanner.fail(`There is "${String.fromCharCode(byte)}" where a value should follow.`);
    }
    if (!scanner.findValueSync()) await scanner.findValue();
    showValue(scanner, text);
    visit(text, offset, key);
    if (text.at !== text.end) text.failUnexpected("the end of the value");
    scanner.at = scanner.valueEnd;
    if (sequence === "lines") {
      scanner.sawNewline = false;
      const next = scanner.peekSync();
      if (next === -1 ? (await scanner.peek()) !== -1 && !scanner.sawNewline : !scanner.sawNewline) {
        scanner.fail("More data follows on the line after a complete value. Put one record on each line.");
      }
      if (visited >= limit) return;
      continue;
    }
    let next = scanner.peekSync();
    if (next === -1) next = await scanner.peek();
    if (next === close) {
      scanner.at++;
      return;
    }
    if (next !== 44) {
      if (next === -1) scanner.fail(`The data ends before the ${close === 93 ? "array" : "object"} is closed.`);
      scanner.fail(`A comma or "${String.fromCharCode(close)}" should stand here.`);
    }
    scanner.at++;
    if (visited >= limit) return;
  }
}

/** Shows the value found by the scanner to a reader of text. */
export function showValue(scanner: JsonScanner, text: JsonText): void {
  text.bytes = scanner.bytes;
  text.at = scanner.at;
  text.end = scanner.valueEnd;
  text.base = scanner.base;
}

/** Reads `"key" :` and stops at the value. */
export async function readMemberKey(scanner: JsonScanner, text: JsonText): Promise<string> {
  if ((await scanner.peek()) !== 34) scanner.fail("A key in double quotes should stand here.");
  await scanner.findValue();
  showValue(scanner, text);
  text.readString();
  const key = text.stringText();
  scanner.at = scanner.valueEnd;
  if ((await scanner.peek()) !== 58) scanner.fail('":" should follow the key.');
  scanner.at++;
  if ((await scanner.peek()) === -1) scanner.fail("The data ends where a value should follow.");
  return key;
}
