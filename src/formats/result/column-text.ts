import { type Data, DataType, type Field } from "apache-arrow";
import { ByteWriter } from "./byte-writer.ts";
import type { WriteCell } from "./scalar-cells.ts";

/** How the values of one format are written. */
export interface ValueFormat {
  createCell(data: Data, field: Field): WriteCell;
  /** 1 for each byte of a text that cannot stand as it is. */
  readonly escaped: Uint8Array;
  /** Texts are always in quotes, and nulls are not nothing. */
  readonly quotesText: boolean;
}

/** What some rows of a column are written as: the n-th lies from `offsets[n]` to `offsets[n + 1]`. */
export interface ColumnText {
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
  /** The bytes are Arrow's own, and each text is still to be put in quotes. */
  readonly isUnquoted: boolean;
}

/** Writes a column of one batch after the other, in memory that it uses again. */
export class ColumnWriter {
  readonly #field: Field;
  readonly #format: ValueFormat;
  readonly #out = new ByteWriter(64);
  #offsets = new Int32Array(0);
  #data: Data | undefined;
  #write: WriteCell = () => {};

  constructor(field: Field, format: ValueFormat) {
    this.#field = field;
    this.#format = format;
  }

  /** Turns to another batch. */
  open(data: Data): void {
    this.#data = DataType.isUtf8(data.type) ? data : undefined;
    this.#write = this.#format.createCell(data, this.#field);
  }

  /** Writes some rows; good until the next call. Text in which nothing has to be escaped is not copied but left in Arrow's buffer. */
  write(from: number, count: number): ColumnText {
    const data = this.#data;
    if (data && isPlainText(data, from, count, this.#format)) {
      const offsets = (data.valueOffsets as Int32Array).subarray(from, from + count + 1);
      return { bytes: data.values as Uint8Array, offsets, isUnquoted: this.#format.quotesText };
    }
    if (this.#offsets.length <= count) this.#offsets = new Int32Array(count + 1);
    const out = this.#out;
    const offsets = this.#offsets;
    const write = this.#write;
    out.length = 0;
    for (let i = 0; i < count; i++) {
      write(out, from + i);
      offsets[i + 1] = out.length;
    }
    return { bytes: out.bytes, offsets, isUnquoted: false };
  }
}

function isPlainText(data: Data, from: number, count: number, { escaped, quotesText }: ValueFormat): boolean {
  const bytes = data.values as Uint8Array;
  const offsets = data.valueOffsets as Int32Array;
  const mayBeNull = data.nullCount > 0;
  if (mayBeNull || !quotesText) {
    for (let i = from; i < from + count; i++) {
      const isNull = mayBeNull && !data.getValid(i);
      // In CSV a null is nothing, so that an empty text is not.
      if (quotesText ? isNull : isNull !== (offsets[i] === offsets[i + 1])) return false;
    }
  }
  for (let at = offsets[from]!, end = offsets[from + count]!; at < end; at++)
    if (escaped[bytes[at]!] === 1) return false;
  return true;
}

/** About what an element takes beside texts. */
const ELEMENT_BYTES = 8;

/** Bytes of varying length that the values of some rows hold, those in lists and structs included: about what their text takes. */
export function variableBytes(data: Data, from: number, to: number): number {
  const { type } = data;
  if (DataType.isStruct(type)) return data.children.reduce((sum, child) => sum + variableBytes(child, from, to), 0);
  if (DataType.isFixedSizeList(type)) return variableBytes(data.children[0]!, from * type.listSize, to * type.listSize);
  const offsets = data.valueOffsets as Int32Array | BigInt64Array | undefined;
  if (!offsets || DataType.isUnion(type) || DataType.isDictionary(type)) return 0;
  const start = Number(offsets[from]);
  const end = Number(offsets[to]);
  const child = data.children[0];
  return child ? (end - start) * ELEMENT_BYTES + variableBytes(child, start, end) : end - start;
}
