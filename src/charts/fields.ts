/** Reads a result's columns: what each holds, and its values as numbers, moments or labels. */
import { printable } from "./format.ts";
import type { Cell, ChartInput, ResultColumn, TimeUnit } from "./types.ts";

/** `number`: to be measured. `time`: moments. `category`: names. `step`: names with an order, such as months or ages in years. */
export type FieldKind = "number" | "time" | "category" | "step";

export interface Field {
  name: string;
  kind: FieldKind;
  /** Position in each row. */
  index: number;
  unit?: TimeUnit;
  /** Whole numbers only. */
  whole: boolean;
  distinct: number;
}

const NUMBER_TYPE = /^(U?(TINY|SMALL|HUGE|BIG)?INT|U?INTEGER|FLOAT|DOUBLE|REAL|DECIMAL.*|NUMERIC.*)$/;
const TIME_TYPE = /^(DATE|TIMESTAMP.*)$/;
const NESTED_TYPE = /(\[\d*\]|^STRUCT|^MAP|^UNION|^BLOB|^BIT)/;
const ID_NAME = /(^|[\s_])(id|uuid|guid|key|zip|postcode|phone)$|[a-z](Id|ID|Key)$/;
const YEAR_NAME = /(^|[\s_])(year|yr)([\s_]|$)|Year$/i;
const STEP_NAME =
  /(^|[\s_])(year|quarter|month|week|weekday|dow|day|hour|minute|bin|bucket|decile|age|rank|level|grade|rating|stars|cylinders|from)$/i;
const TIME_TEXT = /^-?\d{4,6}-(\d\d(-\d\d([T ]\d\d(:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?)?|Q[1-4])$/;
const MISSING = "(missing)";

/** Distinct values are counted up to this many. */
const MOST_COUNTED = 100_000;

/** A cell as a number; undefined when it is none. */
export function readNumber(cell: Cell): number | undefined {
  if (typeof cell === "number") return Number.isFinite(cell) ? cell : undefined;
  if (typeof cell === "bigint") return Number(cell);
  if (typeof cell !== "string" || cell.trim() === "") return undefined;
  const value = Number(cell);
  return Number.isFinite(value) ? value : undefined;
}

/** A cell as milliseconds since 1970 (UTC): ISO dates, `2023-01`, `2023-Q1`, or a year as a number. */
export function readTime(cell: Cell): number | undefined {
  if (typeof cell === "number")
    return Number.isInteger(cell) && Math.abs(cell) < 10_000 ? startOfYear(cell) : undefined;
  if (cell instanceof Date) return cell.getTime();
  if (typeof cell !== "string") return undefined;
  const quarter = /^(\d{4})-Q([1-4])$/.exec(cell);
  if (quarter) return Date.UTC(Number(quarter[1]), (Number(quarter[2]) - 1) * 3, 1);
  if (/^\d{4}$/.test(cell)) return startOfYear(Number(cell));
  if (!TIME_TEXT.test(cell)) return undefined;
  const text = cell
    .replace(" ", "T")
    .replace(/(\.\d{3})\d+/, "$1")
    .replace(/(T.*[+-]\d\d)$/, "$1:00");
  const time = Date.parse(text.length > 10 && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text);
  return Number.isNaN(time) ? undefined : time;
}

function startOfYear(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1);
}

/** A cell as a label. */
export function readLabel(cell: Cell): string {
  if (cell === null || cell === undefined) return MISSING;
  if (typeof cell === "string") return printable(cell) === "" ? "(blank)" : printable(cell);
  if (cell instanceof Date) return cell.toISOString();
  return typeof cell === "object" ? printable(JSON.stringify(cell)) : String(cell);
}

/** What a result's columns hold; columns without a single value, and nested ones, are left out. */
export function readFields(input: ChartInput): Field[] {
  return input.columns.flatMap((column, index) => {
    const field = readField(input, column, index);
    return field === undefined ? [] : [field];
  });
}

function readField({ rows, intent, columns }: ChartInput, column: ResultColumn, index: number): Field | undefined {
  const type = column.type.toUpperCase();
  if (NESTED_TYPE.test(type)) return undefined;
  const facts = countValues(rows, index);
  if (facts.count === 0 && rows.length > 0) return undefined;
  const base = { name: column.name, index, whole: facts.whole, distinct: facts.distinct };
  const role = roleOf(column, intent);
  if (intent?.time?.column === column.name && facts.isTime) return { ...base, kind: "time", unit: intent.time.unit };
  if (TIME_TYPE.test(type) || (!NUMBER_TYPE.test(type) && facts.isTime && facts.isText))
    return { ...base, kind: "time", unit: findTimeUnit(rows.map((row) => readTime(row[index]))) };
  if (!NUMBER_TYPE.test(type)) return { ...base, kind: facts.order === undefined ? "category" : "step" };
  if (role === "measure") return { ...base, kind: "number" };
  if (YEAR_NAME.test(column.name) && facts.whole && facts.low >= 1000 && facts.high <= 2300 && columns.length > 1)
    return { ...base, kind: "time", unit: "year" };
  if (role === "label" || (facts.whole && ID_NAME.test(column.name)))
    return { ...base, kind: facts.order === undefined && ID_NAME.test(column.name) ? "category" : "step" };
  return { ...base, kind: isStep(rows, columns, column, index, facts) ? "step" : "number" };
}

/** A number that says where a row belongs, by its name: one row each in the first column, or few values beside another figure. */
function isStep(
  rows: ChartInput["rows"],
  columns: ChartInput["columns"],
  column: ResultColumn,
  index: number,
  { whole, distinct }: ValueFacts,
): boolean {
  if (!whole || columns.length < 2 || !STEP_NAME.test(column.name)) return false;
  if (index === 0 && distinct === rows.length && rows.length <= 60) return true;
  const hasFigure = columns.some((other) => other !== column && NUMBER_TYPE.test(other.type.toUpperCase()));
  return hasFigure && distinct <= 31 && distinct < rows.length;
}

function roleOf(column: ResultColumn, intent: ChartInput["intent"]): ResultColumn["role"] {
  if (column.role !== undefined) return column.role;
  if (intent?.measures?.includes(column.name)) return "measure";
  return intent?.labels?.includes(column.name) ? "label" : undefined;
}

interface ValueFacts {
  count: number;
  distinct: number;
  whole: boolean;
  low: number;
  high: number;
  isText: boolean;
  isTime: boolean;
  order: readonly string[] | undefined;
}

function countValues(rows: ChartInput["rows"], index: number): ValueFacts {
  const seen = new Set<Cell>();
  const facts: ValueFacts = {
    count: 0,
    distinct: 0,
    whole: true,
    low: Infinity,
    high: -Infinity,
    isText: true,
    isTime: true,
    order: undefined,
  };
  for (const row of rows) {
    const cell = row[index];
    if (cell === null || cell === undefined) continue;
    facts.count += 1;
    if (seen.size < MOST_COUNTED) seen.add(cell);
    if (typeof cell !== "string") facts.isText = false;
    if (facts.isTime && readTime(cell) === undefined) facts.isTime = false;
    const number = readNumber(cell);
    if (number === undefined || !Number.isInteger(number)) facts.whole = false;
    else {
      facts.low = Math.min(facts.low, number);
      facts.high = Math.max(facts.high, number);
    }
  }
  facts.distinct = seen.size;
  facts.order = findOrder([...seen].slice(0, 100).map(readLabel));
  return facts;
}

const ORDERS: readonly (readonly string[])[] = [
  "jan feb mar apr may jun jul aug sep oct nov dec".split(" "),
  "january february march april may june july august september october november december".split(" "),
  "mon tue wed thu fri sat sun".split(" "),
  "monday tuesday wednesday thursday friday saturday sunday".split(" "),
  ["q1", "q2", "q3", "q4"],
  ["xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl"],
  ["very low", "low", "medium", "high", "very high"],
  ["small", "medium", "large"],
];

/** The order that everybody knows for these names; undefined where there is none. */
export function findOrder(labels: readonly string[]): readonly string[] | undefined {
  if (labels.length < 2) return undefined;
  return ORDERS.find((order) => labels.every((label) => order.includes(label.toLowerCase())));
}

/** The coarsest unit that tells all these moments apart from the start of a unit. */
export function findTimeUnit(times: readonly (number | undefined)[]): TimeUnit {
  const known = times.filter((time) => time !== undefined);
  const all = (test: (date: Date) => boolean) => known.every((time) => test(new Date(time)));
  if (!all((d) => d.getTime() % 86_400_000 === 0)) {
    if (!all((d) => d.getTime() % 60_000 === 0)) return "second";
    return all((d) => d.getTime() % 3_600_000 === 0) ? "hour" : "minute";
  }
  if (known.length === 0 || !all((d) => d.getUTCDate() === 1)) return "day";
  if (all((d) => d.getUTCMonth() === 0) && known.length > 1) return "year";
  return all((d) => d.getUTCMonth() % 3 === 0) && known.length > 4 ? "quarter" : "month";
}
