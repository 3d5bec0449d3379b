import { readTokens } from "./lexer.ts";

/**
 * Types that Arrow cannot carry here, or not as what they are: enums (their values never reach a streamed result), intervals
 * (which JavaScript's Arrow cannot turn into values, and which hold more than Arrow's), times with a zone (the zone is lost), and integers and bit strings that come as
 * DuckDB's own bytes. They are presented as text, as DuckDB writes them.
 */
const AS_TEXT = new Set(["interval", "uhugeint", "bit", "bitstring", "bignum", "varint", "geometry"]);
const ZONED_TIME = ["time", "with", "time", "zone"];

/**
 * The type to cast a column to so that all of its values arrive, or undefined when they do as it is. Works inside of lists,
 * structs and maps as well.
 *
 * @param type as DuckDB's DESCRIBE names it, e.g. `STRUCT(a ENUM('x', 'y'), b INTERVAL[])`.
 */
export function presentType(type: string): string | undefined {
  const tokens = readTokens(type);
  const parts: string[] = [];
  let changed = false;
  let isField = false; // The next word is a struct field's name, not a type.
  for (let at = 0; at < tokens.length; at++) {
    const { kind, value, text } = tokens[at]!;
    const opensFields = /^(?:struct|union)$/.test(tokens[at - 1]?.value ?? "") && text === "(";
    if (kind === "word" && !isField) {
      if (value === "enum" && tokens[at + 1]?.text === "(") {
        while (tokens[at]!.text !== ")") at++;
        parts.push("VARCHAR");
        changed = true;
        continue;
      }
      if (ZONED_TIME.every((word, index) => tokens[at + index]?.value === word)) {
        at += ZONED_TIME.length - 1;
        parts.push("VARCHAR");
        changed = true;
        continue;
      }
      if (AS_TEXT.has(value)) {
        parts.push("VARCHAR");
        changed = true;
        continue;
      }
    }
    parts.push(text);
    if (opensFields) isField = true;
    else if (kind === "word" || kind === "quoted") isField = false;
    else if (text === ",") isField = isInFields(tokens, at);
  }
  return changed ? parts.join(" ") : undefined;
}

/** Whether the token at `at` is directly inside the parentheses of a struct or union. */
function isInFields(tokens: readonly { text: string; value: string }[], at: number): boolean {
  let depth = 0;
  for (let index = at - 1; index >= 0; index--) {
    if (tokens[index]!.text === ")") depth++;
    if (tokens[index]!.text === "(" && depth-- === 0) return /^(?:struct|union)$/.test(tokens[index - 1]?.value ?? "");
  }
  return false;
}

export interface ColumnDescription {
  readonly name: string;
  readonly type: string;
}

/** Hours of which Arrow's nanoseconds do not hold more in 64 bits; DuckDB would hand over others than it has. */
const MOST_HOURS = 2_562_046;
const LONG_INTERVAL =
  "An interval has more than 2562046 hours, which Arrow does not hold. Cast the column to VARCHAR, or export as CSV or JSON.";

/**
 * The query with the columns cast that need it, or undefined when none does. Names, order and rows stay as they are.
 *
 * @param options `keepsIntervals`: columns of intervals stay, and those that Arrow cannot hold fail the query.
 */
export function presentQuery(
  sql: string,
  columns: readonly ColumnDescription[],
  { keepsIntervals } = { keepsIntervals: false },
): string | undefined {
  const presented = columns.map(({ type }, index) => {
    const position = `#${index + 1}`;
    if (keepsIntervals && type === "INTERVAL")
      return `CASE WHEN abs(date_part('hour', ${position})) > ${MOST_HOURS} THEN error('${LONG_INTERVAL}') ELSE ${position} END`;
    const cast = presentType(type);
    return cast && `CAST(${position} AS ${cast})`;
  });
  if (presented.every((expression) => expression === undefined)) return undefined;
  const list = columns.map(
    ({ name }, index) => `${presented[index] ?? `#${index + 1}`} AS "${name.replaceAll('"', '""')}"`,
  );
  return `SELECT ${list.join(", ")} FROM (${withoutSemicolon(sql)}\n)`;
}

/** Only a statement with rows from tables can stand inside another one. */
export function isNestable(sql: string): boolean {
  let tokens: ReturnType<typeof readTokens>;
  try {
    tokens = readTokens(sql);
  } catch {
    return false;
  }
  const first = tokens.find(({ text }) => text !== "(");
  return first !== undefined && ["select", "with", "from", "values", "table", "pivot", "unpivot"].includes(first.value);
}

export function withoutSemicolon(sql: string): string {
  const last = readTokens(sql)
    .filter(({ text }) => text !== ";")
    .at(-1);
  return last ? sql.slice(0, last.end) : sql;
}
