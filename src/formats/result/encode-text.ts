import type { RecordBatch, Schema } from "apache-arrow";
import { type EncodeOptions, encodeRows, type ResultSummary, type RowFormat } from "./encode-rows.ts";
import { csvHeader, csvLayout, jsonLayout, ndjsonLayout } from "./row-layouts.ts";

const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);

/** What stands around the rows of a JSON answer. */
export interface JsonOptions extends EncodeOptions {
  /** Rows as objects by column name (default), or as arrays in column order. */
  readonly rowShape?: "objects" | "arrays" | undefined;
  /** Text before the first row; `[` unless told. */
  readonly head?: string | undefined;
  /** Text behind the last row, a broken result included (`summary.failure`); `]` unless told, and then a broken result makes the stream fail. */
  readonly tail?: ((summary: ResultSummary) => string) | undefined;
}

/**
 * Rows as a JSON array, or inside a larger JSON text given by `head` and `tail`.
 *
 * 64-bit integers and decimals become numbers where every JSON reader takes them for the same value (up to 2^53 - 1,
 * decimals up to 15 digits), else strings. Dates are `YYYY-MM-DD`, timestamps ISO 8601 in UTC with `Z`, times `HH:MM:SS`,
 * intervals ISO 8601 durations, binary values base64; NaN and infinities become null, which is all that JSON has for them.
 * Lists are arrays, structs and maps objects.
 */
export function encodeJson(
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  options: JsonOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { tail } = options;
  const format: RowFormat = {
    ...jsonLayout(schema, options.rowShape ?? "objects"),
    head: encoder.encode(options.head ?? "["),
    tail: (summary) => encoder.encode(tail ? tail(summary) : "]"),
    ...(tail && { failTail: (summary: ResultSummary) => encoder.encode(tail(summary)) }),
  };
  return encodeRows(schema, batches, format, options);
}

/** Options of NDJSON. */
export interface NdjsonOptions extends EncodeOptions {
  /** What the last line's `error` says when a result breaks off. Without it the stream fails. */
  readonly describeFailure?: ((failure: unknown) => Record<string, unknown>) | undefined;
  /** A line of its own at the end of a whole or truncated result, such as `{"truncated": true}`. */
  readonly describeEnd?: ((summary: ResultSummary) => Record<string, unknown> | undefined) | undefined;
}

/** Rows as one JSON object a line; values as in `encodeJson`. A broken result ends in the line `{"error": {…}}`. */
export function encodeNdjson(
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  options: NdjsonOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { describeFailure, describeEnd } = options;
  const format: RowFormat = {
    ...ndjsonLayout(schema),
    head: EMPTY,
    tail: (summary) => {
      const end = describeEnd?.(summary);
      return end ? encoder.encode(`${JSON.stringify(end)}\n`) : EMPTY;
    },
    ...(describeFailure && {
      failTail: (summary: ResultSummary) =>
        encoder.encode(`${JSON.stringify({ error: describeFailure(summary.failure) })}\n`),
    }),
  };
  return encodeRows(schema, batches, format, options);
}

/** Options of CSV. */
export interface CsvOptions extends EncodeOptions {
  /** Column names in the first line (default). */
  readonly header?: boolean | undefined;
  /** One character; a comma unless told. */
  readonly delimiter?: string | undefined;
}

/**
 * Rows as CSV by RFC 4180, in UTF-8 with CRLF line ends. Numbers are written exactly; nulls are empty and empty text is `""`;
 * dates and times as in `encodeJson`; NaN and infinities as `NaN`, `Infinity`, `-Infinity`; nested values as JSON.
 * A broken result makes the stream fail.
 */
export function encodeCsv(
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  options: CsvOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const delimiter = (options.delimiter ?? ",").charCodeAt(0);
  const format: RowFormat = {
    ...csvLayout(schema, delimiter),
    head: options.header === false ? EMPTY : csvHeader(schema, delimiter),
    tail: () => EMPTY,
  };
  return encodeRows(schema, batches, format, options);
}

/** Rows as plain values, for answers small enough to be held; the same values as `encodeJson`. */
export async function readJsonRows(
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  options: JsonOptions = {},
): Promise<{ rows: unknown[]; summary: ResultSummary }> {
  let summary: ResultSummary | undefined;
  const decoder = new TextDecoder();
  let text = "";
  const chunks = encodeJson(schema, batches, {
    ...options,
    onEnd: (end) => {
      summary = end;
      options.onEnd?.(end);
    },
  });
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return { rows: JSON.parse(text) as unknown[], summary: summary! };
}
