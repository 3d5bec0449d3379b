/** An index over the tables a question may be about: name words, the role of each column, and where values occur. */
import { describeColumn, nameWords } from "./describe-column.ts";
import { findKey, findLabel, pairNames, rowWordsOf } from "./name-rows.ts";
import type { CellValue, ColumnInfo, ColumnType, TableInfo } from "./types.ts";
import { foldText, isParticiple, stemWord } from "./words.ts";

export interface NameWord {
  lower: string;
  stem: string;
  /** Says little by itself (a unit, the table's name, "id" of "customer_id"): a question may leave it out. */
  optional: boolean;
}

export interface Column {
  id: number;
  table: Table;
  name: string;
  type: ColumnType;
  info: ColumnInfo;
  words: NameWord[];
  /** Initials of the name's words, for "mpg" and the like; empty when there are too few words. */
  initials: string;
  numeric: boolean;
  /** Numbers kept as text, a few cells of which are none: to be cast before computing. */
  numberText: boolean;
  /** Holds instants or days (typed as such). */
  temporal: boolean;
  /** Holds calendar years as numbers or text. */
  year: boolean;
  /** Holds dates as text, to judge by its name. */
  dateText: boolean;
  /** The two values of a yes/no column, if it is one. */
  flag?: { yes: CellValue; no: CellValue };
  /** Its values are (nearly) all different. */
  unique: boolean;
  /** Identifies a row or refers to one. */
  identifier: boolean;
  /** Text with few distinct values. */
  category: boolean;
  /** The one amount that the tables hold: what "revenue" and "spent" must mean. */
  takings?: boolean;
  /** No column of the table, but what two of its columns give. */
  computed?: Computed;
}

/** What the time from one moment to another is counted in. */
export type SpanUnit = "second" | "minute" | "hour" | "day" | "week" | "month" | "year";

export type Computed =
  | { op: "*" | "-"; left: Column; right: Column }
  /** The time from the left column to the right one. */
  | { op: "span"; unit: SpanUnit; left: Column; right: Column }
  /** Whole years from a day (or year) of birth to today, an ISO date. */
  | { op: "age"; left: Column; right: Column; today: string };

export interface Table {
  id: number;
  name: string;
  info: TableInfo;
  words: NameWord[];
  /** What its key says its rows are ("passenger" of `PassengerId`), where the table is called otherwise. */
  rowWords: NameWord[];
  columns: Column[];
  /** The column that names a row to a person. */
  label: Column | undefined;
  /** The last name, when the label is a first name. */
  labelRest: Column | undefined;
  key: Column | undefined;
}

export interface KnownValue {
  column: Column;
  value: CellValue;
}

export interface Schema {
  tables: Table[];
  columns: Column[];
  /** Values by their normalised text. */
  values: Map<string, KnownValue[]>;
  /** Values that are verbs ("won", "cancelled") by their stem. */
  valueStems: Map<string, KnownValue[]>;
  /** Multi-word values by one of their words. */
  valueWords: Map<string, KnownValue[]>;
}

const TABLE_FILLERS = new Set(
  "data info information list table tbl name detail record dim fact all".split(" ").map(stemWord),
);
/** Normalised text of a value or of a stretch of a question: folded, punctuation as single spaces. */
export function normaliseValue(text: string): string {
  return foldText(text)
    .replace(/[^\p{L}\p{N}%$]+/gu, " ")
    .trim();
}

const cache = new WeakMap<readonly TableInfo[], Schema>();

/** Builds the index (once per array of tables; the array must not be changed afterwards). */
export function indexSchema(tables: readonly TableInfo[]): Schema {
  const known = cache.get(tables);
  if (known !== undefined) return known;
  const schema: Schema = { tables: [], columns: [], values: new Map(), valueStems: new Map(), valueWords: new Map() };
  tables.forEach((info, id) => {
    const table: Table = {
      id,
      name: info.name,
      info,
      words: nameWords(info.name, TABLE_FILLERS),
      rowWords: [],
      columns: [],
      label: undefined,
      labelRest: undefined,
      key: undefined,
    };
    for (const columnInfo of info.columns) {
      const column = describeColumn(columnInfo, table, schema.columns.length);
      table.columns.push(column);
      schema.columns.push(column);
    }
    table.key = findKey(table);
    table.label = findLabel(table);
    pairNames(table);
    schema.tables.push(table);
  });
  for (const table of schema.tables) table.rowWords = rowWordsOf(table, schema);
  for (const column of schema.columns) indexValues(schema, column);
  cache.set(tables, schema);
  return schema;
}

function indexValues(schema: Schema, column: Column): void {
  if (column.type !== "string") return;
  const seen = new Set<string>();
  const values = [...(column.info.topValues ?? []).map((top) => top.value), ...(column.info.sampleValues ?? [])];
  for (const value of values) {
    if (typeof value !== "string" || value.length > 120) continue;
    const key = normaliseValue(value);
    if (key === "" || seen.has(key) || /^[\d .%$]+$/.test(key)) continue;
    seen.add(key);
    addTo(schema.values, key, { column, value });
    const words = key.split(" ");
    if (column.category && isParticiple(key)) addTo(schema.valueStems, stemWord(key), { column, value });
    if (words.length > 1 && words.length <= 6)
      for (const word of new Set(words)) if (word.length > 2) addTo(schema.valueWords, word, { column, value });
  }
}

function addTo<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
