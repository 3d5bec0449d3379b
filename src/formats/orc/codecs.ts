import { inflateRawSync, zstdDecompressSync } from "node:zlib";
import { FormatError } from "../source.ts";

/** Decompresses one chunk to at most `limit` bytes. */
export type Codec = (input: Uint8Array, limit: number) => Uint8Array;

/** ORC's compression kinds by number. */
export const CODECS: Record<number, { name: string; decompress: Codec } | undefined> = {
  1: { name: "ZLIB", decompress: (input, limit) => inflateRawSync(input, { maxOutputLength: limit }) },
  2: { name: "SNAPPY", decompress: decompressSnappy },
  3: { name: "LZO", decompress: decompressLzo },
  4: { name: "LZ4", decompress: decompressLz4 },
  5: { name: "ZSTD", decompress: (input, limit) => zstdDecompressSync(input, { maxOutputLength: limit }) },
};

function damaged(codec: string): FormatError {
  return new FormatError(`The ORC file is damaged: a ${codec} block cannot be decompressed. Write the file again.`);
}

/** Output of a known limit that is copied to and from. */
class Window {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #codec: string;
  length = 0;

  constructor(limit: number, codec: string) {
    this.bytes = new Uint8Array(limit);
    this.#codec = codec;
  }

  copyLiterals(input: Uint8Array, at: number, count: number): void {
    if (at + count > input.length || this.length + count > this.bytes.length) throw damaged(this.#codec);
    this.bytes.set(input.subarray(at, at + count), this.length);
    this.length += count;
  }

  copyMatch(distance: number, count: number): void {
    if (distance < 1 || distance > this.length || this.length + count > this.bytes.length) throw damaged(this.#codec);
    const { bytes } = this;
    let to = this.length;
    let from = to - distance;
    if (distance >= count) bytes.copyWithin(to, from, from + count);
    else for (let i = 0; i < count; i++) bytes[to++] = bytes[from++]!;
    this.length += count;
  }

  take(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

/** Snappy's raw format (google/snappy, format_description.txt). */
function decompressSnappy(input: Uint8Array, limit: number): Uint8Array {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++];
    if (byte === undefined || shift > 28) throw damaged("Snappy");
    size += (byte & 0x7f) * 2 ** shift;
    if ((byte & 0x80) === 0) break;
  }
  if (size > limit) throw damaged("Snappy");
  const out = new Window(size, "Snappy");
  while (at < input.length) {
    const tag = input[at++]!;
    if ((tag & 3) === 0) {
      let count = (tag >> 2) + 1;
      if (count > 60) {
        const extra = count - 60;
        count = 1;
        for (let i = 0; i < extra; i++) count += (input[at + i] ?? 0) * 256 ** i;
        at += extra;
      }
      out.copyLiterals(input, at, count);
      at += count;
    } else if ((tag & 3) === 1) out.copyMatch(((tag >> 5) << 8) | (input[at++] ?? 0), ((tag >> 2) & 7) + 4);
    else {
      const wide = (tag & 3) === 3 ? 4 : 2;
      let distance = 0;
      for (let i = 0; i < wide; i++) distance += (input[at + i] ?? 0) * 256 ** i;
      at += wide;
      out.copyMatch(distance, (tag >> 2) + 1);
    }
  }
  if (out.length !== size) throw damaged("Snappy");
  return out.take();
}

/** An LZ4 block (lz4/lz4, lz4_Block_format.md). */
function decompressLz4(input: Uint8Array, limit: number): Uint8Array {
  const out = new Window(limit, "LZ4");
  let at = 0;
  const readLength = (start: number) => {
    let length = start;
    if (start === 15) {
      let byte = 255;
      while (byte === 255) {
        if (at >= input.length) throw damaged("LZ4");
        byte = input[at++]!;
        length += byte;
      }
    }
    return length;
  };
  while (at < input.length) {
    const token = input[at++]!;
    const literals = readLength(token >> 4);
    out.copyLiterals(input, at, literals);
    at += literals;
    if (at >= input.length) break;
    const distance = input[at]! | ((input[at + 1] ?? 0) << 8);
    at += 2;
    out.copyMatch(distance, readLength(token & 15) + 4);
  }
  return out.take();
}

/** An LZO1X stream (Linux kernel, Documentation/staging/lzo.rst). */
function decompressLzo(input: Uint8Array, limit: number): Uint8Array {
  const out = new Window(limit, "LZO");
  let at = 0;
  // Literals copied by the instruction before: 0 to 3, or 4 for "4 or more".
  let state = 0;
  const next = () => {
    const byte = input[at++];
    if (byte === undefined) throw damaged("LZO");
    return byte;
  };
  const extend = (base: number) => {
    let length = base;
    let byte = next();
    while (byte === 0) {
      length += 255;
      byte = next();
    }
    return length + byte;
  };
  if (input[0] !== undefined && input[0] > 17) {
    const count = next() - 17;
    out.copyLiterals(input, at, count);
    at += count;
    state = Math.min(count, 4);
  }
  for (;;) {
    const code = next();
    let trailing: number;
    if (code < 16) {
      if (state === 0) {
        const count = (code === 0 ? extend(15) : code) + 3;
        out.copyLiterals(input, at, count);
        at += count;
        state = 4;
        continue;
      }
      trailing = code & 3;
      const distance = (code >> 2) + next() * 4 + 1;
      if (state === 4) out.copyMatch(distance + 2048, 3);
      else out.copyMatch(distance, 2);
    } else if (code >= 64) {
      trailing = code & 3;
      out.copyMatch(((code >> 2) & 7) + next() * 8 + 1, (code >> 5) + 1);
    } else if (code >= 32) {
      const length = ((code & 31) === 0 ? extend(31) : code & 31) + 2;
      const pair = next() + next() * 256;
      trailing = pair & 3;
      out.copyMatch((pair >> 2) + 1, length);
    } else {
      const length = ((code & 7) === 0 ? extend(7) : code & 7) + 2;
      const pair = next() + next() * 256;
      const distance = ((code & 8) << 11) + (pair >> 2);
      if (distance === 0) return out.take();
      trailing = pair & 3;
      out.copyMatch(distance + 16_384, length);
    }
    out.copyLiterals(input, at, trailing);
    at += trailing;
    state = trailing;
  }
}
