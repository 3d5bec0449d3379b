import { type Data, DataType, type Field } from "apache-arrow";
import { copyBytes, type FixedValues } from "../parquet/values.ts";
import { FormatError } from "../source.ts";
import type { BatchBody } from "./body.ts";
import { checkText } from "./check-text.ts";
import { createData, createFixedData } from "./create-data.ts";
import { allNull } from "./empty-data.ts";
import type { Layout } from "./layout.ts";
import { convertStored, storedWidth, swapBytes, swapStored } from "./stored-values.ts";
import { takeData } from "./take-data.ts";
import { isUuid, targetField } from "./target-type.ts";
import { readUnion } from "./union-text.ts";

/** More values than this in one piece of a column would not fit a batch. */
const MAX_VALUES = 2 ** 25;

export interface Nulls {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array<ArrayBuffer> | undefined;
}

/** Reads pieces of the columns of one record batch. */
export class ColumnReader {
  readonly body: BatchBody;
  readonly hasUnionValidity: boolean;
  readonly #isBigEndian: boolean;
  readonly #dictionaries: ReadonlyMap<bigint, Data>;

  constructor(
    body: BatchBody,
    isBigEndian: boolean,
    hasUnionValidity: boolean,
    dictionaries: ReadonlyMap<bigint, Data>,
  ) {
    this.body = body;
    this.hasUnionValidity = hasUnionValidity;
    this.#isBigEndian = isBigEndian;
    this.#dictionaries = dictionaries;
  }

  /** `count` values of a column from `start` on, as the type that it is given out as. */
  async read(layout: Layout, start: number, count: number, target: Field = targetField(layout.field)): Promise<Data> {
    if (start + count > layout.length || count > MAX_VALUES) {
      throw new FormatError(`Column "${layout.field.name}" of the Arrow file has a wrong or too large length.`);
    }
    const { field } = layout;
    if (field.dictionary) return this.#readDictionary(layout, start, count);
    const { type } = field;
    switch (type.kind) {
      case "null":
        return allNull(target.type, count);
      case "runEndEncoded":
        return this.#readRuns(layout, start, count);
      case "union":
        return readUnion(this, layout, start, count);
      case "struct":
        return this.#readStruct(layout, start, count, target);
      case "list":
      case "map":
        return this.#readList(layout, start, count, target);
      case "fixedList":
        return this.#readFixedList(layout, start, count, type.size, target);
      case "listView":
        return this.#readListView(layout, start, count, target);
      case "bytes":
        return this.#readBytes(layout, start, count, target.type);
      case "view":
        return this.#readViews(layout, start, count, target.type);
      case "bool": {
        const nulls = await this.nulls(layout, start, count);
        const data = shiftBits(await this.#bits(layout.buffer + 1, start, count), start & 7, count);
        return createData({ type: target.type, length: count, ...nulls, data });
      }
      default:
        return this.#readFixed(layout, start, count, target.type);
    }
  }

  /** Which of the values are null. */
  async nulls({ nullCount, buffer }: Layout, start: number, count: number): Promise<Nulls> {
    if (nullCount === 0 || count === 0 || this.body.isEmpty(buffer)) return { nullCount: 0, nullBitmap: undefined };
    const bitmap = shiftBits(await this.#bits(buffer, start, count), start & 7, count);
    let valid = 0;
    for (let i = 0; i < count; i++) valid += (bitmap[i >> 3]! >> (i & 7)) & 1;
    return valid === count ? { nullCount: 0, nullBitmap: undefined } : { nullCount: count - valid, nullBitmap: bitmap };
  }

  #bits(buffer: number, start: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.body.read(buffer, start >> 3, (start + count + 7) >> 3);
  }

  /** Words of `unit` bytes, in the machine's order. */
  async words(buffer: number, start: number, count: number, unit: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.body.read(buffer, start * unit, (start + count) * unit);
    if (this.#isBigEndian && unit > 1) swapBytes(bytes, unit);
    return bytes;
  }

  /** Offsets, sizes or indices as 32-bit integers. */
  async integers(buffer: number, start: number, count: number, bits: number, isSigned = true): Promise<Int32Array> {
    const bytes = await this.words(buffer, start, count, bits / 8);
    if (bits === 32) return new Int32Array(bytes.buffer, 0, count);
    if (bits === 64) {
      const wide = new BigInt64Array(bytes.buffer, 0, count);
      return Int32Array.from(wide, (value) => {
        if (value > 2147483647n || value < -2147483648n) {
          throw new FormatError("A list or text column of the Arrow file is too large to be read in one record batch.");
        }
        return Number(value);
      });
    }
    if (bits === 16)
      return Int32Array.from(
        isSigned ? new Int16Array(bytes.buffer, 0, count) : new Uint16Array(bytes.buffer, 0, count),
      );
    return Int32Array.from(isSigned ? new Int8Array(bytes.buffer, 0, count) : bytes);
  }

  async #readFixed(layout: Layout, start: number, count: number, target: DataType): Promise<Data> {
    const { field, buffer } = layout;
    const nulls = await this.nulls(layout, start, count);
    const [width, unit] = storedWidth(field.type);
    let bytes = await this.body.read(buffer + 1, start * width, (start + count) * width);
    if (this.#isBigEndian && unit > 1) swapStored(bytes, field.type, unit);
    if (bytes.length % 8 !== 0) {
      const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
      padded.set(bytes);
      bytes = padded;
    }
    clearNulls(bytes, width, count, nulls);
    const stored: FixedValues = { kind: "fixed", width, length: count, bytes };
    if (field.type.kind === "fixedBytes" && !isUuid(field)) {
      const valueOffsets = Int32Array.from({ length: count + 1 }, (_, i) => i * width);
      return createData({
        type: target,
        length: count,
        ...nulls,
        valueOffsets,
        data: bytes.subarray(0, count * width),
      });
    }
    const values = convertStored(stored, field.type) as FixedValues;
    return createFixedData(target, values.bytes, count, nulls);
  }

  async #readStruct(layout: Layout, start: number, count: number, target: Field): Promise<Data> {
    const nulls = await this.nulls(layout, start, count);
    const fields = target.type.children as Field[];
    const children: Data[] = [];
    for (const [k, child] of layout.children.entries()) children.push(await this.read(child, start, count, fields[k]));
    return createData({ type: target.type, length: count, ...nulls, children });
  }

  async #offsets(layout: Layout, start: number, count: number, isLarge: boolean): Promise<[Int32Array, number]> {
    // Arrays without values may leave out even their first offset.
    if (count === 0) return [new Int32Array(1), 0];
    const unit = isLarge ? 8 : 4;
    const bytes = await this.words(layout.buffer + 1, start, count + 1, unit);
    const offsets = new Int32Array(count + 1);
    const wide = isLarge ? new BigInt64Array(bytes.buffer) : undefined;
    const narrow = isLarge ? undefined : new Int32Array(bytes.buffer);
    const first = wide ? Number(wide[0]) : narrow![0]!;
    let last = first;
    for (let i = 0; i <= count; i++) {
      const offset = wide ? Number(wide[i]) : narrow![i]!;
      if (offset < last || offset - first > 2147483647) throw damagedOffsets(layout);
      last = offset;
      offsets[i] = offset - first;
    }
    if (first < 0) throw damagedOffsets(layout);
    return [offsets, first];
  }

  async #readList(layout: Layout, start: number, count: number, target: Field): Promise<Data> {
    const { type } = layout.field;
    const nulls = await this.nulls(layout, start, count);
    const [valueOffsets, first] = await this.#offsets(layout, start, count, type.kind === "list" && type.isLarge);
    const child = await this.read(layout.children[0]!, first, valueOffsets[count]!, target.type.children[0]);
    if (type.kind === "map" && child.children[0]!.nullCount > 0) {
      throw new FormatError(`The map "${layout.field.name}" of the Arrow file has a key that is null.`);
    }
    return createData({ type: target.type, length: count, ...nulls, valueOffsets, child });
  }

  async #readFixedList(layout: Layout, start: number, count: number, size: number, target: Field): Promise<Data> {
    if (size < 0 || count * size > MAX_VALUES) throw damagedOffsets(layout);
    const nulls = await this.nulls(layout, start, count);
    const valueOffsets = Int32Array.from({ length: count + 1 }, (_, i) => i * size);
    const child = await this.read(layout.children[0]!, start * size, count * size, target.type.children[0]);
    return createData({ type: target.type, length: count, ...nulls, valueOffsets, child });
  }

  async #readListView(layout: Layout, start: number, count: number, target: Field): Promise<Data> {
    const { type } = layout.field;
    const bits = type.kind === "listView" && type.isLarge ? 64 : 32;
    const nulls = await this.nulls(layout, start, count);
    const starts = await this.integers(layout.buffer + 1, start, count, bits);
    const sizes = await this.integers(layout.buffer + 2, start, count, bits);
    let from = Number.POSITIVE_INFINITY;
    let to = 0;
    const valueOffsets = new Int32Array(count + 1);
    const sizeAt = (i: number): number => (isNull(nulls, i) ? 0 : sizes[i]!);
    for (let i = 0; i < count; i++) {
      const size = sizeAt(i);
      if (size < 0 || (size > 0 && starts[i]! < 0) || valueOffsets[i]! + size > MAX_VALUES)
        throw damagedOffsets(layout);
      if (size > 0) {
        from = Math.min(from, starts[i]!);
        to = Math.max(to, starts[i]! + size);
      }
      valueOffsets[i + 1] = valueOffsets[i]! + size;
    }
    const [first, length] = to > 0 ? [from, to - from] : [0, 0];
    const values = await this.read(layout.children[0]!, first, length, target.type.children[0]);
    const indices = new Int32Array(valueOffsets[count]!);
    for (let i = 0; i < count; i++) {
      for (let k = 0, size = sizeAt(i); k < size; k++) indices[valueOffsets[i]! + k] = starts[i]! - first + k;
    }
    return createData({ type: target.type, length: count, ...nulls, valueOffsets, child: takeData(values, indices) });
  }

  async #readBytes(layout: Layout, start: number, count: number, target: DataType): Promise<Data> {
    const { type, name } = layout.field;
    const isLarge = type.kind === "bytes" && type.isLarge;
    const nulls = await this.nulls(layout, start, count);
    const [valueOffsets, first] = await this.#offsets(layout, start, count, isLarge);
    const data = await this.body.read(layout.buffer + 2, first, first + valueOffsets[count]!);
    if (DataType.isUtf8(target)) checkText(valueOffsets, data, count, name);
    return createData({ type: target, length: count, ...nulls, valueOffsets, data });
  }

  /** Views of 16 bytes: a length, and either up to 12 bytes in place, or a prefix, a buffer and an offset. */
  async #readViews(layout: Layout, start: number, count: number, target: DataType): Promise<Data> {
    const nulls = await this.nulls(layout, start, count);
    const bytes = await this.body.read(layout.buffer + 1, start * 16, (start + count) * 16);
    const view = new DataView(bytes.buffer);
    const isLittle = !this.#isBigEndian;
    const valueOffsets = new Int32Array(count + 1);
    for (let i = 0; i < count; i++) {
      const length = isNull(nulls, i) ? 0 : view.getInt32(i * 16, isLittle);
      if (length < 0 || valueOffsets[i]! + length > MAX_VALUES * 2) throw damagedOffsets(layout);
      valueOffsets[i + 1] = valueOffsets[i]! + length;
    }
    const data = new Uint8Array(valueOffsets[count]!);
    const lengthOf = (i: number) => valueOffsets[i + 1]! - valueOffsets[i]!;
    const isInPlace = (i: number) => lengthOf(i) <= 12;
    for (let i = 0; i < count; i++) {
      if (isInPlace(i)) data.set(bytes.subarray(i * 16 + 4, i * 16 + 4 + lengthOf(i)), valueOffsets[i]!);
    }
    for (let i = 0; i < count; ) {
      if (isInPlace(i)) {
        i++;
        continue;
      }
      const index = view.getInt32(i * 16 + 8, isLittle);
      const from = view.getInt32(i * 16 + 12, isLittle);
      if (index < 0 || index >= layout.dataBuffers || from < 0) throw damagedOffsets(layout);
      // Values mostly lie one behind the other: such are read together.
      let next = i + 1;
      let end = from + lengthOf(i);
      for (; next < count; next++) {
        if (isInPlace(next)) continue;
        if (view.getInt32(next * 16 + 8, isLittle) !== index || view.getInt32(next * 16 + 12, isLittle) !== end) break;
        end += lengthOf(next);
      }
      const run = await this.body.read(layout.buffer + 2 + index, from, end);
      for (let at = 0; i < next; i++) {
        if (isInPlace(i)) continue;
        copyBytes(run, at, at + lengthOf(i), data, valueOffsets[i]!);
        at += lengthOf(i);
      }
    }
    if (DataType.isUtf8(target)) checkText(valueOffsets, data, count, layout.field.name);
    return createData({ type: target, length: count, ...nulls, valueOffsets, data });
  }

  async #readDictionary(layout: Layout, start: number, count: number): Promise<Data> {
    const { id, index } = layout.field.dictionary!;
    const nulls = await this.nulls(layout, start, count);
    const indices = new Int32Array(await this.integers(layout.buffer + 1, start, count, index.bits, index.isSigned));
    const dictionary = this.#dictionaries.get(id);
    let hasValue = false;
    for (let i = 0; i < count; i++) {
      if (isNull(nulls, i)) indices[i] = -1;
      else if (indices[i]! < 0) throw damagedOffsets(layout);
      else hasValue = true;
    }
    if (!dictionary) {
      if (hasValue)
        throw new FormatError(`The dictionary of column "${layout.field.name}" is missing in the Arrow file.`);
      return allNull(targetField(layout.field).type, count);
    }
    return takeData(dictionary, indices);
  }

  /** Runs of equal values, of which the file keeps the ends and one value each. */
  async #readRuns(layout: Layout, start: number, count: number): Promise<Data> {
    const [ends, values] = layout.children as [Layout, Layout];
    const bits = ends.field.type.kind === "int" ? ends.field.type.bits : 32;
    if (ends.length > MAX_VALUES) throw damagedOffsets(layout);
    const runEnds = await this.integers(ends.buffer + 1, 0, ends.length, bits);
    let run = 0;
    while (run < runEnds.length && runEnds[run]! <= start) run++;
    const first = run;
    const indices = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      while (run < runEnds.length && runEnds[run]! <= start + i) run++;
      if (run >= runEnds.length) throw damagedOffsets(layout);
      indices[i] = run - first;
    }
    const length = count === 0 ? 0 : run - first + 1;
    return takeData(await this.read(values, first, length), indices);
  }
}

function clearNulls(bytes: Uint8Array, width: number, count: number, nulls: Nulls): void {
  if (!nulls.nullBitmap) return;
  for (let i = 0; i < count; i++) if (isNull(nulls, i)) bytes.fill(0, i * width, (i + 1) * width);
}

export function isNull({ nullBitmap }: Nulls, i: number): boolean {
  return nullBitmap !== undefined && ((nullBitmap[i >> 3]! >> (i & 7)) & 1) === 0;
}

/** Bits from bit `shift` of the first byte on. */
function shiftBits(bytes: Uint8Array<ArrayBuffer>, shift: number, count: number): Uint8Array<ArrayBuffer> {
  if (shift === 0) return bytes;
  const shifted = new Uint8Array((count + 7) >> 3);
  for (let i = 0; i < shifted.length; i++) shifted[i] = (bytes[i]! >> shift) | ((bytes[i + 1] ?? 0) << (8 - shift));
  return shifted;
}

function damagedOffsets({ field }: Layout): FormatError {
  return new FormatError(`Column "${field.name}" of the Arrow file points outside its values: the file is corrupt.`);
}
