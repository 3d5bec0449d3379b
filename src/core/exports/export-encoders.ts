import type { RecordBatch, Schema } from "apache-arrow";
import { type ParquetState, ParquetWriter } from "../../formats/parquet/write-parquet.ts";
import {
  csvHeader,
  csvLayout,
  jsonLayout,
  ndjsonLayout,
  type RowLayout,
  RowWriter,
} from "../../formats/result/index.ts";
import { createArrowFileEncoder } from "./arrow-file-encoder.ts";
import type { ExportFormat } from "./export-format.ts";

const COMMA = 44;
const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();
const JSON_ARRAY: TextFrame = {
  head: encoder.encode("["),
  between: encoder.encode(",\n"),
  tail: encoder.encode("]\n"),
};

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
    case "csv": {
      const head = options.includeHeaders ? csvHeader(schema, COMMA) : EMPTY;
      return textEncoder(schema, csvLayout(schema, COMMA), { head, between: EMPTY, tail: EMPTY }, from);
    }
    case "ndjson":
      return textEncoder(schema, ndjsonLayout(schema), { head: EMPTY, between: EMPTY, tail: EMPTY }, from);
    case "json":
      return textEncoder(schema, jsonLayout(schema, "objects"), JSON_ARRAY, from);
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

/** What stands around the batches of a text. */
interface TextFrame {
  head: Uint8Array;
  between: Uint8Array;
  tail: Uint8Array;
}

/** Text formats need to know only how many rows came before. */
function textEncoder(
  schema: Schema,
  layout: RowLayout,
  { head, between, tail }: TextFrame,
  from: EncoderCheckpoint | undefined,
): ExportEncoder {
  const writer = new RowWriter(schema, layout);
  const { out } = writer;
  let rows = from?.rows ?? 0;
  return {
    async *add(batch) {
      if (batch.numRows === 0) return;
      out.copy(rows === 0 ? head : between, 0);
      for (const written of writer.write(batch, true)) {
        rows += written;
        yield out.take();
      }
    },
    async *finish() {
      if (rows === 0) out.copy(head, 0);
      out.copy(tail, 0);
      yield out.take();
    },
    get rows() {
      return rows;
    },
    state: null,
  };
}
