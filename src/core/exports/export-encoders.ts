import type { RecordBatch, Schema } from "apache-arrow";
import { type ParquetState, ParquetWriter } from "../../formats/parquet/write-parquet.ts";
import { encodeCsv, encodeJson, encodeNdjson } from "../../formats/result/index.ts";
import { createArrowFileEncoder } from "./arrow-file-encoder.ts";
import type { ExportFormat } from "./export-format.ts";

/**
 * Writes the rows of one file, batch by batch. It can be left after any batch, and gone on with in another
 * process.
 */
export interface ExportEncoder {
  /** The bytes that a batch of rows adds, those before the first row included. */
  add(batch: RecordBatch): AsyncIterable<Uint8Array>;
  /** The bytes behind the last row; all there is when no batch came. */
  finish(): AsyncIterable<Uint8Array>;
  /** Rows that are out. */
  readonly rows: number;
  /** What another encoder has to be told to go on, once it is given the rows from `rows` on. Plain JSON. */
  readonly state: unknown;
}

/** Where an encoder left off. */
export interface EncoderCheckpoint {
  rows: number;
  state: unknown;
}

export interface EncoderOptions {
  /** CSV only: column names in the first line. */
  includeHeaders: boolean;
}

/** Formats that can be left in the middle of a file. XLSX is deflated as one stream, so it cannot. */
export type ResumableFormat = Exclude<ExportFormat, "xlsx">;

/** Makes the encoder of a format, at the start of a file or where `from` left off. */
export function createEncoder(
  format: ResumableFormat,
  schema: Schema,
  options: EncoderOptions,
  from?: EncoderCheckpoint,
): ExportEncoder {
  switch (format) {
    case "csv":
      return textEncoder(from, (batches, isFirst) =>
        encodeCsv(schema, batches, { header: isFirst && options.includeHeaders }),
      );
    case "ndjson":
      return textEncoder(from, (batches) => encodeNdjson(schema, batches));
    case "json":
      return textEncoder(from, (batches, isFirst, isLast) =>
        encodeJson(schema, batches, {
          head: isFirst ? "[" : isLast ? "" : ",\n",
          tail: ({ failure }) => {
            if (failure !== undefined) throw failure;
            return isLast ? "]\n" : "";
          },
        }),
      );
    case "arrow":
      return createArrowFileEncoder(schema, from);
    case "parquet":
      return parquetEncoder(schema, from);
  }
}

/** Rows are out once their row group is. */
function parquetEncoder(schema: Schema, from: EncoderCheckpoint | undefined): ExportEncoder {
  const writer = new ParquetWriter(schema, { from: from?.state as ParquetState | undefined });
  return {
    async *add(batch) {
      yield* writer.add(batch);
    },
    async *finish() {
      yield* writer.finish();
    },
    get rows() {
      return writer.writtenRows;
    },
    get state() {
      return writer.state;
    },
  };
}

type EncodeText = (
  batches: AsyncIterable<RecordBatch>,
  isFirst: boolean,
  isLast: boolean,
) => AsyncGenerator<Uint8Array>;

/** Text formats need to know only how many rows came before. */
function textEncoder(from: EncoderCheckpoint | undefined, encode: EncodeText): ExportEncoder {
  let rows = from?.rows ?? 0;
  let hasBegun = from !== undefined && rows > 0;
  return {
    async *add(batch) {
      if (batch.numRows === 0) return;
      yield* encode(only(batch), !hasBegun, false);
      hasBegun = true;
      rows += batch.numRows;
    },
    async *finish() {
      yield* encode(only(), !hasBegun, true);
    },
    get rows() {
      return rows;
    },
    state: null,
  };
}

async function* only(...batches: RecordBatch[]): AsyncGenerator<RecordBatch> {
  yield* batches;
}
