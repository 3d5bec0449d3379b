import { FormatError } from "../source.ts";

/** How far back Snappy's own compressor and its ports refer: they compress 64 KB at a time. */
const HISTORY_BYTES = 65_536;
const PIECE_BYTES = 131_072;
/** An element's tag and the largest number behind it. */
const ELEMENT_HEAD_BYTES = 5;

/**
 * Decompresses one raw Snappy block to exactly `byteLength` bytes, which are those of `output`.
 * Format: https://github.com/google/snappy/blob/main/format_description.txt.
 */
export function decompressSnappy(input: Uint8Array, output: Uint8Array): void {
  const decoder = new SnappyDecoder();
  decoder.decode(input, readPreamble(input, output.length), true, output, 0);
  if (decoder.at !== input.length || decoder.out !== output.length || !decoder.isComplete) throw damagedSnappy();
}

/** Decompresses a raw Snappy block that comes in pieces, to pieces of `byteLength` bytes in all. Holds some 200 KB. */
export async function* streamSnappy(pieces: AsyncIterable<Uint8Array>, byteLength: number): AsyncGenerator<Uint8Array> {
  const decoder = new SnappyDecoder();
  const output = new Uint8Array(HISTORY_BYTES + PIECE_BYTES);
  let input = new Uint8Array(0);
  let given = 0;
  let isBegun = false;
  const source = pieces[Symbol.asyncIterator]();
  try {
    for (let isLast = false; !isLast; ) {
      const next = await source.next();
      isLast = next.done === true;
      input = joinBytes(input.subarray(decoder.at), next.done ? new Uint8Array(0) : next.value);
      decoder.at = 0;
      if (!isBegun) {
        if (input.length < ELEMENT_HEAD_BYTES && !isLast) continue;
        decoder.at = readPreamble(input, byteLength);
        isBegun = true;
      }
      for (let before = -1; before !== decoder.at; ) {
        before = decoder.at;
        const from = decoder.out;
        decoder.decode(input, decoder.at, isLast, output, from);
        given += decoder.out - from;
        if (given > byteLength) throw damagedSnappy();
        if (decoder.out > from) yield output.slice(from, decoder.out);
        if (decoder.out > HISTORY_BYTES) {
          output.copyWithin(0, decoder.out - HISTORY_BYTES, decoder.out);
          decoder.out = HISTORY_BYTES;
        }
      }
    }
    if (given !== byteLength || decoder.at !== input.length || !decoder.isComplete) throw damagedSnappy();
  } finally {
    await source.return?.();
  }
}

/** Decodes the elements of a block: bytes as they are, and references to bytes before. */
class SnappyDecoder {
  /** Where it stands in the input and in the output that it was given last. */
  at = 0;
  out = 0;
  #literalLeft = 0;

  /** Whether the last element has come out whole. */
  get isComplete(): boolean {
    return this.#literalLeft === 0;
  }

  /**
   * Goes on from `input[at]` to `output[out]`, before which at least what can be referred to lies, until one of them is full or used up.
   * An element of which more input may be needed is left for the next call, unless the input `isLast`.
   */
  decode(input: Uint8Array, start: number, isLast: boolean, output: Uint8Array, outStart: number): void {
    // Short pieces are copied by words, which may write up to 15 bytes too many: what comes next overwrites them. (No BigInt is made of them.)
    const from = new DataView(input.buffer, input.byteOffset, input.byteLength);
    const to = new DataView(output.buffer, output.byteOffset, output.byteLength);
    const end = input.length;
    const most = output.length;
    const lastRead = end - 16;
    const lastWrite = most - 16;
    const lastElement = isLast ? end - 1 : end - ELEMENT_HEAD_BYTES;
    let at = start;
    let out = outStart;
    let left = this.#literalLeft;
    for (;;) {
      if (left > 0) {
        const length = Math.min(left, end - at, most - out);
        if (length > 32) output.set(input.subarray(at, at + length), out);
        else for (let i = 0; i < length; i++) output[out + i] = input[at + i]!;
        at += length;
        out += length;
        left -= length;
        if (left > 0) break;
      }
      if (at > lastElement) break;
      const element = at;
      const tag = input[at++]!;
      if ((tag & 3) === 0) {
        left = (tag >>> 2) + 1;
        if (left <= 16 && at <= lastRead && out <= lastWrite) {
          to.setBigInt64(out, from.getBigInt64(at, true), true);
          if (left > 8) to.setBigInt64(out + 8, from.getBigInt64(at + 8, true), true);
          at += left;
          out += left;
          left = 0;
        } else if (left > 60) {
          const extra = left - 60;
          left = 1;
          for (let i = 0; i < extra; i++) left += (input[at + i] ?? 0) * 2 ** (8 * i);
          at += extra;
        }
        continue;
      }
      let length: number;
      let distance: number;
      if ((tag & 3) === 1) {
        length = ((tag >>> 2) & 7) + 4;
        distance = ((tag >>> 5) << 8) | input[at]!;
        at += 1;
      } else if ((tag & 3) === 2) {
        length = (tag >>> 2) + 1;
        distance = input[at]! | (input[at + 1]! << 8);
        at += 2;
      } else {
        length = (tag >>> 2) + 1;
        distance = (input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24)) >>> 0;
        at += 4;
      }
      if (at > end || distance === 0 || distance > out) throw damagedSnappy();
      const stop = out + length;
      if (stop > most) {
        at = element;
        break;
      }
      if (distance >= 8 && stop <= lastWrite) {
        for (let at = out; at < stop; at += 8) to.setBigInt64(at, to.getBigInt64(at - distance, true), true);
      } else if (distance >= 4 && stop <= lastWrite) {
        for (let at = out; at < stop; at += 4) to.setInt32(at, to.getInt32(at - distance));
      } else for (let i = 0; i < length; i++) output[out + i] = output[out - distance + i]!;
      out = stop;
    }
    this.at = at;
    this.out = out;
    this.#literalLeft = left;
  }
}

/** Checks the length that stands first. @returns where the elements begin. */
function readPreamble(input: Uint8Array, byteLength: number): number {
  let declared = 0;
  for (let at = 0; at < Math.min(ELEMENT_HEAD_BYTES, input.length); at++) {
    const byte = input[at]!;
    declared += (byte & 127) * 2 ** (7 * at);
    if (byte < 128) {
      if (declared !== byteLength) break;
      return at + 1;
    }
  }
  throw damagedSnappy();
}

function joinBytes(rest: Uint8Array, piece: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(rest.length + piece.length);
  joined.set(rest);
  joined.set(piece, rest.length);
  return joined;
}

function damagedSnappy(): FormatError {
  return new FormatError("Snappy data is damaged: a page does not decompress. The file is corrupt or was cut off.");
}
