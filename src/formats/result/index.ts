export { encodeArrowStream, encodeBatch, encodePieces } from "./encode-arrow.ts";
export { type EncodeOptions, type ResultLimits, type ResultSummary, streamOf } from "./encode-rows.ts";
export {
  type CsvOptions,
  encodeCsv,
  encodeJson,
  encodeNdjson,
  type JsonOptions,
  type NdjsonOptions,
  readJsonRows,
} from "./encode-text.ts";
export { csvHeader, csvLayout, jsonLayout, ndjsonLayout } from "./row-layouts.ts";
export { type RowLayout, RowWriter } from "./row-writer.ts";
