import type { RecordBatch, Schema } from "apache-arrow";
import { ByteWriter } from "./byte-writer.ts";
import { createCsvCell, createJsonCell, jsonKey, writeCsvText } from "./cells.ts";
import { type EncodeOptions, encodeRows, type ResultSummary, type RowFormat } from "./encode-rows.ts";

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
    ...jsonRow(schema, options.rowShape ?? "objects"),
    between: encoder.encode(","),
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
  const row = jsonRow(schema, "objects");
  const format: RowFormat = {
    ...row,
    after: encoder.encode(`${schema.fields.length === 0 ? "{" : ""}}\n`),
    between: EMPTY,
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
  const separator = Uint8Array.of(delimiter);
  const format: RowFormat = {
    createCell: (data, field) => createCsvCell(data, field, delimiter),
    before: schema.fields.map((_, k) => (k > 0 ? separator : EMPTY)),
    after: encoder.encode("\r\n"),
    between: EMPTY,
    head: options.header === false ? EMPTY : csvHeader(schema, delimiter),
    tail: () => EMPTY,
  };
  return encodeRows(schema, batches, format, options);
}

function csvHeader(schema: Schema, delimiter: number): Uint8Array {
  const out = new ByteWriter(1024);
  schema.fields.forEach((field, k) => {
    if (k > 0) out.byte(delimiter);
    const name = encoder.encode(field.name);
    writeCsvText(out, name, 0, name.length, delimiter);
  });
  out.ascii("\r\n");
  return out.take();
}

function jsonRow(schema: Schema, shape: "objects" | "arrays"): Pick<RowFormat, "createCell" | "before" | "after"> {
  const [open, close] = shape === "objects" ? ["{", "}"] : ["[", "]"];
  const keys = distinctNames(schema.fields.map((field) => field.name)).map(jsonKey);
  return {
    createCell: createJsonCell,
    before: keys.map((key, k) => encoder.encode(`${k === 0 ? open : ","}${shape === "objects" ? key : ""}`)),
    after: encoder.encode(schema.fields.length === 0 ? `${open}${close}` : close),
  };
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

/** A JSON object has no two members of one name: later columns of the same name get `_1`, `_2`, … */
function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let distinct = name;
    for (let n = 1; taken.has(distinct); n++) distinct = `${name}_${n}`;
    taken.add(distinct);
    return distinct;
  });
}
