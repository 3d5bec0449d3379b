import { ByteWriter } from "../result/byte-writer.ts";

/** Copies reach back at most as far as one fragment, so that offsets fit 16 bits. */
const FRAGMENT_BYTES = 65_536;
const HASH_BITS = 14;
const LEAST_MATCH = 4;
/** No match begins in the last bytes of a fragment, so that four bytes can always be read. */
const MARGIN = 15;

/** Compresses to a Snappy block (https://github.com/google/snappy/blob/main/format_description.txt). */
export function compressSnappy(source: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(Math.ceil(source.length / 2) + 64);
  let length = source.length;
  for (; length > 127; length = Math.floor(length / 128)) out.byte((length % 128) | 128);
  out.byte(length);
  const table = new Uint16Array(1 << HASH_BITS);
  for (let start = 0; start < source.length; start += FRAGMENT_BYTES) {
    table.fill(0);
    compressFragment(source.subarray(start, start + FRAGMENT_BYTES), table, out);
  }
  return out.take();
}

const read32 = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
const hash = (word: number): number => Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);

function compressFragment(bytes: Uint8Array, table: Uint16Array, out: ByteWriter): void {
  const limit = bytes.length - MARGIN;
  let unwritten = 0;
  let at = 1;
  // The longer nothing is found, the larger the steps: data that does not compress passes quickly.
  let misses = 32;
  while (at < limit) {
    const word = read32(bytes, at);
    const slot = hash(word);
    const candidate = table[slot]!;
    table[slot] = at;
    if (read32(bytes, candidate) !== word || candidate >= at) {
      at += misses++ >> 5;
      continue;
    }
    misses = 32;
    writeLiteral(out, bytes, unwritten, at);
    let length = LEAST_MATCH;
    while (at + length < bytes.length && bytes[candidate + length] === bytes[at + length]) length++;
    writeCopy(out, at - candidate, length);
    at += length;
    unwritten = at;
    if (at < limit) table[hash(read32(bytes, at - 1))] = at - 1;
  }
  writeLiteral(out, bytes, unwritten, bytes.length);
}

function writeLiteral(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  if (length === 0) return;
  const count = length - 1;
  if (count < 60) out.byte(count << 2);
  else if (count < 256) {
    out.byte(60 << 2);
    out.byte(count);
  } else {
    out.byte(61 << 2);
    out.byte(count & 255);
    out.byte(count >> 8);
  }
  out.copy(bytes, start, end);
}

function writeCopy(out: ByteWriter, offset: number, length: number): void {
  let left = length;
  while (left >= 68) {
    writeLongCopy(out, offset, 64);
    left -= 64;
  }
  if (left > 64) {
    writeLongCopy(out, offset, 60);
    left -= 60;
  }
  if (left >= 12 || offset >= 2048) writeLongCopy(out, offset, left);
  else {
    out.byte(1 | ((left - 4) << 2) | ((offset >> 8) << 5));
    out.byte(offset & 255);
  }
}

function writeLongCopy(out: ByteWriter, offset: number, length: number): void {
  out.byte(2 | ((length - 1) << 2));
  out.byte(offset & 255);
  out.byte(offset >> 8);
}
