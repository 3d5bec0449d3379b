const LEAD = 0xc2;
/** UTF-8 of the characters that Windows-1252 has for the bytes 0x80 to 0x9f; undefined where it has none. */
const MENDED = Array.from({ length: 32 }, (_, i) => {
  const char = new TextDecoder("windows-1252").decode(Uint8Array.of(0x80 + i));
  return char.charCodeAt(0) === 0x80 + i ? undefined : new TextEncoder().encode(char);
});
/** A line end of some mainframes, that is meant. */
const NEXT_LINE = 0x85;

/**
 * Whether a UTF-8 text has control characters from U+0080 on that no text has, where Windows-1252 has dashes, quotes and the like: such
 * a text was Windows-1252 once, and was turned into UTF-8 as if it were Latin-1.
 */
export function hasWindowsControls(bytes: Uint8Array): boolean {
  for (let i = bytes.indexOf(LEAD); i >= 0; i = bytes.indexOf(LEAD, i + 1))
    if (bytes[i + 1] !== NEXT_LINE && mendedAt(bytes, i) !== undefined) return true;
  return false;
}

/**
 * Puts the characters that were meant for such control characters, and leaves all else as it is, valid or not.
 *
 * @param out has room for three bytes for every two.
 * @returns the bytes written.
 */
export function mendWindowsControls(bytes: Uint8Array, end: number, out: Uint8Array): number {
  let written = 0;
  let copied = 0;
  const copy = (to: number) => {
    out.set(bytes.subarray(copied, to), written);
    written += to - copied;
  };
  for (let i = bytes.indexOf(LEAD); i >= 0 && i + 1 < end; i = bytes.indexOf(LEAD, i + 1)) {
    const mended = mendedAt(bytes, i);
    if (mended === undefined) continue;
    copy(i);
    out.set(mended, written);
    written += mended.length;
    copied = i + 2;
  }
  copy(end);
  return written;
}

function mendedAt(bytes: Uint8Array, at: number): Uint8Array | undefined {
  return MENDED[bytes[at + 1]! - 0x80];
}
