import { FormatError } from "../source.ts";

/**
 * Decompresses one raw Snappy block to exactly `byteLength` bytes, which are those of `output`.
 * Format: https://github.com/google/snappy/blob/main/format_description.txt.
 */
export function decompressSnappy(input: Uint8Array, output: Uint8Array): void {
  const byteLength = output.length;
  // Short pieces are copied by words, which may write up to 15 bytes too many: what comes next overwrites them. (No BigInt is made of them.)
  const from = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const to = new DataView(output.buffer, output.byteOffset, byteLength);
  const end = input.length;
  const lastRead = end - 16;
  const lastWrite = byteLength - 16;
  let at = 0;
  let declared = 0;
  for (let shift = 0; ; shift += 7) {
    if (at >= end || shift > 28) throw damagedSnappy();
    const byte = input[at++]!;
    declared += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  if (declared !== byteLength) throw damagedSnappy();

  let out = 0;
  while (at < end) {
    const tag = input[at++]!;
    if ((tag & 3) === 0) {
      let length = (tag >>> 2) + 1;
      if (length <= 16 && at <= lastRead && out <= lastWrite) {
        to.setBigInt64(out, from.getBigInt64(at, true), true);
        if (length > 8) to.setBigInt64(out + 8, from.getBigInt64(at + 8, true), true);
        at += length;
        out += length;
        continue;
      }
      if (length > 60) {
        const extra = length - 60;
        length = 1;
        for (let i = 0; i < extra; i++) length += (input[at + i] ?? 0) * 2 ** (8 * i);
        at += extra;
      }
      if (at + length > end || out + length > byteLength) throw damagedSnappy();
      if (length > 32) output.set(input.subarray(at, at + length), out);
      else for (let i = 0; i < length; i++) output[out + i] = input[at + i]!;
      at += length;
      out += length;
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
    if (at > end || distance === 0 || distance > out || out + length > byteLength) throw damagedSnappy();
    const stop = out + length;
    if (distance >= 8 && stop <= lastWrite) {
      for (let at = out; at < stop; at += 8) to.setBigInt64(at, to.getBigInt64(at - distance, true), true);
    } else if (distance >= 4 && stop <= lastWrite) {
      for (let at = out; at < stop; at += 4) to.setInt32(at, to.getInt32(at - distance));
    } else for (let i = 0; i < length; i++) output[out + i] = output[out - distance + i]!;
    out = stop;
  }
  if (out !== byteLength) throw damagedSnappy();
}

function damagedSnappy(): FormatError {
  return new FormatError("Snappy data is damaged: a page does not decompress. The file is corrupt or was cut off.");
}
