import type { RecordBatch, Schema } from "apache-arrow";
import { encodeCsv, encodeJson, encodeNdjson } from "../../formats/result/index.ts";
import { createArrowFileEncoder } from "./arrow-file-encoder.ts";
import type { ExportFormat } from "./export-format.ts";

/**
 * Writes the rows of one file, batch by batch. After each call everything that came in is out or in `state`, so that another process can
 * go on from there.
 */
export interface ExportEncoder {
  /** The bytes that a batch of rows adds, those before the first row included. */
  add(batch: RecordBatch): AsyncIterable<Uint8Array>;
  /** The bytes behind the last row; all there is when no batch came. */
  finish(): AsyncIterable<Uint8Array>;
  /**
   * Where another encoder can go on: with row `rows` of the file, once told `state`. Plain JSON. Rows that have come in but are not out
   * yet do not count.
   */
  readonly checkpoint: EncoderCheckpoint;
}

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
      throw new Error("Parquet is not written yet.");
  }
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
    get checkpoint() {
      return { rows, state: null };
    },
  };
}

async function* only(...batches: RecordBatch[]): AsyncGenerator<RecordBatch> {
  yield* batches;
}
