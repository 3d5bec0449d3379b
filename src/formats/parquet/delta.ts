import { FormatError } from "../source.ts";

/**
 * Decodes DELTA_BINARY_PACKED integers a few at a time. Values are kept as two 32-bit halves, so that no BigInt is made per value.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#delta-encoding-delta_binary_packed--5
 */
export class DeltaDecoder {
  /** Values that the page says it holds. */
  readonly total: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #miniblocks: number;
  readonly #perMiniblock: number;
  #at: number;
  #read = 0;
  #low: number;
  #high: number;
  #minLow = 0;
  #minHigh = 0;
  #widthsAt = 0;
  #miniblock: number;
  #miniblockLeft = 0;
  #width = 0;
  #bit = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.#at = start;
    const blockSize = this.#varint();
    this.#miniblocks = this.#varint();
    this.total = this.#varint();
    this.#perMiniblock = blockSize / this.#miniblocks;
    if (!Number.isInteger(this.#perMiniblock) || this.#perMiniblock % 8 !== 0 || this.#perMiniblock === 0) {
      throw new FormatError("A delta-encoded Parquet page has an impossible header: the file is corrupt.");
    }
    this.#miniblock = this.#miniblocks;
    [this.#low, this.#high] = this.#zigzag();
  }

  /** Position behind the encoded values, once all of them have been read. */
  get position(): number {
    return this.#at;
  }

  /** Writes `count` values as 32-bit words to `out`: one word each, or two (low, high) when `wide`. */
  read(out: Int32Array, start: number, count: number, wide: boolean): void {
    if (this.#read + count > this.total) throw endsEarly();
    let at = wide ? start * 2 : start;
    let left = count;
    if (left > 0 && this.#read === 0) {
      out[at++] = this.#low;
      if (wide) out[at++] = this.#high;
      left--;
    }
    this.#read += count;
    while (left > 0) {
      if (this.#miniblockLeft === 0) this.#nextMiniblock();
      const take = Math.min(left, this.#miniblockLeft);
      at = this.#unpack(out, at, take, wide);
      this.#miniblockLeft -= take;
      left -= take;
    }
  }

  #nextMiniblock(): void {
    if (this.#miniblock === this.#miniblocks) {
      [this.#minLow, this.#minHigh] = this.#zigzag();
      this.#widthsAt = this.#at;
      this.#at += this.#miniblocks;
      this.#miniblock = 0;
    }
    this.#width = this.#bytes[this.#widthsAt + this.#miniblock++] ?? 255;
    this.#bit = this.#at * 8;
    this.#at += (this.#perMiniblock / 8) * this.#width;
    this.#miniblockLeft = this.#perMiniblock;
    if (this.#width > 64) throw new FormatError("A delta-encoded Parquet page is corrupt: values of over 64 bits.");
    // The last miniblock may be cut short by its writer; what is missing must not be needed.
    if (this.#at > this.#end) {
      this.#miniblockLeft = Math.floor((this.#end * 8 - this.#bit) / this.#width);
      if (this.#miniblockLeft <= 0) throw endsEarly();
      this.#at = this.#end;
    }
  }

  #unpack(out: Int32Array, start: number, count: number, wide: boolean): number {
    const bytes = this.#bytes;
    const width = this.#width;
    let bit = this.#bit;
    let low = this.#low;
    let high = this.#high;
    let at = start;
    for (let i = 0; i < count; i++) {
      let deltaLow = 0;
      let deltaHigh = 0;
      for (let got = 0; got < width; ) {
        const from = bit & 7;
        const take = Math.min(8 - from, width - got);
        const piece = (bytes[bit >>> 3]! >>> from) & ((1 << take) - 1);
        if (got < 32) {
          deltaLow |= piece << got;
          if (got + take > 32) deltaHigh |= piece >>> (32 - got);
        } else deltaHigh |= piece << (got - 32);
        got += take;
        bit += take;
      }
      const sum = (low >>> 0) + (deltaLow >>> 0) + (this.#minLow >>> 0);
      high = (high + deltaHigh + this.#minHigh + Math.floor(sum / 4294967296)) | 0;
      low = sum | 0;
      out[at++] = low;
      if (wide) out[at++] = high;
    }
    this.#bit = bit;
    this.#low = low;
    this.#high = high;
    return at;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift <= 35; shift += 7) {
      if (this.#at >= this.#end) throw endsEarly();
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw endsEarly();
  }

  #zigzag(): [low: number, high: number] {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.#at >= this.#end) throw endsEarly();
      const byte = this.#bytes[this.#at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    const signed = BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    return [Number(BigInt.asIntN(32, signed)), Number(BigInt.asIntN(32, signed >> 32n))];
  }
}

/** Decodes all lengths of a DELTA_LENGTH_BYTE_ARRAY or DELTA_BYTE_ARRAY page and the position behind them. */
export function readDeltaLengths(bytes: Uint8Array, start: number, end: number, limit: number): [Int32Array, number] {
  const decoder = new DeltaDecoder(bytes, start, end);
  if (decoder.total > limit) throw new FormatError("A delta-encoded Parquet page holds more values than it declares.");
  const lengths = new Int32Array(decoder.total);
  decoder.read(lengths, 0, decoder.total, false);
  return [lengths, decoder.position];
}

function endsEarly(): FormatError {
  return new FormatError(
    "A delta-encoded Parquet page ends before all its values: the file is corrupt or was cut off.",
  );
}
