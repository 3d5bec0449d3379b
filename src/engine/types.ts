import type { RecordBatch, Schema } from "apache-arrow";

/** How one query is run. Times in milliseconds. */
export interface QueryOptions {
  /** Ends the query at the next poll; the engine stays usable. */
  signal?: AbortSignal | undefined;
  /** Ends the query with `query_timeout` once it has run this long. */
  timeLimitMs?: number | undefined;
  /** Intervals that are columns come as Arrow's own (months, days, nanoseconds) instead of text; those inside of others stay text. */
  keepsIntervals?: boolean | undefined;
}

/**
 * A query's answer: its schema at once (columns of one name are told apart as `x`, `x_1`, …; enums, intervals, times with a zone,
 * UHUGEINT, BIT and BIGNUM come as text), its rows as Arrow record batches
 * of at most 2,048 × n rows, read on demand.
 */
export interface QueryResult {
  readonly schema: Schema;
  /** May be iterated once. Breaking out of the loop cancels the rest of the query. */
  readonly batches: AsyncIterable<RecordBatch>;
}

/** A writable file store for DuckDB: database, write-ahead log and spill files, cut into blocks. Synchronous by contract. */
export interface BlockDisk {
  /** Size in bytes, or undefined where there is no such file. */
  size(file: string): number | undefined;
  create(file: string): void;
  truncate(file: string, size: number): void;
  remove(file: string): void;
  rename(from: string, to: string): void;
  /** Copies `target.length` bytes from `offset` into `target`; bytes past the end or never written are zero. */
  read(file: string, offset: number, target: Uint8Array): void;
  write(file: string, offset: number, source: Uint8Array): void;
}

/** A read-only object that can be read by ranges, such as one in R2. */
export interface RemoteFile {
  readonly size: number;
  /** Unique and never reused for other bytes: keys the block cache (an R2 key with its etag). */
  readonly cacheKey: string;
  /**
   * DuckDB's block numbers of each column in the order of a scan, when known (`readColumnBlocks` tells them while the file is
   * on a local disk). With them a scan is read ahead exactly.
   */
  readonly columnBlocks?: readonly (readonly number[])[] | undefined;
  /** Reads bytes `[start, end)`. Rejects when the object is gone, shorter than promised, or changed. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** What the rest of Eider sees of DuckDB. One call at a time: calls queue. Every method rejects with an `EngineError`. */
export interface Engine {
  /** Runs one statement to its end and drops its rows. */
  run(sql: string, options?: QueryOptions): Promise<void>;
  /** Runs one statement and returns all rows as plain objects (bigint for 64-bit integers). For small control queries only. */
  rows<T extends Record<string, unknown>>(sql: string, options?: QueryOptions): Promise<T[]>;
  /** Runs one statement and streams its rows. The engine is busy until the result is read to its end or dropped. */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
  /** Makes bytes readable by `read_csv('<name>')`. Copied into the engine's memory until dropped. */
  registerBuffer(name: string, bytes: Uint8Array): Promise<void>;
  dropBuffer(name: string): Promise<void>;
  /** Makes a remote object openable as `ATTACH '<name>' (READ_ONLY)`. */
  registerRemote(name: string, file: RemoteFile): void;
  /** Appends rows given as the pieces of one Arrow IPC stream to an existing table; columns are matched by position. */
  insertArrow(
    table: { catalog?: string; schema?: string; name: string },
    ipcStream: readonly Uint8Array[],
  ): Promise<void>;
  /**
   * Takes the door away: from now on no statement opens another file, changes a setting or loads an extension, whatever the
   * SQL says. Attach what is needed first. Cannot be undone.
   */
  lock(): Promise<void>;
  /** What remote reads have cost since the engine started. */
  readonly remoteReads: { readonly gets: number; readonly bytes: number };
  /** Size of the WebAssembly memory in bytes now (it never shrinks). */
  readonly memoryBytes: number;
  /** True once a crash or out-of-memory error has finished this engine: end it and start another. */
  readonly isFinished: boolean;
  /** Gives the memory back. Idempotent. */
  end(): Promise<void>;
}
