/**
 * A table inside a FlatBuffers message, read where it stands (https://flatbuffers.dev/internals/). Positions come from the
 * file, so a damaged one may point anywhere: every access is checked by `DataView`, whose `RangeError` the caller turns into its own.
 */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;
  readonly #fields: number;
  readonly #fieldsLength: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
    this.#fields = at - view.getInt32(at, true);
    this.#fieldsLength = view.getUint16(this.#fields, true);
  }

  /** The root table of a message. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  /** Where field `index` stands, or 0 when it is left out. */
  #position(index: number): number {
    const entry = 4 + index * 2;
    if (entry + 2 > this.#fieldsLength) return 0;
    const offset = this.#view.getUint16(this.#fields + entry, true);
    return offset === 0 ? 0 : this.#at + offset;
  }

  int8(index: number, otherwise = 0): number {
    const at = this.#position(index);
    return at ? this.#view.getInt8(at) : otherwise;
  }

  int16(index: number, otherwise = 0): number {
    const at = this.#position(index);
    return at ? this.#view.getInt16(at, true) : otherwise;
  }

  int32(index: number, otherwise = 0): number {
    const at = this.#position(index);
    return at ? this.#view.getInt32(at, true) : otherwise;
  }

  int64(index: number): bigint {
    const at = this.#position(index);
    return at ? this.#view.getBigInt64(at, true) : 0n;
  }

  bool(index: number, otherwise = false): boolean {
    return this.int8(index, otherwise ? 1 : 0) !== 0;
  }

  table(index: number): FlatTable | undefined {
    const at = this.#position(index);
    return at ? new FlatTable(this.#view, at + this.#view.getUint32(at, true)) : undefined;
  }

  string(index: number): string | undefined {
    const vector = this.#vector(index, 1);
    if (!vector) return undefined;
    const { buffer, byteOffset } = this.#view;
    return new TextDecoder().decode(new Uint8Array(buffer, byteOffset + vector.start, vector.length));
  }

  tables(index: number): FlatTable[] {
    const vector = this.#vector(index, 4);
    if (!vector) return [];
    return Array.from({ length: vector.length }, (_, i) => {
      const at = vector.start + i * 4;
      return new FlatTable(this.#view, at + this.#view.getUint32(at, true));
    });
  }

  /** A vector of structs of `size` bytes each, as views over them. */
  structs(index: number, size: number): DataView[] {
    const vector = this.#vector(index, size);
    if (!vector) return [];
    const { buffer, byteOffset } = this.#view;
    return Array.from(
      { length: vector.length },
      (_, i) => new DataView(buffer, byteOffset + vector.start + i * size, size),
    );
  }

  #vector(index: number, size: number): { start: number; length: number } | undefined {
    const at = this.#position(index);
    if (!at) return undefined;
    const vector = at + this.#view.getUint32(at, true);
    const length = this.#view.getUint32(vector, true);
    if (vector + 4 + length * size > this.#view.byteLength) throw new RangeError("A vector reaches past its message.");
    return { start: vector + 4, length };
  }
}
