import type { ByteWriter } from "../result/byte-writer.ts";

/** A run of at least so many equal values is written as a run; shorter ones are packed. */
const LEAST_RUN = 8;

/**
 * Writes small numbers as runs and bit-packed groups of eight
 * (https://parquet.apache.org/docs/file-format/data-pages/encodings/#run-length-encoding--bit-packing-hybrid-rle--3).
 */
export function writeHybrid(
  out: ByteWriter,
  values: ArrayLike<number>,
  start: number,
  end: number,
  bits: number,
): void {
  let packed = start;
  let at = start;
  while (at < end) {
    const value = values[at]!;
    let runEnd = at + 1;
    while (runEnd < end && values[runEnd] === value) runEnd++;
    // What is packed before a run fills groups of eight: it takes what it lacks from the run.
    const gap = (8 - ((at - packed) % 8)) % 8;
    if (runEnd - at - gap >= LEAST_RUN) {
      const runStart = at + gap;
      writePacked(out, values, packed, runStart, bits);
      writeVarint(out, (runEnd - runStart) * 2);
      for (let shift = 0; shift < bits; shift += 8) out.byte((value >> shift) & 255);
      packed = runEnd;
    }
    at = runEnd;
  }
  writePacked(out, values, packed, end, bits);
}

function writePacked(out: ByteWriter, values: ArrayLike<number>, start: number, end: number, bits: number): void {
  if (start === end) return;
  const groups = Math.ceil((end - start) / 8);
  writeVarint(out, groups * 2 + 1);
  let word = 0;
  let filled = 0;
  for (let k = 0; k < groups * 8; k++) {
    const value = start + k < end ? values[start + k]! : 0;
    word |= value << filled;
    filled += bits;
    for (; filled >= 8; filled -= 8) {
      out.byte(word & 255);
      word >>>= 8;
    }
  }
}

export function writeVarint(out: ByteWriter, value: number): void {
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.byte((rest % 128) | 128);
  out.byte(rest);
}
