import { type Data, DataType, type Field } from "apache-arrow";
import { ByteWriter } from "./byte-writer.ts";
import { createScalarCell, type WriteCell } from "./scalar-cells.ts";

const NULL = [110, 117, 108, 108] as const;
const HEX = "0123456789abcdef";

/** Writes a column's values, nulls included, as JSON. */
export function createJsonCell(data: Data, field: Field): WriteCell {
  return orNull(data, jsonOf(data, field), (out) => {
    for (const code of NULL) out.byte(code);
  });
}

/** Writes a column's values as CSV fields (RFC 4180): nulls are empty, empty text is `""`, nested values are JSON. */
export function createCsvCell(data: Data, field: Field, delimiter: number): WriteCell {
  const nothing = (): void => {};
  if (DataType.isDictionary(data.type))
    return orNull(
      data,
      throughDictionary(data, (d, f) => createCsvCell(d, f, delimiter)),
      nothing,
    );
  const text = textOf(data);
  if (text)
    return orNull(data, (out, i) => writeCsvText(out, text.bytes, text.start(i), text.end(i), delimiter), nothing);
  const scalar = createScalarCell(data, field);
  if (scalar) return orNull(data, scalar.plain, nothing);
  const json = jsonOf(data, field);
  const buffer = new ByteWriter(1024);
  const nested: WriteCell = (out, i) => {
    buffer.length = 0;
    json(buffer, i);
    writeCsvText(out, buffer.bytes, 0, buffer.length, delimiter);
  };
  return orNull(data, nested, nothing);
}

function orNull(data: Data, write: WriteCell, writeNull: (out: ByteWriter) => void): WriteCell {
  if (DataType.isNull(data.type)) return writeNull;
  if (DataType.isUnion(data.type) || data.nullCount === 0) return write;
  const bitmap = data.nullBitmap;
  if (!bitmap || bitmap.length === 0) return write;
  const { offset } = data;
  return (out, i) => {
    const at = offset + i;
    if ((bitmap[at >> 3]! >> (at & 7)) & 1) write(out, i);
    else writeNull(out);
  };
}

interface Text {
  readonly bytes: Uint8Array;
  start(row: number): number;
  end(row: number): number;
}

function textOf(data: Data): Text | undefined {
  const bytes = data.values as Uint8Array;
  if (DataType.isUtf8(data.type)) {
    const offsets = data.valueOffsets as Int32Array;
    return { bytes, start: (i) => offsets[i]!, end: (i) => offsets[i + 1]! };
  }
  if (DataType.isLargeUtf8(data.type)) {
    const offsets = data.valueOffsets as unknown as BigInt64Array;
    return { bytes, start: (i) => Number(offsets[i]!), end: (i) => Number(offsets[i + 1]!) };
  }
  return undefined;
}

function throughDictionary(data: Data, create: (dictionary: Data, field: Field) => WriteCell): WriteCell {
  const indices = data.values as Int32Array;
  const chunks = data.dictionary?.data ?? [];
  const cells = chunks.map((chunk) => ({ length: chunk.length, write: create(chunk, DICTIONARY_FIELD) }));
  return (out, i) => {
    let index = Number(indices[i]!);
    for (const cell of cells) {
      if (index < cell.length) {
        cell.write(out, index);
        return;
      }
      index -= cell.length;
    }
  };
}
const DICTIONARY_FIELD = { name: "", metadata: new Map<string, string>() } as unknown as Field;

function jsonOf(data: Data, field: Field): WriteCell {
  const { type } = data;
  const text = textOf(data);
  if (text) return (out, i) => writeJsonText(out, text.bytes, text.start(i), text.end(i));
  if (DataType.isDictionary(type)) return throughDictionary(data, createJsonCell);
  const scalar = createScalarCell(data, field);
  if (scalar) return scalar.json;
  if (DataType.isList(type)) {
    const element = createJsonCell(data.children[0]!, type.children[0]!);
    const offsets = data.valueOffsets as Int32Array;
    return (out, i) => writeArray(out, element, offsets[i]!, offsets[i + 1]!);
  }
  if (DataType.isFixedSizeList(type)) {
    const element = createJsonCell(data.children[0]!, type.children[0]!);
    const size = type.listSize;
    return (out, i) => writeArray(out, element, i * size, (i + 1) * size);
  }
  if (DataType.isMap(type)) return jsonOfMap(data);
  if (DataType.isStruct(type)) return jsonOfStruct(data, type.children);
  if (DataType.isUnion(type)) return jsonOfUnion(data, type.children);
  if (DataType.isNull(type)) return (out) => out.ascii("null");
  throw new TypeError(`A column of the type ${type} cannot be written as text.`);
}

function writeArray(out: ByteWriter, element: WriteCell, start: number, end: number): void {
  out.byte(91);
  for (let k = start; k < end; k++) {
    if (k > start) out.byte(44);
    element(out, k);
  }
  out.byte(93);
}

/** The JSON of a name and the colon behind it. */
export function jsonKey(name: string): string {
  return `${JSON.stringify(name)}:`;
}

function jsonOfStruct(data: Data, fields: readonly Field[]): WriteCell {
  const encoder = new TextEncoder();
  const parts = fields.map((field, k) => ({
    key: encoder.encode(`${k > 0 ? "," : ""}${jsonKey(field.name)}`),
    write: createJsonCell(data.children[k]!, field),
  }));
  return (out, i) => {
    out.byte(123);
    for (const { key, write } of parts) {
      out.copy(key, 0);
      write(out, i);
    }
    out.byte(125);
  };
}

/** A map as an object; keys that are not text are written as what they look like in JSON. */
function jsonOfMap(data: Data): WriteCell {
  const entries = data.children[0]!;
  const [keyField, valueField] = entries.type.children as Field[];
  const key = createJsonCell(entries.children[0]!, keyField!);
  const value = createJsonCell(entries.children[1]!, valueField!);
  const offsets = data.valueOffsets as Int32Array;
  const buffer = new ByteWriter(256);
  return (out, i) => {
    out.byte(123);
    for (let k = offsets[i]!, end = offsets[i + 1]!, first = k; k < end; k++) {
      if (k > first) out.byte(44);
      buffer.length = 0;
      key(buffer, k);
      if (buffer.bytes[0] === 34) out.copy(buffer.bytes, 0, buffer.length);
      else writeJsonText(out, buffer.bytes, 0, buffer.length);
      out.byte(58);
      value(out, k);
    }
    out.byte(125);
  };
}

function jsonOfUnion(data: Data, fields: readonly Field[]): WriteCell {
  const type = data.type as DataType & { typeIds: Int32Array; mode: number };
  const cells = new Map(fields.map((field, k) => [type.typeIds[k]!, createJsonCell(data.children[k]!, field)]));
  const { typeIds } = data;
  const offsets = data.valueOffsets as Int32Array | undefined;
  const isDense = type.mode === 1;
  return (out, i) => {
    const cell = cells.get(typeIds[i]!);
    if (cell) cell(out, isDense ? offsets![i]! : i);
    else out.ascii("null");
  };
}

function writeJsonText(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.reserve((end - start) * 6 + 2);
  const target = out.bytes;
  let at = out.length;
  target[at++] = 34;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte >= 32 && byte !== 34 && byte !== 92) {
      target[at++] = byte;
      continue;
    }
    target[at++] = 92;
    if (byte === 34 || byte === 92) target[at++] = byte;
    else if (byte === 10) target[at++] = 110;
    else if (byte === 13) target[at++] = 114;
    else if (byte === 9) target[at++] = 116;
    else {
      for (const code of [117, 48, 48]) target[at++] = code;
      target[at++] = HEX.charCodeAt(byte >> 4);
      target[at++] = HEX.charCodeAt(byte & 15);
    }
  }
  target[at++] = 34;
  out.length = at;
}

/** A CSV field; in quotes where it holds a delimiter, a quote, an end of line, or nothing at all. */
export function writeCsvText(out: ByteWriter, bytes: Uint8Array, start: number, end: number, delimiter: number): void {
  let needsQuotes = start === end;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 34 || byte === delimiter || byte === 10 || byte === 13) {
      needsQuotes = true;
      break;
    }
  }
  if (!needsQuotes) {
    out.copy(bytes, start, end);
    return;
  }
  out.reserve((end - start) * 2 + 2);
  const target = out.bytes;
  let at = out.length;
  target[at++] = 34;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 34) target[at++] = 34;
    target[at++] = byte;
  }
  target[at++] = 34;
  out.length = at;
}
