import { ByteQueue, streamFrom } from "../compression/byte-queue.ts";
import { FormatError } from "../source.ts";

/**
 * Decompresses one raw LZ4 block into `output` from `outputStart` on and returns the end of what was written.
 * Format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md. Earlier output may be referred to, as linked blocks do.
 */
export function decompressLz4Block(input: Uint8Array, output: Uint8Array, outputStart = 0): number {
  const inputEnd = input.length;
  const outputEnd = output.length;
  let at = 0;
  let out = outputStart;
  while (at < inputEnd) {
    const token = input[at++]!;
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && at < inputEnd) literals += more = input[at++]!;
    }
    if (at + literals > inputEnd || out + literals > outputEnd) throw damagedLz4();
    if (literals > 32) output.set(input.subarray(at, at + literals), out);
    else for (let i = 0; i < literals; i++) output[out + i] = input[at + i]!;
    at += literals;
    out += literals;
    if (at >= inputEnd) break;

    const distance = input[at]! | (input[at + 1]! << 8);
    at += 2;
    let length = (token & 15) + 4;
    if (length === 19) {
      let more = 255;
      while (more === 255 && at < inputEnd) length += more = input[at++]!;
    }
    if (at > inputEnd || distance === 0 || distance > out || out + length > outputEnd) throw damagedLz4();
    if (distance >= length && length > 32) output.copyWithin(out, out - distance, out - distance + length);
    else for (let i = 0; i < length; i++) output[out + i] = output[out - distance + i]!;
    out += length;
  }
  return out;
}

function damagedLz4(): FormatError {
  return new FormatError("LZ4 data is damaged: a block does not decompress. The file is corrupt or was cut off.");
}

/** What a frame's header says. */
interface FrameHeader {
  readonly byteLength: number;
  readonly mostBlockBytes: number;
  readonly blockChecksumBytes: number;
  readonly contentChecksumBytes: number;
}

const LEAST_HEADER_BYTES = 7;

/** Reads the header of a frame, of which at least `LEAST_HEADER_BYTES` are there. */
function readFrameHeader(bytes: Uint8Array, at: number): FrameHeader {
  if (bytes.length - at < LEAST_HEADER_BYTES || uint32(bytes, at) !== 0x184d2204) throw damagedLz4();
  const flags = bytes[at + 4]!;
  return {
    byteLength: LEAST_HEADER_BYTES + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0),
    // 64 KiB, 256 KiB, 1 MiB or 4 MiB.
    mostBlockBytes: 2 ** (8 + 2 * ((bytes[at + 5]! >> 4) & 7)),
    blockChecksumBytes: flags & 16 ? 4 : 0,
    contentChecksumBytes: flags & 4 ? 4 : 0,
  };
}

/**
 * Decompresses LZ4 frames to exactly `byteLength` bytes. Checksums are skipped.
 * Format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md.
 */
export function decompressLz4Frame(input: Uint8Array, byteLength: number): Uint8Array {
  const output = new Uint8Array(byteLength);
  let at = 0;
  let out = 0;
  while (at < input.length) {
    const header = readFrameHeader(input, at);
    at += header.byteLength;
    for (;;) {
      if (at + 4 > input.length) throw damagedLz4();
      const word = uint32(input, at);
      at += 4;
      if (word === 0) break;
      const size = word & 0x7fffffff;
      if (at + size > input.length) throw damagedLz4();
      out = writeBlock(input.subarray(at, at + size), word, output, out);
      at += size + header.blockChecksumBytes;
    }
    at += header.contentChecksumBytes;
  }
  if (out !== byteLength) throw damagedLz4();
  return output;
}

/** What a block may refer to of those before it. */
const HISTORY_BYTES = 65_536;

/** Decompresses LZ4 frames that come in pieces, block by block. */
export async function* streamLz4Frames(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const queue = new ByteQueue(streamFrom(pieces));
  const take = async (count: number) => {
    await queue.need(count, "LZ4");
    return queue.take(count);
  };
  try {
    while (await queue.fill(1)) {
      await queue.need(LEAST_HEADER_BYTES, "LZ4");
      const header = readFrameHeader(queue.bytes, queue.position);
      await take(header.byteLength);
      const output = new Uint8Array(HISTORY_BYTES + header.mostBlockBytes);
      for (let out = 0; ; ) {
        const word = uint32(await take(4), 0);
        if (word === 0) break;
        const size = word & 0x7fffffff;
        if (size > header.mostBlockBytes) throw damagedLz4();
        const from = out;
        out = writeBlock(await take(size), word, output, from);
        yield output.slice(from, out);
        if (out > HISTORY_BYTES) {
          output.copyWithin(0, out - HISTORY_BYTES, out);
          out = HISTORY_BYTES;
        }
        await take(header.blockChecksumBytes);
      }
      await take(header.contentChecksumBytes);
    }
  } finally {
    await queue.cancel();
  }
}

/** Writes a block that may be stored as it is; returns the end of what was written. */
function writeBlock(block: Uint8Array, sizeWord: number, output: Uint8Array, out: number): number {
  if (sizeWord >>> 31 === 0) return decompressLz4Block(block, output, out);
  if (out + block.length > output.length) throw damagedLz4();
  output.set(block, out);
  return out + block.length;
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
