import { quoteIdentifier, quoteText } from "../../../engine/sql-text.ts";
import type { CsvDialect, CsvType } from "../../../formats/csv/dialect.ts";
import type { AppendPlan } from "../../tables/table-layout.ts";
import { WIDE_PROGRESS_TABLE, type WideLoadState } from "../wide-load.ts";
import type { ColumnStats, ColumnType } from "./column-stats.ts";
import type { IrregularRows } from "./irregular-rows.ts";
import type { CsvReject } from "./rejects.ts";

/** To be raised whenever the state changes its shape: an ingest that an earlier release began then starts anew. */
export const CSV_INGEST_VERSION = 4;

/** Where an ingest stands. Kept in the target database, in the same transaction as the rows it speaks of. */
export interface CsvIngestState {
  readonly version: typeof CSV_INGEST_VERSION;
  /**
   * `load`: rows are inserted with the types of the first piece. `survey`: those types turned out wrong; the rest of the file is looked at.
   * `reload`: rows are inserted with the types of the whole file. `done`: nothing is left to do.
   */
  phase: "load" | "survey" | "reload" | "done";
  dialect: CsvDialect;
  /** False while only ASCII was seen. */
  isEncodingSettled: boolean;
  /** Byte of the stream at which the next piece begins, and its line. */
  byteOffset: number;
  line: number;
  /** Data records read: rows and rejects. */
  records: number;
  /** Of these, and of those to come, how many are in `stats` already: the first piece is counted whole before any of it is loaded. */
  countedRecords: number;
  rows: number;
  rejectCount: number;
  /** Handed to `onRejects` and `onOffsets`. */
  rejectsKept: number;
  offsetsKept: number;
  nextOffsetAt: number;
  /** The first rejects, for the error message of a file that fails. */
  firstRejects: CsvReject[];
  irregular: IrregularRows;
  types: ColumnType[] | undefined;
  stats: ColumnStats[];
  /** Of a table in several parts: what waits on the disk. */
  wide: WideLoadState | undefined;
  /** Longest row written for the load, in bytes. */
  longestRecord: number;
}

/** A column of an ingested table. */
export interface CsvColumn {
  /** As in the file's header: trimmed, made unique. */
  readonly name: string;
  readonly type: CsvType;
  readonly nullable: boolean;
  readonly nulls: number;
  /** Share of the non-null cells that are of the type. */
  readonly confidence: number;
}

/** The one-row table that holds the state, beside the target. */
const STATE_TABLE = "eider_csv_ingest";

/** Where rows go. */
export interface CsvTarget extends AppendPlan {
  readonly catalog: string;
  readonly table: string;
}

/** The SQL that keeps an ingest's state in its target database. */
export function stateSql(target: CsvTarget) {
  const nameOf = (table: string) => `${quoteIdentifier(target.catalog)}.main.${quoteIdentifier(table)}`;
  const name = nameOf(STATE_TABLE);
  return {
    find: `SELECT count(*) AS found FROM duckdb_tables() WHERE database_name = ${quoteText(target.catalog)} AND schema_name = 'main' AND table_name = ${quoteText(STATE_TABLE)}`,
    create: `CREATE TABLE IF NOT EXISTS ${name} (state VARCHAR)`,
    read: `SELECT state FROM ${name}`,
    clear: `DELETE FROM ${name}`,
    write: (state: CsvIngestState) => `INSERT INTO ${name} VALUES (${quoteText(JSON.stringify(state))})`,
    drop: `DROP TABLE IF EXISTS ${name}`,
    /** Forgets which parts of a wide table are in. */
    dropWide: `DROP TABLE IF EXISTS ${nameOf(WIDE_PROGRESS_TABLE)}`,
  };
}
