import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Plain } from "./plain-values.ts";

/** The JSON form in which Arrow's implementations tell each other what a file holds (docs/source/format/Integration.rst). */
interface JsonField {
  readonly name: string;
  readonly type: Record<string, unknown> & { readonly name: string };
  readonly children: readonly JsonField[];
  readonly dictionary?: { readonly id: number };
}
interface JsonColumn {
  readonly VALIDITY?: readonly number[];
  readonly DATA: readonly never[];
  readonly OFFSET: readonly (number | string)[];
  readonly SIZE: readonly (number | string)[];
  readonly TYPE_ID: readonly number[];
  readonly VIEWS: readonly { SIZE: number; INLINED: string; BUFFER_INDEX: number; OFFSET: number }[];
  readonly VARIADIC_DATA_BUFFERS: readonly string[];
  readonly children: readonly JsonColumn[];
}
interface JsonFile {
  readonly schema: { readonly fields: readonly JsonField[] };
  readonly batches: readonly { readonly count: number; readonly columns: readonly JsonColumn[] }[];
  readonly dictionaries?: readonly {
    readonly id: number;
    readonly data: { readonly columns: readonly JsonColumn[] };
  }[];
}

/** A union's value, to be compared with JSON text. */
export interface UnionValue {
  readonly union: Expected;
}
export type Expected =
  | null
  | boolean
  | number
  | string
  | UnionValue
  | readonly Expected[]
  | { [name: string]: Expected };

/** All rows of an integration file, as readers should give them out: bytes as hexadecimal, times in microseconds, as text. */
export function readExpectedRows(path: string): Expected[][] {
  // Long integers are numbers in the older files; as text they stay exact.
  const text = gunzipSync(readFileSync(path)).toString();
  const file = JSON.parse(text.replace(/([[,:]\s*)(-?\d{16,})(?=\s*[,\]}])/g, '$1"$2"')) as JsonFile;
  const dictionaries = new Map((file.dictionaries ?? []).map(({ id, data }) => [id, data.columns[0]!]));
  return file.batches.flatMap(({ count, columns }) =>
    Array.from({ length: count }, (_, i) =>
      file.schema.fields.map((field, k) => expectedValue(field, columns[k]!, dictionaries, i)),
    ),
  );
}

const TO_MICROSECONDS: Record<string, bigint> = { SECOND: 1_000_000n, MILLISECOND: 1000n, MICROSECOND: 1n };

function expectedValue(
  field: JsonField,
  column: JsonColumn,
  dictionaries: ReadonlyMap<number, JsonColumn>,
  i: number,
): Expected {
  const { type, children } = field;
  if (column.VALIDITY && !column.VALIDITY[i]) return null;
  const value: number | string = column.DATA?.[i] ?? "";
  if (field.dictionary) {
    const { dictionary, ...plain } = field;
    return expectedValue(plain, dictionaries.get(dictionary.id)!, dictionaries, Number(value));
  }
  const elements = (start: number, count: number): Expected[] =>
    Array.from({ length: count }, (_, k) => expectedValue(children[0]!, column.children[0]!, dictionaries, start + k));
  const unit = String(type["unit"]);
  switch (type.name) {
    case "null":
      return null;
    case "int":
      return type["bitWidth"] === 64 ? String(value) : value;
    case "floatingpoint":
      return Number(value);
    case "bool":
      return Boolean(value);
    case "utf8":
    case "largeutf8":
      return value;
    case "binary":
    case "largebinary":
    case "fixedsizebinary":
      return `hex ${String(value).toLowerCase()}`;
    case "utf8view":
    case "binaryview": {
      const view = column.VIEWS[i]!;
      const isText = type.name === "utf8view";
      if (view.SIZE <= 12) return isText ? view.INLINED : `hex ${view.INLINED.toLowerCase()}`;
      const start = view.OFFSET * 2;
      const hex = column.VARIADIC_DATA_BUFFERS[view.BUFFER_INDEX]!.slice(start, start + view.SIZE * 2).toLowerCase();
      return isText ? Buffer.from(hex, "hex").toString() : `hex ${hex}`;
    }
    case "decimal":
      return Number(type["precision"]) > 38 ? Number(`${value}e-${type["scale"]}`) : `${value}e-${type["scale"]}`;
    case "date":
      return `day ${unit === "DAY" ? value : Math.floor(Number(value) / 86_400_000)}`;
    case "timestamp":
      return String(unit === "NANOSECOND" ? value : BigInt(value) * TO_MICROSECONDS[unit]!);
    case "time":
    case "duration":
      return String(unit === "NANOSECOND" ? BigInt(value) / 1000n : BigInt(value) * TO_MICROSECONDS[unit]!);
    case "interval": {
      const parts = value as unknown as Record<string, number | string>;
      if (unit === "YEAR_MONTH") return { months: value, days: 0, nanoseconds: "0" };
      const nanoseconds =
        unit === "DAY_TIME" ? BigInt(parts["milliseconds"]!) * 1_000_000n : BigInt(parts["nanoseconds"]!);
      return { months: parts["months"] ?? 0, days: parts["days"]!, nanoseconds: String(nanoseconds) };
    }
    case "list":
    case "largelist":
    case "map": {
      const start = Number(column.OFFSET[i]);
      return elements(start, Number(column.OFFSET[i + 1]) - start);
    }
    case "listview":
    case "largelistview":
      return elements(Number(column.OFFSET[i]), Number(column.SIZE[i]));
    case "fixedsizelist":
      return elements(i * Number(type["listSize"]), Number(type["listSize"]));
    case "struct":
      return children.map((child, k) => expectedValue(child, column.children[k]!, dictionaries, i));
    case "runendencoded": {
      const run = column.children[0]!.DATA.findIndex((end) => Number(end) > i);
      return expectedValue(children[1]!, column.children[1]!, dictionaries, run);
    }
    case "union": {
      const k = (type["typeIds"] as number[]).indexOf(column.TYPE_ID[i]!);
      const at = type["mode"] === "DENSE" ? Number(column.OFFSET[i]) : i;
      const active = expectedValue(children[k]!, column.children[k]!, dictionaries, at);
      return active === null ? null : { union: active };
    }
    default:
      throw new TypeError(`The integration type ${type.name} is not known to this test.`);
  }
}

/** Whether a value read is the expected one; the JSON prints floats in few digits. */
export function isSame(expected: Expected, actual: Plain): boolean {
  if (expected === null || actual === null) return expected === actual;
  if (typeof expected === "number" && typeof actual === "number") {
    return expected === actual || Math.abs(expected - actual) <= Math.abs(expected) * 1e-6;
  }
  if (typeof expected !== "object") return expected === actual;
  if ("union" in expected && typeof actual === "string") return isSameUnion((expected as UnionValue).union, actual);
  const [left, right] = [Object.values(expected) as Expected[], Object.values(actual) as Plain[]];
  return typeof actual === "object" && left.length === right.length && left.every((part, k) => isSame(part, right[k]!));
}

function isSameUnion(expected: Expected, json: string): boolean {
  const value = JSON.parse(json) as Plain;
  if (typeof expected === "string" && expected.startsWith("hex ")) {
    return Buffer.from(expected.slice(4), "hex").toString("base64") === value;
  }
  return isSame(expected, typeof expected === "string" ? String(value) : value);
}
