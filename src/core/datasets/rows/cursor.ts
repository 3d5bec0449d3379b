import { invalidField } from "../../errors.ts";

/**
 * Where a page ended: the number of its last row in the table. As a version never changes, and the order of a request's rows is fixed by its
 * parameters and this number, a cursor means the same for ever.
 */
export interface Cursor {
  /** Stands for the version and the parameters that decide which rows come in which order. */
  fingerprint: string;
  row: number;
}

export function writeCursor({ fingerprint, row }: Cursor): string {
  return btoa(`${fingerprint}:${row}`).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @throws AppError `validation_failed` for what is no cursor, and for one of another request. */
export function readCursor(text: string, fingerprint: string): Cursor {
  const [origin, row] = decode(text).split(":");
  if (row === undefined || !/^\d{1,15}$/.test(row))
    throw invalidField("cursor", "This is not a cursor. Send next_cursor of the page before as it is.");
  if (origin !== fingerprint)
    throw invalidField(
      "cursor",
      "This cursor belongs to another version, or to other where, search or order parameters.",
    );
  return { fingerprint, row: Number(row) };
}

function decode(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}

/** Sixteen hexadecimal digits that stand for a text. */
export async function fingerprintOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
