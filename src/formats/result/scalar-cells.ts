import { type Data, DataType, type Field, TimeUnit } from "apache-arrow";
import { halfToNumber } from "../parquet/convert-values.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { readBignum, readInt128, writeBase64, writeDecimal, writeFloat, writeFloat32 } from "./number-text.ts";
import { writeDate, writeDuration, writeShortTimestamp, writeTime, writeTimestamp } from "./temporal-text.ts";

/** Writes the value of one row; the row is not null. */
export type WriteCell = (out: ByteWriter, row: number) => void;

/** How a value without parts is written. */
export interface ScalarCell {
  /** As plain text, exactly. */
  readonly plain: WriteCell;
  /** As a JSON value. */
  readonly json: WriteCell;
}

const PER_SECOND: Record<number, number> = {
  [TimeUnit.SECOND]: 1,
  [TimeUnit.MILLISECOND]: 1000,
  [TimeUnit.MICROSECOND]: 1_000_000,
  [TimeUnit.NANOSECOND]: 1_000_000_000,
};

/** Numbers up to 2^53 - 1 are the same in every JSON reader; longer ones are written as strings. */
const MAX_SAFE = 9007199254740991n;
/** Decimals of up to 15 significant digits survive the way through a double. */
const MAX_EXACT_DECIMAL = 999_999_999_999_999n;

/** The cell of a type without parts, or undefined for text, nested and dictionary types. */
export function createScalarCell(data: Data, field: Field): ScalarCell | undefined {
  const { type } = data;
  const values = data.values as ArrayLike<number> & ArrayLike<bigint>;
  if (DataType.isInt(type)) return type.bitWidth === 64 ? integer64(data) : small((out, i) => out.integer(values[i]!));
  if (DataType.isFloat(type)) return float(data);
  if (DataType.isBool(type)) {
    return small((out, i) => {
      const at = data.offset + i;
      out.ascii((values[at >> 3]! >> (at & 7)) & 1 ? "true" : "false");
    });
  }
  if (DataType.isDecimal(type)) return decimal(data, type.scale, type.bitWidth);
  if (DataType.isDate(type)) {
    if (type.unit === 0) return quoted((out, i) => writeDate(out, values[i]!));
    return quoted((out, i) => writeDate(out, Math.floor(Number(values[i]!) / 86_400_000)));
  }
  if (DataType.isTime(type)) {
    const perSecond = PER_SECOND[type.unit]!;
    return quoted((out, i) => writeTime(out, Number(values[i]!), perSecond));
  }
  if (DataType.isTimestamp(type)) {
    const perSecond = PER_SECOND[type.unit]!;
    const ticks = data.values as BigInt64Array;
    const safe = safeIntegers(ticks);
    return quoted((out, i) => {
      const value = safe(i);
      if (value === undefined) writeTimestamp(out, ticks[i]!, perSecond);
      else writeShortTimestamp(out, value, perSecond);
    });
  }
  if (DataType.isInterval(type)) return interval(data);
  if (DataType.isDuration(type)) {
    const nanoseconds = BigInt(1_000_000_000 / PER_SECOND[type.unit]!);
    const ticks = data.values as BigInt64Array;
    return quoted((out, i) => writeDuration(out, 0, 0, ticks[i]! * nanoseconds));
  }
  if (DataType.isBinary(type)) return binary(data, field);
  if (DataType.isFixedSizeBinary(type)) return fixedBinary(data, field, type.byteWidth);
  return undefined;
}

function small(write: WriteCell): ScalarCell {
  return { plain: write, json: write };
}

/** Text that needs no escaping: in quotes in JSON. */
function quoted(plain: WriteCell): ScalarCell {
  return {
    plain,
    json: (out, i) => {
      out.byte(34);
      plain(out, i);
      out.byte(34);
    },
  };
}

/** Reads 64-bit integers as doubles; undefined where a double would not hold one exactly. */
function safeIntegers(values: BigInt64Array | BigUint64Array): (row: number) => number | undefined {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const isUnsigned = values instanceof BigUint64Array;
  return (i) => {
    const high = words[i * 2 + 1]!;
    if (high < -2097152 || high >= 2097152 || (isUnsigned && high < 0)) return undefined;
    const value = high * 4294967296 + (words[i * 2]! >>> 0);
    return value > -9007199254740992 ? value : undefined;
  };
}

function integer64(data: Data): ScalarCell {
  const values = data.values as BigInt64Array | BigUint64Array;
  const safe = safeIntegers(values);
  const write = (out: ByteWriter, i: number, isJson: boolean): void => {
    const value = safe(i);
    if (value === undefined) writeLong(out, values[i]!, isJson);
    else out.integer(value);
  };
  return { plain: (out, i) => write(out, i, false), json: (out, i) => write(out, i, true) };
}

function writeLong(out: ByteWriter, value: bigint, isJson: boolean): void {
  const isQuoted = isJson && (value > MAX_SAFE || value < -MAX_SAFE);
  out.ascii(isQuoted ? `"${value}"` : String(value));
}

function float(data: Data): ScalarCell {
  const values = data.values as Float32Array | Float64Array | Uint16Array;
  const isHalf = values instanceof Uint16Array;
  const writeNumber = values instanceof Float64Array ? writeFloat : writeFloat32;
  const numberAt = (i: number): number => (isHalf ? halfToNumber(values[i]!) : values[i]!);
  return {
    plain: (out, i) => {
      const value = numberAt(i);
      if (Number.isFinite(value)) writeNumber(out, value);
      else out.ascii(String(value));
    },
    json: (out, i) => {
      const value = numberAt(i);
      if (Number.isFinite(value)) writeNumber(out, value);
      else out.ascii("null"); // JSON has no NaN and no infinity
    },
  };
}

function decimal(data: Data, scale: number, bitWidth: number): ScalarCell {
  const words = data.values as Uint32Array;
  const stride = bitWidth / 32;
  const read = (i: number): bigint | number => {
    const at = i * stride;
    const low = words[at]! | 0;
    const next = words[at + 1]! | 0;
    // Most decimals fit a double's 53 bits.
    if (
      next >= -2097152 &&
      next < 2097152 &&
      (words[at + 2]! | 0) === next >> 31 &&
      (words[at + 3]! | 0) === next >> 31
    ) {
      return next * 4294967296 + (low >>> 0);
    }
    return stride === 4 ? readInt128(words, at) : readInt256(words, at);
  };
  const most = scale === 0 ? MAX_SAFE : MAX_EXACT_DECIMAL;
  return {
    plain: (out, i) => writeDecimal(out, read(i), scale),
    json: (out, i) => {
      const value = read(i);
      const isQuoted = value > most || value < -most;
      if (isQuoted) out.byte(34);
      writeDecimal(out, value, scale);
      if (isQuoted) out.byte(34);
    },
  };
}

function readInt256(words: Uint32Array, at: number): bigint {
  const low = BigInt.asUintN(128, readInt128(words, at));
  return low | (readInt128(words, at + 4) << 128n);
}

function interval(data: Data): ScalarCell {
  const { buffer, byteOffset, byteLength } = data.values as Int32Array;
  const words = new Int32Array(buffer, byteOffset, byteLength / 4);
  switch ((data.type as DataType & { unit: number }).unit) {
    case 0:
      return quoted((out, i) => writeDuration(out, words[i]!, 0, 0n));
    case 1:
      return quoted((out, i) => writeDuration(out, 0, words[i * 2]!, BigInt(words[i * 2 + 1]!) * 1_000_000n));
    default:
      return quoted((out, i) => {
        const nanoseconds = (BigInt(words[i * 4 + 3]!) << 32n) | BigInt(words[i * 4 + 2]! >>> 0);
        writeDuration(out, words[i * 4]!, words[i * 4 + 1]!, nanoseconds);
      });
  }
}

/** DuckDB marks types that Arrow does not have in the field's metadata. */
function opaqueType(field: Field): string | undefined {
  if (field.metadata.get("ARROW:extension:name") !== "arrow.opaque") return undefined;
  return /"type_name"\s*:\s*"(\w+)"/.exec(field.metadata.get("ARROW:extension:metadata") ?? "")?.[1];
}

function binary(data: Data, field: Field): ScalarCell {
  const bytes = data.values as Uint8Array;
  const offsets = data.valueOffsets as Int32Array;
  if (opaqueType(field) === "bignum") {
    return longInteger((i) => readBignum(bytes.subarray(offsets[i]!, offsets[i + 1]!)));
  }
  return quoted((out, i) => writeBase64(out, bytes, offsets[i]!, offsets[i + 1]!));
}

function fixedBinary(data: Data, field: Field, width: number): ScalarCell {
  const bytes = data.values as Uint8Array;
  const opaque = opaqueType(field);
  if (width === 16 && (opaque === "uhugeint" || opaque === "hugeint")) {
    const read = (i: number): bigint => {
      let value = 0n;
      for (let k = 15; k >= 0; k--) value = (value << 8n) | BigInt(bytes[i * 16 + k]!);
      return opaque === "hugeint" ? BigInt.asIntN(128, value) : value;
    };
    return longInteger(read);
  }
  if (width === 16 && field.metadata.get("ARROW:extension:name") === "arrow.uuid") {
    return quoted((out, i) => writeUuid(out, bytes, i * 16));
  }
  return quoted((out, i) => writeBase64(out, bytes, i * width, (i + 1) * width));
}

function longInteger(read: (row: number) => bigint): ScalarCell {
  return {
    plain: (out, i) => out.ascii(String(read(i))),
    json: (out, i) => writeLong(out, read(i), true),
  };
}

function writeUuid(out: ByteWriter, bytes: Uint8Array, start: number): void {
  for (let k = 0; k < 16; k++) {
    if (k === 4 || k === 6 || k === 8 || k === 10) out.byte(45);
    out.ascii(bytes[start + k]!.toString(16).padStart(2, "0"));
  }
}
