import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { decompressLz4Block } from "../arrow/lz4.ts";
import { FormatError } from "../source.ts";
import { decompressSnappy } from "./snappy.ts";

/** workerd counts its output buffers of up to 128 KB against the limit, filled or not; the exact size is checked afterwards. */
const SLACK_BYTES = 256 * 1024;

/** Gives so many bytes to write to; what they held before may still be there. */
export type Room = (byteLength: number) => Uint8Array;

type Decompress = (input: Uint8Array, byteLength: number, room: Room) => Uint8Array;

/**
 * One decompressor per codec of the format. Gzip, Brotli and Zstandard are the runtime's own (`node:zlib`), the others
 * are written here: nothing may compile WebAssembly in a Worker.
 */
const CODECS: Record<string, Decompress> = {
  UNCOMPRESSED: (input) => input,
  SNAPPY: (input, byteLength, room) => {
    const output = room(byteLength);
    decompressSnappy(input, output);
    return output;
  },
  GZIP: (input, byteLength) => gunzipSync(input, { maxOutputLength: byteLength + SLACK_BYTES }),
  BROTLI: (input, byteLength) => brotliDecompressSync(input, { maxOutputLength: byteLength + SLACK_BYTES }),
  ZSTD: (input, byteLength) => zstdDecompressSync(input, { maxOutputLength: byteLength + SLACK_BYTES }),
  LZ4_RAW: (input, byteLength, room) => {
    const output = room(byteLength);
    return output.subarray(0, decompressLz4Block(input, output));
  },
  LZ4: decompressHadoopLz4,
};

/**
 * Decompresses one page body; the bytes may stand in `room`. Throws `FormatError` for an unknown codec, damaged bytes, or another size than declared.
 */
export function decompressPageBody(codec: string, input: Uint8Array, byteLength: number, room: Room): Uint8Array {
  const decompress = CODECS[codec];
  if (!decompress) {
    throw new FormatError(
      `The Parquet file is compressed with ${codec}, which cannot be read. Write it with Snappy, Zstandard, gzip, Brotli, LZ4 or no compression.`,
    );
  }
  if (byteLength === 0 && codec !== "UNCOMPRESSED") return new Uint8Array(0);
  let output: Uint8Array;
  try {
    output = decompress(input, byteLength, room);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(`A page compressed with ${codec} is damaged and does not decompress.`, { cause });
  }
  if (output.length !== byteLength) {
    throw new FormatError(
      `A page decompresses to ${output.length} bytes, but its header says ${byteLength}. The Parquet file is corrupt.`,
    );
  }
  return output;
}

/**
 * LZ4 as Hadoop frames it: blocks, each after two big-endian sizes; older Arrow versions wrote a bare block instead.
 * https://github.com/apache/parquet-format/blob/master/Compression.md#lz4
 */
function decompressHadoopLz4(input: Uint8Array, byteLength: number): Uint8Array {
  const output = new Uint8Array(byteLength);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let at = 0;
  let out = 0;
  while (input.length - at >= 8 && out < byteLength) {
    const outputSize = view.getUint32(at);
    const inputSize = view.getUint32(at + 4);
    if (inputSize > input.length - at - 8 || outputSize > byteLength - out) break;
    try {
      if (decompressLz4Block(input.subarray(at + 8, at + 8 + inputSize), output, out) !== out + outputSize) break;
    } catch {
      break; // not Hadoop's framing after all: the bare block below reports damage
    }
    at += 8 + inputSize;
    out += outputSize;
  }
  if (at === input.length && out === byteLength) return output;
  return output.subarray(0, decompressLz4Block(input, output));
}
