import { isAscii, isUtf8 } from "node:buffer";
import { FormatError } from "../source.ts";

/** Throws `FormatError` when a text column holds bytes that are not UTF-8: DuckDB would store them, and fail on them later. */
export function checkText(offsets: Int32Array, data: Uint8Array, length: number, column: string): void {
  const used = data.subarray(offsets[0]!, offsets[length]!);
  if (isAscii(used)) return;
  let isSplit = false;
  for (let i = 0; i < length; i++) {
    const start = offsets[i]!;
    if (start < offsets[i + 1]! && (data[start]! & 0xc0) === 0x80) isSplit = true;
  }
  if (isSplit || !isUtf8(used)) {
    throw new FormatError(
      `Column "${column}" is declared as text but holds bytes that are not UTF-8. Write it as binary, or as valid UTF-8.`,
    );
  }
}
