import type { RecordBatch, Schema } from "apache-arrow";
import {
  encodeArrowStream,
  encodeCsv,
  encodeJson,
  encodeNdjson,
  type ResultSummary,
  streamOf,
} from "../../formats/result/index.ts";
import { AppError } from "../errors.ts";
import type { ResultFormat, RowsEnd } from "../services.ts";
import { formatBytes } from "../uploads/create-upload.ts";
import { describeFailure } from "./describe-failure.ts";

export interface AnswerLimits {
  /** Null: as many as `maxBytes` allow. */
  maxRows: number | null;
  maxBytes: number;
}

/**
 * Rows in the asked format, as `QueryAnswer.body` describes. Rows beyond `maxRows` are left out, as they were not asked for. An answer that
 * breaks off, or would pass `maxBytes`, never looks whole: JSON and NDJSON end in an error record, CSV and Arrow streams fail.
 *
 * @param onEnd called once, however the answer ends.
 */
export function encodeAnswer(
  format: ResultFormat,
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  limits: AnswerLimits,
  elapsedMs: () => number,
  onEnd: (end: RowsEnd) => void,
): ReadableStream<Uint8Array> {
  const describe = (summary: ResultSummary) => describeEnd(summary, limits, elapsedMs());
  const options = {
    maxRows: limits.maxRows ?? undefined,
    maxBytes: limits.maxBytes,
    onEnd: (summary: ResultSummary) => onEnd(describe(summary)),
  };
  switch (format) {
    case "json":
      return streamOf(
        encodeJson(schema, batches, {
          ...options,
          rowShape: "arrays",
          head: "",
          tail: (summary) => `\n${JSON.stringify(describe(summary))}`,
        }),
      );
    case "ndjson":
      return streamOf(
        encodeNdjson(schema, batches, {
          ...options,
          describeFailure: (failure) => ({ ...describeFailure(failure) }),
          describeEnd: (summary) => (summary.truncatedBy === "bytes" ? { error: tooManyBytes(limits) } : undefined),
        }),
      );
    case "csv":
    case "arrow":
      return streamOf(failWhenCut(format === "csv" ? encodeCsv : encodeArrowStream, schema, batches, limits, options));
  }
}

/** CSV and Arrow have no place for an error: a result that was cut at the byte limit fails as a stream. */
async function* failWhenCut(
  encode: typeof encodeCsv,
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  limits: AnswerLimits,
  options: { maxRows: number | undefined; maxBytes: number; onEnd: (summary: ResultSummary) => void },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let isCut = false;
  yield* encode(schema, batches, {
    ...options,
    onEnd: (summary) => {
      isCut = summary.truncatedBy === "bytes";
      options.onEnd(summary);
    },
  });
  if (isCut) throw new AppError("query_too_large", tooManyBytes(limits).message);
}

function tooManyBytes({ maxBytes }: AnswerLimits): { code: string; message: string } {
  return {
    code: "query_too_large",
    message: `The result has more than ${formatBytes(maxBytes)}, which is the limit of one query. Ask for fewer rows or columns, or export the result.`,
  };
}

function describeEnd(summary: ResultSummary, limits: AnswerLimits, executionTimeMs: number): RowsEnd {
  const failure = summary.failure === undefined ? undefined : describeFailure(summary.failure);
  const reasons = {
    rows: `Only the first ${limits.maxRows} rows were asked for (max_results).`,
    bytes: tooManyBytes(limits).message,
  };
  return {
    rowCount: summary.rows,
    truncated: summary.truncatedBy !== undefined || failure !== undefined,
    reason: failure?.message ?? (summary.truncatedBy ? reasons[summary.truncatedBy] : null),
    executionTimeMs,
    ...(failure ? { error: failure } : {}),
  };
}
