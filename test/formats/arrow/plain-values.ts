import { type Data, DataType, type RecordBatch } from "apache-arrow";
import type { FormatTable } from "../../../src/formats/source.ts";

/** A value as native DuckDB's client turns it into JSON: long numbers, dates and decimals as text. */
export type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };

/** All rows of a table, up to a limit. */
export async function readRows(table: FormatTable, limit = Number.POSITIVE_INFINITY, from = 0): Promise<Plain[][]> {
  const rows: Plain[][] = [];
  for await (const batch of table.batches(from)) {
    for (let i = 0; i < batch.numRows && rows.length < limit; i++) rows.push(rowOf(batch, i));
    if (rows.length >= limit) break;
  }
  return rows;
}

export function rowOf(batch: RecordBatch, i: number): Plain[] {
  return batch.data.children.map((column) => plainValue(column, i));
}

export function plainValue(data: Data, i: number): Plain {
  if (data.nullCount > 0 && !data.getValid(i)) return null;
  const { type } = data;
  const value: unknown = data.values?.[i];
  if (DataType.isInt(type)) return typeof value === "bigint" ? String(value) : (value as number);
  if (DataType.isFloat(type)) return Number.isFinite(value) ? (value as number) : String(value);
  if (DataType.isBool(type)) return ((data.values[i >> 3] >> (i & 7)) & 1) === 1;
  if (DataType.isUtf8(type)) return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(bytesAt(data, i));
  if (DataType.isBinary(type)) return blobText(bytesAt(data, i));
  if (DataType.isFixedSizeBinary(type)) return uuidText(data.values.subarray(i * 16, i * 16 + 16));
  if (DataType.isDate(type)) return dateText(value as number);
  if (DataType.isTime(type)) return timestampText(value as bigint).slice("1970-01-01 ".length);
  if (DataType.isTimestamp(type)) {
    const nanoseconds = type.unit === 3 ? (value as bigint) : (value as bigint) * 1000n;
    const micros = (nanoseconds - (((nanoseconds % 1000n) + 1000n) % 1000n)) / 1000n;
    const rest = nanoseconds - micros * 1000n;
    if (rest === 0n) return timestampText(micros);
    const [seconds, fraction = ""] = timestampText(micros).split(".");
    return `${seconds}.${fraction.padEnd(6, "0")}${String(rest).padStart(3, "0")}`.replace(/0+$/, "");
  }
  if (DataType.isDecimal(type)) return decimalText(data.values.subarray(i * 4, i * 4 + 4), type.scale);
  if (DataType.isInterval(type)) {
    const words = new Int32Array(data.values.buffer, data.values.byteOffset);
    return { months: words[i * 4]!, days: words[i * 4 + 1]!, nanoseconds: String(data.values[i * 2 + 1]) };
  }
  if (DataType.isDuration(type)) return String(value);
  if (DataType.isList(type)) return range(data.valueOffsets[i]!, data.valueOffsets[i + 1]!, data.children[0]!);
  if (DataType.isMap(type)) {
    const [key, entry] = data.children[0]!.children as [Data, Data];
    const pairs: Plain[] = [];
    for (let k = data.valueOffsets[i]!; k < data.valueOffsets[i + 1]!; k++) {
      pairs.push({ key: plainValue(key, k), value: plainValue(entry, k) });
    }
    return pairs;
  }
  if (DataType.isStruct(type)) {
    return Object.fromEntries(type.children.map((field, k) => [field.name, plainValue(data.children[k]!, i)]));
  }
  throw new TypeError(`${type} is not among the types that readers give out.`);
}

function range(start: number, end: number, child: Data): Plain[] {
  const values: Plain[] = [];
  for (let k = start; k < end; k++) values.push(plainValue(child, k));
  return values;
}

function bytesAt(data: Data, i: number): Uint8Array {
  return data.values.subarray(data.valueOffsets[i], data.valueOffsets[i + 1]);
}

/** DuckDB's text of a BLOB, its backslashes left alone as its client leaves them. */
function blobText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte >= 32 && byte < 127 && byte !== 34 && byte !== 39
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function decimalText(words: Uint32Array, scale: number): string {
  let value = 0n;
  for (let k = 3; k >= 0; k--) value = (value << 32n) | BigInt(words[k]!);
  value = BigInt.asIntN(128, value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return value < 0n ? `-${text}` : text;
}

function timestampText(micros: bigint): string {
  const perDay = 86_400_000_000n;
  const rest = ((micros % perDay) + perDay) % perDay;
  const seconds = Number(rest / 1_000_000n);
  const fraction = String(rest % 1_000_000n)
    .padStart(6, "0")
    .replace(/0+$/, "");
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const time = clock.map((part) => String(part).padStart(2, "0")).join(":");
  return `${dateText(Number((micros - rest) / perDay))} ${time}${fraction ? `.${fraction}` : ""}`;
}

/** Day 0 is 1970-01-01. Years before 0 as DuckDB's client writes them. */
function dateText(days: number): string {
  const date = new Date(days * 86_400_000);
  const year = date.getUTCFullYear();
  const text = `${String(year < 0 ? 1 - year : year).padStart(4, "0")}${date.toISOString().slice(-20, -14)}`;
  return year < 0 ? `${text} (BC)` : text;
}
