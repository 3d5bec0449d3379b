import { BufferType, Data, DataType, IntervalUnit, RecordBatch } from "apache-arrow";

/** Bytes of months, days and nanoseconds. */
const INTERVAL_BYTES = 16;

/**
 * Rows `[from, to)` of a batch. The library's own `slice` counts three words for an interval of months, days and nanoseconds, which has
 * four, and so cuts out other values than it should.
 */
export function sliceBatch(batch: RecordBatch, from: number, to: number): RecordBatch {
  if (from === 0 && to === batch.numRows) return batch;
  return new RecordBatch(batch.schema, sliceData(batch.data, from, to - from) as typeof batch.data);
}

function sliceData(data: Data, from: number, length: number): Data {
  if (!DataType.isStruct(data.type) && !isLongInterval(data.type)) return data.slice(from, length);
  const nullCount = data.nullCount === 0 ? 0 : -1;
  const { buffers } = data;
  if (isLongInterval(data.type)) {
    const values = data.values as Int32Array | BigInt64Array;
    const words = INTERVAL_BYTES / values.BYTES_PER_ELEMENT;
    buffers[BufferType.DATA] = values.subarray(from * words, (from + length) * words);
  }
  const children = data.children.map((child) => sliceData(child, from, length));
  return new Data(data.type, data.offset + from, length, nullCount, buffers, children, data.dictionary);
}

function isLongInterval(type: DataType): boolean {
  return DataType.isInterval(type) && type.unit === IntervalUnit.MONTH_DAY_NANO;
}
