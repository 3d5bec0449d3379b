import { type Data, DataType, Utf8 } from "apache-arrow";
import { createData } from "../arrow/create-data.ts";
import { decimalText, readInt128 } from "../result/number-text.ts";
import { FormatError } from "../source.ts";
import { textsToValues } from "./convert-values.ts";
import type { ListNode, Node, StructNode } from "./schema.ts";
import { base64Text, nanosecondsText, timestampText, uuidText } from "./variant-text.ts";
import { readVariantDictionary, type VariantObject, variantObject, variantText } from "./variant-value.ts";

/**
 * Turns variants into JSON text. Each is stored as `metadata` (the names of its fields), `value` (its binary form) and
 * `typed_value` (what was shredded into columns), as https://github.com/apache/parquet-format/blob/master/VariantShredding.md has it.
 * Decimals, dates, times, timestamps, UUIDs and binary values (base64) become JSON strings, as in DuckDB. A variant null is null.
 */
export function variantsToJson(node: StructNode, data: Data): Data {
  const metadata = data.children[node.children.findIndex((child) => child.field.name === "metadata")];
  if (!metadata || !DataType.isBinary(metadata.type)) {
    throw new FormatError(
      `The variant column "${node.field.name}" of the Parquet file has no metadata: it is corrupt.`,
    );
  }
  const texts: string[] = [];
  const bitmap = new Uint8Array((data.length + 7) >> 3);
  let nullCount = 0;
  for (let i = 0; i < data.length; i++) {
    let text: string | undefined;
    const names = data.getValid(i) ? bytesAt(metadata, i) : undefined;
    if (names) text = guarded(node, () => shreddedText(node, data, i, readVariantDictionary(names)));
    if (text === undefined || text === "null") {
      texts.push("");
      nullCount++;
    } else {
      texts.push(text);
      bitmap[i >> 3]! |= 1 << (i & 7);
    }
  }
  const { offsets, data: bytes } = textsToValues(texts);
  const nullBitmap = nullCount > 0 ? bitmap : undefined;
  return createData({
    type: new Utf8(),
    length: data.length,
    nullCount,
    nullBitmap,
    valueOffsets: offsets,
    data: bytes,
  });
}

/** Positions inside a damaged variant end in a `RangeError`. */
function guarded<T>(node: StructNode, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new FormatError(`A value of the variant column "${node.field.name}" is damaged.`, { cause });
  }
}

function bytesAt(data: Data | undefined, i: number): Uint8Array | undefined {
  if (!data?.getValid(i)) return undefined;
  return (data.values as Uint8Array).subarray(data.valueOffsets[i], data.valueOffsets[i + 1]);
}

/** The JSON of a value and what of it was shredded; undefined when there is neither. */
function shreddedText(node: StructNode, data: Data, i: number, names: readonly string[]): string | undefined {
  const find = (name: string): number => node.children.findIndex((child) => child.field.name === name);
  const value = bytesAt(data.children[find("value")], i);
  const typedAt = find("typed_value");
  const typed = data.children[typedAt];
  if (!typed?.getValid(i)) return value && variantText(value, names);
  const typedNode = node.children[typedAt]!;
  if (typedNode.kind === "struct") return objectText(typedNode, typed, i, value, names);
  if (value) {
    throw new FormatError(`A value of the variant column "${node.field.name}" is there twice: the file is corrupt.`);
  }
  return typedText(typedNode, typed, i, names);
}

function typedText(node: Node, data: Data, i: number, names: readonly string[]): string {
  if (node.kind === "list") return listText(node, data, i, names);
  if (node.kind !== "leaf")
    throw new FormatError("A variant of the Parquet file is shredded in a way that is not known.");
  const { type } = data;
  const { type: stored, logical_type: logical } = node.leaf.element;
  const isUnsigned = DataType.isInt(type) && !type.isSigned;
  if (isUnsigned || (stored === "FIXED_LEN_BYTE_ARRAY" && DataType.isBinary(type))) throw unknownShredding(node);
  const value: unknown = data.values[i];
  if (DataType.isBool(type)) return (data.values[i >> 3] >> (i & 7)) & 1 ? "true" : "false";
  if (DataType.isInt(type) || DataType.isFloat(type)) return String(value);
  if (DataType.isUtf8(type)) return JSON.stringify(new TextDecoder().decode(bytesAt(data, i)));
  if (DataType.isBinary(type)) return `"${base64Text(bytesAt(data, i)!)}"`;
  if (DataType.isFixedSizeBinary(type)) return `"${uuidText(data.values.subarray(i * 16, i * 16 + 16))}"`;
  if (DataType.isDecimal(type)) return `"${decimalText(readInt128(data.values, i * 4), type.scale)}"`;
  if (DataType.isDate(type)) return `"${timestampText(BigInt(value as number) * 86_400_000_000n).slice(0, -9)}"`;
  if (DataType.isTime(type)) return `"${timestampText(value as bigint).slice(11)}"`;
  if (DataType.isTimestamp(type)) {
    const isUtc = logical?.type === "TIMESTAMP" && logical.isAdjustedToUTC;
    const ticks = value as bigint;
    if (type.unit !== 3) return `"${timestampText(ticks)}${isUtc ? "+00" : ""}"`;
    // As in DuckDB, whose type with a zone has microseconds, and whose type without has nanoseconds.
    return isUtc ? `"${timestampText(ticks / 1000n)}+00"` : `"${nanosecondsText(ticks)}"`;
  }
  throw unknownShredding(node);
}

function unknownShredding(node: Node): FormatError {
  return new FormatError(
    `A variant of the Parquet file is shredded to a type that variants do not have: ${node.field.type}.`,
  );
}

function listText(node: ListNode, data: Data, i: number, names: readonly string[]): string {
  const element = data.children[0]!;
  const texts: string[] = [];
  for (let k = data.valueOffsets[i]!; k < data.valueOffsets[i + 1]!; k++) {
    const text = node.element.kind === "struct" ? shreddedText(node.element, element, k, names) : undefined;
    texts.push(text ?? "null");
  }
  return `[${texts.join(",")}]`;
}

/** An object whose fields are partly columns of their own and partly in the binary value. */
function objectText(
  node: StructNode,
  data: Data,
  i: number,
  value: Uint8Array | undefined,
  names: readonly string[],
): string {
  const fields: VariantObject = new Map(value ? variantObject(value, names) : []);
  for (const [k, child] of node.children.entries()) {
    const text = child.kind === "struct" ? shreddedText(child, data.children[k]!, i, names) : undefined;
    // A column of its own decides, even when it says that there is no such field.
    fields.delete(child.field.name);
    if (text !== undefined) fields.set(child.field.name, text);
  }
  const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${sorted.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
}
