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

/**
 * Decompresses LZ4 frames to exactly `byteLength` bytes. Checksums are skipped.
 * Format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md.
 */
export function decompressLz4Frame(input: Uint8Array, byteLength: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const output = new Uint8Array(byteLength);
  let at = 0;
  let out = 0;
  while (at < input.length) {
    if (input.length - at < 7 || view.getUint32(at, true) !== 0x184d2204) throw damagedLz4();
    const flags = input[at + 4]!;
    const hasBlockChecksum = (flags & 16) !== 0;
    at += 6 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0) + 1;
    for (;;) {
      if (at + 4 > input.length) throw damagedLz4();
      const word = view.getUint32(at, true);
      at += 4;
      if (word === 0) break;
      const size = word & 0x7fffffff;
      if (at + size > input.length) throw damagedLz4();
      const block = input.subarray(at, at + size);
      if (word >>> 31) {
        if (out + size > byteLength) throw damagedLz4();
        output.set(block, out);
        out += size;
      } else out = decompressLz4Block(block, output, out);
      at += size + (hasBlockChecksum ? 4 : 0);
    }
    if (flags & 4) at += 4;
  }
  if (out !== byteLength) throw damagedLz4();
  return output;
}
