import type { FormatKind } from "./number-format.ts";

/** Takes the cells of one sheet, row after row; columns count from 0. Empty cells and errors are left out. */
export interface CellSink {
  startRow(row: number): void;
  number(column: number, value: number, kind: FormatKind): void;
  bool(column: number, value: boolean): void;
  /** UTF-8 in `bytes[start, end)`, valid during the call. */
  text(column: number, bytes: Uint8Array, start: number, end: number): void;
  /** An error such as #N/A, which becomes null. */
  error(column: number): void;
}

/** One sheet that can be read any number of times. */
export interface Sheet {
  readonly name: string;
  readonly is1904: boolean;
  /** Sends all cells to the sink; yields now and then so that the caller can take what the sink has finished. */
  scan(sink: CellSink): AsyncGenerator<void>;
}

/** Excel's own limits (Microsoft, "Excel specifications and limits"). */
export const MAX_ROWS = 1_048_576;
export const MAX_COLUMNS = 16_384;
export const MAX_CELL_CHARACTERS = 32_767;
