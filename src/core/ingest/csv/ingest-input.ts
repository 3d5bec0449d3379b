import type { BlockDisk, Engine } from "../../../engine/types.ts";
import type { CsvDialect, CsvOptions } from "../../../formats/csv/dialect.ts";
import { FormatError } from "../../../formats/source.ts";
import { TRANSACTION_BYTES } from "../../tables/table-layout.ts";
import { SPOOL_BYTES } from "../wide-load.ts";
import type { CsvColumn, CsvIngestState, CsvTarget } from "./ingest-state.ts";
import type { IrregularRows } from "./irregular-rows.ts";
import type { CsvReject } from "./rejects.ts";

/** The part of the engine that an ingest needs. */
export type CsvEngine = Pick<Engine, "run" | "rows" | "registerBuffer" | "dropBuffer">;

export interface CsvIngestLimits {
  /** Bytes read at a time; also the longest record. */
  readonly pieceBytes: number;
  /** Bytes after which a commit is due. */
  readonly commitBytes: number;
  /** Bytes of a wide table's rows that wait on the disk before they are loaded. */
  readonly spoolBytes: number;
  /** Bytes looked at to find the dialect. */
  readonly sampleBytes: number;
  /** Share of non-null cells that must be of a type for the column to have it. */
  readonly typeThreshold: number;
  /** Share of the rows that may be set aside before the file fails. */
  readonly rejectShare: number;
  /** Rejects handed to `onRejects`; the rest is only counted. */
  readonly keptRejects: number;
  /** Bytes between two entries handed to `onOffsets`. */
  readonly offsetBytes: number;
  readonly columns: number;
}

export const CSV_INGEST_LIMITS: CsvIngestLimits = {
  pieceBytes: 8 * 1024 * 1024,
  commitBytes: TRANSACTION_BYTES,
  spoolBytes: SPOOL_BYTES,
  sampleBytes: 1024 * 1024,
  typeThreshold: 0.99,
  rejectShare: 0.1,
  keptRejects: 10_000,
  offsetBytes: 128 * 1024,
  columns: 10_000,
};

/** Start of a data record: its ordinal (0-based, rejects counted) and its byte in the decompressed stream. */
export type RowOffset = readonly [record: number, byte: number];

export interface CsvProgress {
  readonly bytes: number;
  readonly rows: number;
  readonly phase: CsvIngestState["phase"];
  readonly isDurable: boolean;
}

export interface CsvIngestInput {
  readonly engine: CsvEngine;
  /** The file's decompressed bytes from `offset` on. Called again after a restart or a change of types. */
  open(offset: number): ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>;
  /** Attached and writable; the table is made. */
  readonly target: CsvTarget;
  /** Where rows of a wide table wait for their load; keeps what was written when the process dies. */
  readonly disk: BlockDisk;
  readonly options?: CsvOptions | undefined;
  readonly limits?: Partial<CsvIngestLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * After each piece. `bytes` of the stream; it starts anew when the types had to be changed (`phase`). Where nothing would have to be done
   * again (`isDurable`) it may throw, to go on later.
   */
  onProgress?(progress: CsvProgress): void;
  /** Rejects from number `from` on. Drop what you hold from `from` on first: after a restart batches come again. */
  onRejects?(batch: { from: number; rejects: readonly CsvReject[] }): void | Promise<void>;
  /** Row offsets from entry `from` on, with the same rule. */
  onOffsets?(batch: { from: number; offsets: readonly RowOffset[] }): void | Promise<void>;
}

export interface CsvIngestResult {
  readonly columns: readonly CsvColumn[];
  readonly rows: number;
  /** Rows set aside; `onRejects` got the first of them. */
  readonly rejects: number;
  /** Rows taken although they were not like the others. */
  readonly irregular: IrregularRows;
  readonly dialect: CsvDialect;
}

/** Too many rows had to be set aside. */
export class CsvRejectedError extends FormatError {
  /** The first of them. */
  readonly rejects: readonly CsvReject[];
  readonly rejectCount: number;
  constructor(message: string, rejects: readonly CsvReject[], rejectCount: number) {
    super(message);
    this.rejects = rejects;
    this.rejectCount = rejectCount;
  }
}
