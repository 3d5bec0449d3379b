import type { RecordBatch, Schema } from "apache-arrow";

/** Bytes that can be read by ranges or as a stream: an R2 object, or a piece of memory in a test. */
export interface ByteSource {
  readonly byteLength: number;
  /** Bytes `[start, end)`; `end` defaults to the end of the source. */
  slice(start: number, end?: number): Promise<Uint8Array>;
  /** All bytes from `start` on, as a stream of chunks of any size. */
  stream(start?: number): ReadableStream<Uint8Array>;
}

/** One table found in a file. Batches are at most about 8 MB each, so that memory stays bounded. */
export interface FormatTable {
  /** As the file names it (a sheet, a zip member, a key), or undefined for the only table of its file. */
  readonly name: string | undefined;
  /** Arrow types that DuckDB can hold; timestamps are UTC without zone. */
  readonly schema: Schema;
  /** Rows as the file says, when it says so without being read. */
  readonly rowCount: number | undefined;
  /** Record batches from the given batch ordinal on (0 = the first); the same ordinal always gives the same rows. */
  batches(from?: number): AsyncIterable<RecordBatch>;
  /**
   * The same rows with only the columns `[first, first + count)`, for formats where the others need not be read for that. Its batches are cut in
   * another way than those of the whole.
   */
  select?: ((first: number, count: number) => FormatTable) | undefined;
}

/** A reader finds the tables of a file. It throws `FormatError` for bytes that are not what they claim to be. */
export type FormatReader<Options = unknown> = (source: ByteSource, options: Options) => Promise<FormatTable[]>;

/** The file cannot be read as its format. `message` is for the user: what is wrong, where, and what to do. */
export class FormatError extends Error {
  override readonly name = "FormatError";
}
