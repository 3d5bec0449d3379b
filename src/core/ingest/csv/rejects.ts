/** A row that was set aside. */
export interface CsvReject {
  /** Physical line of the file on which the record starts, 1-based. */
  readonly line: number;
  /** Data record of the file, 1-based, rejects counted. */
  readonly row: number;
  /** Name of the column at fault, or null where the record as a whole is. */
  readonly column: string | null;
  /** The cell's text, or the record's where no column is named; at most 500 characters. */
  readonly text: string;
  /** A sentence. */
  readonly reason: string;
}

const LONGEST_TEXT = 500;
const TEXT = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** The text of bytes for a reject, cut to a readable length. */
export function excerptText(bytes: Uint8Array): string {
  const text = TEXT.decode(bytes.subarray(0, LONGEST_TEXT * 4)).replace(/[\r\n]+$/, "");
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}
