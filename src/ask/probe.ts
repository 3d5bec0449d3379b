/** Values a profile did not list: which words of a question to look up in which columns, and what to do with the finds. */
import { prepareSchema } from "./computed.ts";
import { coverQuestion } from "./items.ts";
import { isFiller, isStopWord, isTyingVerb } from "./plain-words.ts";
import { printLiteral, quoteName } from "./print.ts";
import { readTokens } from "./reword.ts";
import type { Token } from "./tokens.ts";
import type { ColumnInfo, TableInfo } from "./types.ts";

/** A value found in the data by a probe's query. */
export interface FoundValue {
  table: string;
  column: string;
  value: string;
}

/** Most phrases looked up for one question, and most columns looked into. */
const MOST_PHRASES = 24;
const MOST_COLUMNS = 24;

/** Phrases of a question that name nothing in the profiles and may be values of columns whose values are not all known. */
export function listUnknownPhrases(question: string, tables: readonly TableInfo[], now: Date): string[] {
  if (!tables.some((table) => table.columns.some(isOpen))) return [];
  const schema = prepareSchema(tables, now);
  const tokens = readTokens(question, schema);
  const items = coverQuestion(tokens, schema, now);
  const known = new Set<number>();
  for (const item of items) {
    const weak = item.type === "proper" || item.type === "word" || (item.type === "quote" && item.span === undefined);
    if (!weak) for (let at = item.from; at < item.to; at++) known.add(at);
  }
  const phrases = new Set<string>();
  tokens.forEach((token, at) => {
    if (token.kind === "quote") phrases.add(token.lower);
    else if (token.capital || (token.kind === "word" && !known.has(at) && maySay(token.lower)))
      addRuns(tokens, at, phrases);
  });
  return [...phrases].slice(0, MOST_PHRASES);
}

/** Whether a word may be (the beginning of) a value: not "there", not "comes". */
function maySay(word: string): boolean {
  return word.length > 3 && !isStopWord(word) && !isTyingVerb(word) && !isFiller(word);
}

/** The word at a place, and the runs of up to four words that begin with it. */
function addRuns(tokens: readonly Token[], at: number, phrases: Set<string>): void {
  let text = "";
  for (let to = at; to < Math.min(tokens.length, at + 4); to++) {
    const token = tokens[to];
    if (token === undefined || token.kind !== "word") return;
    text = text === "" ? token.lower : `${text} ${token.lower}`;
    if (to === at || token.capital) phrases.add(text);
  }
}

function isOpen(column: ColumnInfo): boolean {
  return (
    column.type === "string" && (column.distinct === undefined || (column.topValues?.length ?? 0) < column.distinct)
  );
}

/**
 * SQL that looks the phrases up (whole values, case aside): rows of table, column, value.
 * Undefined when there is nothing to look up. It reads each open text column once.
 */
export function printProbe(phrases: readonly string[], tables: readonly TableInfo[]): string | undefined {
  const open = tables
    .flatMap((table) => table.columns.filter(isOpen).map((column) => ({ table, column })))
    .slice(0, MOST_COLUMNS);
  if (phrases.length === 0 || open.length === 0) return undefined;
  const list = phrases.map((phrase) => printLiteral(phrase)).join(", ");
  return open
    .map(({ table, column }) => {
      const name = quoteName(column.name);
      return `SELECT DISTINCT ${printLiteral(table.name)} AS "table", ${printLiteral(column.name)} AS "column", ${name} AS "value" FROM ${quoteName(table.name)} WHERE lower(${name}) IN (${list})`;
    })
    .join("\nUNION ALL\n");
}

/** The tables with found values among their columns' sample values. */
export function addFoundValues(tables: readonly TableInfo[], found: readonly FoundValue[]): readonly TableInfo[] {
  if (found.length === 0) return tables;
  return tables.map((table) => {
    const own = found.filter((value) => value.table === table.name);
    if (own.length === 0) return table;
    const columns = table.columns.map((column) => {
      const values = own.filter((value) => value.column === column.name).map((value) => value.value);
      return values.length === 0 ? column : { ...column, sampleValues: [...values, ...(column.sampleValues ?? [])] };
    });
    return { ...table, columns };
  });
}
