/** What a column holds and what its name says, as its profile tells. */
import type { Column, Computed, NameWord, Table } from "./schema.ts";
import type { CellValue, ColumnInfo } from "./types.ts";
import { isUnitWord } from "./units.ts";
import { foldText, splitIdentifier, stemWord } from "./words.ts";

const COLUMN_FILLERS = new Set("is has the of in value total by per and or".split(" "));
/** What a total or a value is of, and what it is not called by itself ("order" of `order_total`). */
const DEALS = new Set(
  "order purchase invoice cart basket deal booking bill contract transaction ticket claim".split(" "),
);
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

/** The words of a name, those that say little by themselves marked as optional. */
export function nameWords(name: string, fillers: ReadonlySet<string>): NameWord[] {
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

/** A column with its role. */
export function describeColumn(info: ColumnInfo, table: Table, id: number): Column {
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
      /^(start|end|begin|from|to|birth|founded|established|opened|released?|published|built|made|written|purchased)$/i.test(
        info.name,
      ));
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

/** A column that is computed from two others. `name` says what it holds. */
export function computeColumn(name: string, id: number, computed: Computed): Column {
  const { table } = computed.right;
  return {
    id,
    table,
    name,
    type: "float",
    info: { name, type: "float" },
    words: name.split("_").map((lower) => ({ lower, stem: stemWord(lower), optional: false })),
    initials: "",
    numeric: true,
    numberText: false,
    temporal: false,
    year: false,
    dateText: false,
    unique: false,
    identifier: false,
    category: false,
    computed,
  };
}

/** Names of a kind, and not names of someone or something ("first name", "file name"). */
const PARTS =
  /^(?:first|last|sur|middle|full|given|family|maiden|nick|user|short|long|common|scientific|display|local|host|file|screen)$/;

function markOptional(words: NameWord[], table: Table): void {
  if (words.length < 2) return;
  const tableStems = new Set(table.words.map((word) => word.stem));
  let unit = words.length;
  const isPart = (first: NameWord | undefined): boolean =>
    first === undefined || tableStems.has(first.stem) || PARTS.test(first.lower);
  const hasMaximum = table.info.columns.some((other) => /max/i.test(other.name));
  while (unit > 1 && isUnitWord(words[unit - 1]?.lower ?? "") && !(words[unit - 1]?.lower === "min" && hasMaximum))
    unit--;
  words.forEach((word, i) => {
    const ofDeal = i === 1 && /^(?:total|value)$/.test(word.lower) && DEALS.has(words[0]?.lower ?? "");
    if (ofDeal) return;
    if (i >= unit || (i > 0 && COLUMN_FILLERS.has(word.lower))) word.optional = true;
    else if (i === 0 && (word.lower === "is" || word.lower === "has")) word.optional = true;
    else if (i === 0 && tableStems.has(word.stem)) word.optional = true;
    else if (i === 1 && words.length === 2 && word.lower === "name" && !isPart(words[0])) word.optional = true;
  });
  if (words.every((word) => word.optional))
    for (const word of words) word.optional = isUnitWord(word.lower) && word !== words[0];
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
