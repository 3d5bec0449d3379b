import { Data, DataType, makeData, RecordBatch, RecordBatchStreamWriter, type Schema, Struct } from "apache-arrow";
import { sliceBatch } from "../arrow/slice-batch.ts";
import type { EncodeOptions, ResultSummary } from "./encode-rows.ts";

/** A stream ends in eight bytes: no further message. */
const END_BYTES = 8;

/**
 * Record batches as an Arrow IPC stream (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format).
 * A limit cuts the last batch at a row. A broken result makes the stream fail, without its end mark.
 */
export async function* encodeArrowStream(
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  options: EncodeOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const summary: ResultSummary = { rows: 0, bytes: 0, truncatedBy: undefined, failure: undefined, isFinished: false };
  const maxRows = options.maxRows ?? Number.POSITIVE_INFINITY;
  const maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
  const count = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    summary.bytes += bytes.length;
    return bytes;
  };
  try {
    const empty = encodeWhole(schema, []);
    const schemaBytes = empty.length - END_BYTES;
    yield count(empty.subarray(0, schemaBytes));
    for await (const whole of batches) {
      if (whole.numRows === 0) continue;
      let batch = prepareBatch(schema, whole);
      if (summary.rows + batch.numRows > maxRows) {
        batch = sliceBatch(batch, 0, maxRows - summary.rows);
        summary.truncatedBy = "rows";
      }
      if (batch.numRows > 0) {
        const encode = (part: RecordBatch): Uint8Array<ArrayBuffer> => {
          const encoded = encodeWhole(schema, [part]);
          return encoded.subarray(schemaBytes, encoded.length - END_BYTES);
        };
        const left = maxBytes - summary.bytes - END_BYTES;
        let message = encode(batch);
        while (message.length > left && batch.numRows > 0) {
          summary.truncatedBy = "bytes";
          batch = sliceBatch(batch, 0, Math.floor(Math.min(0.95, (0.95 * left) / message.length) * batch.numRows));
          message = encode(batch);
        }
        if (batch.numRows > 0) {
          summary.rows += batch.numRows;
          yield count(message);
        }
      }
      if (summary.truncatedBy) break;
    }
    summary.isFinished = true;
    yield count(empty.subarray(schemaBytes));
  } catch (error) {
    summary.isFinished = true;
    summary.failure = error;
    throw error;
  } finally {
    options.onEnd?.(summary);
  }
}

/** One batch as a whole IPC stream. */
export function encodeBatch(batch: RecordBatch): Uint8Array<ArrayBuffer> {
  return encodeWhole(batch.schema, [prepareBatch(batch.schema, batch)]);
}

/** The same in pieces, as `Engine.insertArrow` takes it: the batch's own buffers, not copied. */
export async function encodePieces(batch: RecordBatch): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeStream(batch.schema, [prepareBatch(batch.schema, batch)])) pieces.push(piece);
  return pieces;
}

function encodeWhole(schema: Schema, batches: readonly RecordBatch[]): Uint8Array<ArrayBuffer> {
  return writeStream(schema, batches).toUint8Array(true) as Uint8Array<ArrayBuffer>;
}

function writeStream(schema: Schema, batches: readonly RecordBatch[]): RecordBatchStreamWriter {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return writer;
}

/** Gives a batch the stream's schema, and intervals a form that the library writes whole. */
function prepareBatch(schema: Schema, batch: RecordBatch): RecordBatch {
  const children = batch.data.children.map(prepareData);
  const data = makeData({ type: new Struct(schema.fields), length: batch.numRows, nullCount: 0, children });
  return new RecordBatch(schema, data);
}

/**
 * The library counts three 32-bit words for an interval of months, days and nanoseconds, which has four, and cuts the rest off.
 * As 64-bit words there are two, and nothing is cut.
 */
function prepareData(data: Data): Data {
  const children = data.children.map(prepareData);
  if (DataType.isInterval(data.type) && data.type.unit === 2) {
    const { buffer, byteOffset } = data.values as Int32Array;
    const words = new BigInt64Array(buffer.slice(byteOffset, byteOffset + data.length * 16) as ArrayBuffer);
    const buffers = [undefined, words, data.nullBitmap] as unknown as Data["buffers"];
    return new Data(data.type, data.offset, data.length, data.nullCount, buffers);
  }
  if (children.every((child, k) => child === data.children[k])) return data;
  return new Data(data.type, data.offset, data.length, data.nullCount, data.buffers, children, data.dictionary);
}
