import { decimalText } from "../result/number-text.ts";
import { FormatError } from "../source.ts";
import { base64Text, nanosecondsText, timestampText, uuidText } from "./variant-text.ts";

/** The fields of an object, each as JSON. */
export type VariantObject = Map<string, string>;

const MAX_DEPTH = 200;
const decoder = new TextDecoder();

/** The field names in a variant's metadata. Encoding: https://github.com/apache/parquet-format/blob/master/VariantEncoding.md. */
export function readVariantDictionary(bytes: Uint8Array): string[] {
  const header = byteAt(bytes, 0);
  if ((header & 15) !== 1)
    throw new FormatError(`A variant has version ${header & 15} of the format; only 1 is known.`);
  const width = (header >> 6) + 1;
  const count = readUnsigned(bytes, 1, width);
  const start = 1 + width * (count + 2);
  if (start > bytes.length) throw new RangeError("The names reach past their end.");
  return Array.from({ length: count }, (_, i) => {
    const from = start + readUnsigned(bytes, 1 + width * (i + 1), width);
    const to = start + readUnsigned(bytes, 1 + width * (i + 2), width);
    return decoder.decode(part(bytes, from, to - from));
  });
}

/** A variant's binary value as JSON. */
export function variantText(bytes: Uint8Array, names: readonly string[], depth = 0): string {
  if (depth > MAX_DEPTH) throw new FormatError("A variant of the Parquet file is nested more than 200 levels deep.");
  const header = byteAt(bytes, 0);
  switch (header & 3) {
    case 0:
      return primitiveText(header >> 2, bytes.subarray(1));
    case 1:
      return JSON.stringify(decoder.decode(part(bytes, 1, header >> 2)));
    case 2: {
      const fields = [...readObject(bytes, names, depth)];
      return `{${fields.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
    }
    default:
      return arrayText(bytes, names, depth);
  }
}

/** The fields of a variant that has to be an object. */
export function variantObject(bytes: Uint8Array, names: readonly string[]): VariantObject {
  if ((byteAt(bytes, 0) & 3) !== 2) {
    throw new FormatError(
      "A variant of the Parquet file is an object and something else at once: the file is corrupt.",
    );
  }
  return readObject(bytes, names, 0);
}

function readObject(bytes: Uint8Array, names: readonly string[], depth: number): VariantObject {
  const header = byteAt(bytes, 0) >> 2;
  const offsetWidth = (header & 3) + 1;
  const idWidth = ((header >> 2) & 3) + 1;
  const countWidth = header & 16 ? 4 : 1;
  const count = readUnsigned(bytes, 1, countWidth);
  const ids = 1 + countWidth;
  const offsets = ids + count * idWidth;
  const values = offsets + (count + 1) * offsetWidth;
  if (values > bytes.length) throw new RangeError("An object reaches past its end.");
  const fields: VariantObject = new Map();
  for (let i = 0; i < count; i++) {
    const name = names[readUnsigned(bytes, ids + i * idWidth, idWidth)];
    if (name === undefined) throw new RangeError("A field has no name.");
    const offset = readUnsigned(bytes, offsets + i * offsetWidth, offsetWidth);
    fields.set(name, variantText(bytes.subarray(values + offset), names, depth + 1));
  }
  return fields;
}

function arrayText(bytes: Uint8Array, names: readonly string[], depth: number): string {
  const header = byteAt(bytes, 0) >> 2;
  const offsetWidth = (header & 3) + 1;
  const countWidth = header & 4 ? 4 : 1;
  const count = readUnsigned(bytes, 1, countWidth);
  const offsets = 1 + countWidth;
  const values = offsets + (count + 1) * offsetWidth;
  if (values > bytes.length) throw new RangeError("An array reaches past its end.");
  const texts = Array.from({ length: count }, (_, i) => {
    const offset = readUnsigned(bytes, offsets + i * offsetWidth, offsetWidth);
    return variantText(bytes.subarray(values + offset), names, depth + 1);
  });
  return `[${texts.join(",")}]`;
}

function primitiveText(type: number, bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 0:
      return "null";
    case 1:
      return "true";
    case 2:
      return "false";
    case 3:
      return String(view.getInt8(0));
    case 4:
      return String(view.getInt16(0, true));
    case 5:
      return String(view.getInt32(0, true));
    case 6:
      return String(view.getBigInt64(0, true));
    case 7:
      return numberText(view.getFloat64(0, true));
    case 8:
      return `"${decimalText(view.getInt32(1, true), view.getUint8(0))}"`;
    case 9:
      return `"${decimalText(view.getBigInt64(1, true), view.getUint8(0))}"`;
    case 10: {
      const unscaled = (view.getBigInt64(9, true) << 64n) | view.getBigUint64(1, true);
      return `"${decimalText(unscaled, view.getUint8(0))}"`;
    }
    case 11:
      return `"${timestampText(BigInt(view.getInt32(0, true)) * 86_400_000_000n).slice(0, -9)}"`;
    case 12:
      return `"${timestampText(view.getBigInt64(0, true))}+00"`;
    case 13:
      return `"${timestampText(view.getBigInt64(0, true))}"`;
    case 14:
      return numberText(view.getFloat32(0, true));
    case 15:
      return `"${base64Text(part(bytes, 4, view.getUint32(0, true)))}"`;
    case 16:
      return JSON.stringify(decoder.decode(part(bytes, 4, view.getUint32(0, true))));
    case 17:
      return `"${timestampText(view.getBigInt64(0, true)).slice(11)}"`;
    case 18:
      return `"${timestampText(view.getBigInt64(0, true) / 1000n)}+00"`;
    case 19:
      return `"${nanosecondsText(view.getBigInt64(0, true))}"`;
    case 20:
      return `"${uuidText(part(bytes, 0, 16))}"`;
    default:
      throw new FormatError(`A variant of the Parquet file has a value of the unknown type ${type}.`);
  }
}

/** JSON has no NaN and no infinity. */
function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : "null";
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError("A value ends early.");
  return byte;
}

function part(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (length < 0 || start + length > bytes.length) throw new RangeError("A value reaches past its end.");
  return bytes.subarray(start, start + length);
}

function readUnsigned(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value += byteAt(bytes, at + i) * 2 ** (8 * i);
  return value;
}
