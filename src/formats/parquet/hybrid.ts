import { FormatError } from "../source.ts";

/**
 * Decodes runs of the RLE / bit-packing hybrid, as levels, dictionary indices and booleans are stored, a few at a time.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#run-length-encoding--bit-packing-hybrid-rle--3
 */
export class HybridDecoder {
  readonly #bytes: Uint8Array;
  readonly #width: number;
  readonly #end: number;
  #at: number;
  #repeatLeft = 0;
  #repeatValue = 0;
  #packedLeft = 0;
  #bit = 0;

  constructor(bytes: Uint8Array, start: number, end: number, width: number) {
    if (width > 32) throw new FormatError(`A Parquet page packs values in ${width} bits; at most 32 are allowed.`);
    this.#bytes = bytes;
    this.#at = start;
    this.#end = Math.min(end, bytes.length);
    this.#width = width;
  }

  /** Writes the next `count` values to `out` from `start` on. */
  read(out: Uint8Array | Int32Array, start: number, count: number): void {
    if (this.#width === 0) {
      out.fill(0, start, start + count);
      return;
    }
    let at = start;
    const end = start + count;
    while (at < end) {
      if (this.#repeatLeft > 0) {
        const take = Math.min(this.#repeatLeft, end - at);
        out.fill(this.#repeatValue, at, at + take);
        this.#repeatLeft -= take;
        at += take;
      } else if (this.#packedLeft > 0) {
        const take = Math.min(this.#packedLeft, end - at);
        this.#unpack(out, at, take);
        this.#packedLeft -= take;
        at += take;
        if (this.#packedLeft === 0) this.#at = (this.#bit + 7) >>> 3;
      } else {
        this.#nextRun();
      }
    }
  }

  #nextRun(): void {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.#at >= this.#end || shift > 28) throw endsEarly();
      const byte = this.#bytes[this.#at++]!;
      header += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    const count = Math.floor(header / 2);
    if (header % 2 === 1) {
      // Writers may leave out the padding of the last group.
      const available = Math.floor(((this.#end - this.#at) * 8) / this.#width);
      this.#packedLeft = Math.min(count * 8, available);
      this.#bit = this.#at * 8;
      if (this.#packedLeft === 0 && count > 0) throw endsEarly();
      return;
    }
    const byteWidth = (this.#width + 7) >>> 3;
    if (this.#at + byteWidth > this.#end) throw endsEarly();
    let value = 0;
    for (let i = 0; i < byteWidth; i++) value |= this.#bytes[this.#at++]! << (8 * i);
    this.#repeatValue = value;
    this.#repeatLeft = count;
  }

  #unpack(out: Uint8Array | Int32Array, start: number, count: number): void {
    const bytes = this.#bytes;
    const width = this.#width;
    let bit = this.#bit;
    if (width === 1) {
      for (let i = 0; i < count; i++, bit++) out[start + i] = (bytes[bit >>> 3]! >>> (bit & 7)) & 1;
    } else if (width === 8) {
      for (let i = 0, at = bit >>> 3; i < count; i++) out[start + i] = bytes[at + i]!;
      bit += 8 * count;
    } else {
      const mask = width === 32 ? -1 : (1 << width) - 1;
      // Four bytes hold a value of up to 25 bits wherever it starts; the last values must not read past the end.
      const safe = width <= 25 ? Math.min(count, Math.max(0, Math.floor(((bytes.length - 4) * 8 - bit) / width))) : 0;
      let i = 0;
      for (; i < safe; i++, bit += width) {
        const at = bit >>> 3;
        const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
        out[start + i] = (word >>> (bit & 7)) & mask;
      }
      for (; i < count; i++, bit += width) {
        let value = 0;
        for (let got = 0; got < width; ) {
          const from = (bit + got) & 7;
          const take = Math.min(8 - from, width - got);
          value |= ((bytes[(bit + got) >>> 3]! >>> from) & ((1 << take) - 1)) << got;
          got += take;
        }
        out[start + i] = value;
      }
    }
    this.#bit = bit;
  }
}

function endsEarly(): FormatError {
  return new FormatError("A Parquet page ends before all its values: the file is corrupt or was cut off.");
}

/** Bits needed for values up to `max`. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max);
}
