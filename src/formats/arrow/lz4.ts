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
