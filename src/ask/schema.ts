/** An index over the tables a question may be about: name words, the role of each column, and where values occur. */
import type { CellValue, ColumnInfo, ColumnType, TableInfo } from "./types.ts";
import { foldText, isParticiple, splitIdentifier, stemWord } from "./words.ts";

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
  computed?: { op: "*" | "days"; left: Column; right: Column };
}

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

const UNIT_WORDS = new Set(
  "mm cm km m kg g lb lbs in inch inches ft feet mi miles min mins minutes sec secs seconds hr hrs hours usd eur gbp $ % # percent celsius fahrenheit c f knots kw kwh mw mb gb bytes sqft ms kph mph".split(
    " ",
  ),
);
const TABLE_FILLERS = new Set(
  "data info information list table tbl name detail record dim fact all".split(" ").map(stemWord),
);
const ROW_FILLERS = new Set("row record index line entry unique object item".split(" ").map(stemWord));
const COLUMN_FILLERS = new Set("is has the of in value total by per and or".split(" "));
const ID_WORDS = new Set([
  "id",
  "uid",
  "pid",
  "sid",
  "cid",
  "oid",
  "key",
  "code",
  "number",
  "no",
  "num",
  "uuid",
  "identifier",
  "iata",
]);
const FLAG_PAIRS: [string, string][] = [
  ["true", "false"],
  ["t", "f"],
  ["yes", "no"],
  ["y", "n"],
  ["1", "0"],
];

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

function nameWords(name: string, fillers: ReadonlySet<string>): NameWord[] {
  const bare = name.replace(/\([^)]*\)|\[[^\]]*\]/g, " ");
  const parts = splitIdentifier(bare);
  const words = (parts.length > 0 ? parts : splitIdentifier(name)).map((lower) => ({
    lower,
    stem: stemWord(lower),
    optional: false,
  }));
  words.forEach((word, i) => {
    if (words.length > 1 && i > 0 && fillers.has(word.stem)) word.optional = true;
  });
  if (words.every((word) => word.optional)) for (const word of words) word.optional = false;
  return words;
}

function describeColumn(info: ColumnInfo, table: Table, id: number): Column {
  const words = nameWords(info.name, new Set());
  markOptional(words, table);
  const required = words.filter((word) => !word.optional);
  const numeric = info.type === "integer" || info.type === "float";
  const rows = table.info.rows;
  const filled = rows - (info.nulls ?? 0);
  const distinct = info.distinct ?? info.topValues?.length;
  const unique = distinct !== undefined && filled > 0 && distinct >= filled * 0.98 && (info.nulls ?? 0) <= rows * 0.02;
  const hasIdWord = words.some((word) => ID_WORDS.has(word.lower)) || /(?:[a-z]ID|_id|Id)$/.test(info.name);
  const yearName = words.some((word) => word.stem === "year" || word.lower === "yr");
  const yearRange = numeric && inYears(info.min) && inYears(info.max);
  const yearText =
    info.type === "string" &&
    yearName &&
    (info.topValues ?? []).length > 0 &&
    (info.topValues ?? []).every((top) => /^\d{4}$/.test(String(top.value)));
  const year =
    (yearName && (yearRange || yearText || (info.type === "integer" && inYears(info.max)))) ||
    (yearRange &&
      distinct !== undefined &&
      distinct > 1 &&
      /^(start|end|begin|from|to|birth|founded|established|opened|released?)$/i.test(info.name));
  const temporal = info.type === "date" || info.type === "datetime";
  const flag = findFlag(info);
  const column: Column = {
    id,
    table,
    name: info.name,
    type: info.type,
    info,
    words,
    initials:
      words.length >= 2 && words.every((word) => /^\p{L}/u.test(word.lower))
        ? words.map((word) => word.lower[0]).join("")
        : "",
    numeric,
    temporal,
    year,
    numberText: !yearText && !hasIdWord && isNumberText(info),
    dateText:
      info.type === "string" &&
      words.some((word) => /^(date|time|created|updated|day|aired?|timestamp)$/.test(word.lower)) &&
      (distinct ?? 99) > 8,
    unique,
    identifier:
      hasIdWord &&
      !year &&
      (info.type !== "float" || isWhole(info)) &&
      (numeric ? required.length <= 3 : true) &&
      !(numeric && /^(number|no|num)$/.test(words[0]?.lower ?? "")),
    category: info.type === "string" && distinct !== undefined && (distinct <= 50 || distinct <= filled * 0.5),
  };
  if (flag !== undefined) column.flag = flag;
  return column;
}

function markOptional(words: NameWord[], table: Table): void {
  if (words.length < 2) return;
  const tableStems = new Set(table.words.map((word) => word.stem));
  let unit = words.length;
  const hasMaximum = table.info.columns.some((other) => /max/i.test(other.name));
  while (unit > 1 && UNIT_WORDS.has(words[unit - 1]?.lower ?? "") && !(words[unit - 1]?.lower === "min" && hasMaximum))
    unit--;
  words.forEach((word, i) => {
    if (i >= unit || (i > 0 && COLUMN_FILLERS.has(word.lower))) word.optional = true;
    else if (i === 0 && (word.lower === "is" || word.lower === "has")) word.optional = true;
    else if (i === 0 && tableStems.has(word.stem)) word.optional = true;
  });
  if (words.every((word) => word.optional))
    for (const word of words) word.optional = UNIT_WORDS.has(word.lower) && word !== words[0];
}

function isWhole(info: ColumnInfo): boolean {
  const values = info.topValues ?? [];
  return values.length > 0 && values.every((top) => Number.isInteger(top.value));
}

/** Text whose values are nearly all numbers, as a few words for "missing" make of a numeric column. */
function isNumberText(info: ColumnInfo): boolean {
  const values = (info.topValues ?? []).map((top) => String(top.value));
  if (info.type !== "string" || values.length < 5) return false;
  return (
    values.filter((value) => /^-?\d+(\.\d+)?$/.test(value)).length >= values.length * 0.9 &&
    values.some((value) => !value.startsWith("0") || value === "0")
  );
}

function inYears(value: CellValue | undefined): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 1000 && value <= 2200;
}

function findFlag(info: ColumnInfo): { yes: CellValue; no: CellValue } | undefined {
  if (info.type === "boolean") return { yes: true, no: false };
  const values = info.topValues?.map((top) => top.value).filter((value) => value !== null) ?? [];
  if (values.length === 0 || values.length > 2 || (info.distinct ?? values.length) > 2) return undefined;
  const isFlagName = /^(is|has|was|can|did)[_A-Z ]/.test(info.name);
  for (const [yes, no] of FLAG_PAIRS) {
    const folded = values.map((value) => foldText(String(value)));
    if (!folded.every((value) => value === yes || value === no)) continue;
    if (yes === "1" && !isFlagName && values.length < 2) continue;
    const pick = (wanted: string): CellValue => values[folded.indexOf(wanted)] ?? likeCase(wanted, values[0] ?? null);
    return { yes: pick(yes), no: pick(no) };
  }
  return undefined;
}

function likeCase(wanted: string, example: CellValue): CellValue {
  if (typeof example === "number") return Number(wanted);
  const text = String(example);
  return text === text.toUpperCase()
    ? wanted.toUpperCase()
    : text[0] === text[0]?.toUpperCase()
      ? wanted.charAt(0).toUpperCase() + wanted.slice(1)
      : wanted;
}

function findKey(table: Table): Column | undefined {
  const uniques = table.columns.filter(
    (column) => column.unique && !column.temporal && (column.type !== "float" || column.identifier),
  );
  const own = new Set(table.words.map((word) => word.stem));
  const score = (column: Column): number =>
    (column.identifier ? 4 : 0) +
    (/^(id|key|code|uuid)$/i.test(column.name) ? 3 : 0) +
    (column.identifier && column.words.some((word) => own.has(word.stem)) ? 2 : 0) -
    table.columns.indexOf(column) * 0.1;
  const ids = uniques.filter((column) => column.identifier || /id$/i.test(column.name));
  return [...(ids.length > 0 ? ids : [])].sort((a, b) => score(b) - score(a))[0];
}

function rowWordsOf({ key, words }: Table, schema: Schema): NameWord[] {
  const [first, id, ...rest] = key?.words ?? [];
  if (schema.columns.some((column) => column !== key && column.name.toLowerCase() === key?.name.toLowerCase()))
    return [];
  if (first === undefined || rest.length > 0 || !/^(?:id|uid|uuid|no|number|key)$/.test(id?.lower ?? "")) return [];
  if (first.lower.length < 3 || ROW_FILLERS.has(first.stem) || words.some((word) => word.stem === first.stem))
    return [];
  return [{ ...first, optional: false }];
}

function findLabel(table: Table): Column | undefined {
  const own = new Set(table.words.map((word) => word.stem));
  const text = table.columns.filter((column) => column.type === "string" && column.flag === undefined);
  const score = (column: Column): number => {
    const required = column.words.filter((word) => !word.optional).map((word) => word.lower);
    const stems = column.words.map((word) => word.stem);
    let points = 0;
    if (required.length === 1 && (required[0] === "name" || required[0] === "title")) points += 10;
    else if (/name|title/i.test(column.name))
      points +=
        (/first|last|sur|user|local|nick|scientific/i.test(column.name) ? 3 : 6) +
        (stems.some((stem) => own.has(stem)) ? 3 : 0);
    else if (required.length === 1 && own.has(column.words.find((word) => !word.optional)?.stem ?? "")) points += 8;
    else if (stems.every((stem) => own.has(stem))) points += 8;
    if (column.unique) points += 2.5;
    if (column.identifier) points -= 4;
    if (!column.unique && (column.info.distinct ?? 0) < table.info.rows * 0.5) points -= table.info.rows > 20 ? 9 : 3;
    return points - table.columns.indexOf(column) * 0.05;
  };
  const best = text.map((column) => ({ column, points: score(column) })).sort((a, b) => b.points - a.points)[0];
  return best !== undefined && best.points >= 2 ? best.column : table.key;
}

/** First and last name together name a person, where there is no other name. */
function pairNames(table: Table): void {
  const find = (pattern: RegExp): Column | undefined =>
    table.columns.find(
      (column) => column.type === "string" && pattern.test(column.words.map((word) => word.lower).join(" ")),
    );
  const first = find(/^(?:\w+ )?(?:first ?name|given ?name|forename|fname)$/);
  const last = find(/^(?:\w+ )?(?:last ?name|surname|family ?name|lname)$/);
  if (
    first === undefined ||
    last === undefined ||
    (table.label !== undefined && table.label !== first && table.label !== last && /name|title/i.test(table.label.name))
  )
    return;
  table.label = first;
  table.labelRest = last;
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
