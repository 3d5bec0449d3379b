import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { type DuckDBConnection, DuckDBTimestampValue, type DuckDBValue } from "@duckdb/node-api";
import {
  Bool,
  type DataType,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
} from "apache-arrow";

/** Arrow files written and read by the npm package `apache-arrow`. */

const BATCH_ROWS = 61_440;

/** Writes the rows of a SELECT to an Arrow IPC file. Decimals become doubles. @param onProgress rows so far. */
export async function writeArrowFile(
  db: DuckDBConnection,
  select: string,
  path: string,
  onProgress: (rows: number) => void,
): Promise<void> {
  const result = await db.stream(select);
  const types = result.columnTypes().map((type) => typeOf(String(type)));
  const schema = new Schema(result.columnNames().map((name, i) => new Field(name, types[i] ?? new Utf8(), true)));
  const writer = new RecordBatchFileWriter();
  const file = createWriteStream(path);
  const writing = (async () => {
    for await (const piece of writer) if (!file.write(piece)) await once(file, "drain");
  })();
  let columns: DuckDBValue[][] = types.map(() => []);
  let rows = 0;
  const flush = () => {
    const length = columns[0]?.length ?? 0;
    if (length === 0) return;
    const children = columns.map((values, i) => {
      const type = types[i] ?? new Utf8();
      return vectorFromArray(
        values.map((value) => convert(value, type)),
        type,
      ).data[0]!;
    });
    writer.write(
      new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children })),
    );
    columns = types.map(() => []);
    onProgress(rows);
  };
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) break;
    for (const [i, values] of chunk.getColumns().entries()) columns[i]?.push(...values);
    rows += chunk.rowCount;
    if ((columns[0]?.length ?? 0) >= BATCH_ROWS) flush();
  }
  flush();
  writer.finish();
  await writing;
  file.end();
  await once(file, "close");
}

function typeOf(type: string): DataType {
  switch (type) {
    case "BIGINT":
      return new Int64();
    case "INTEGER":
      return new Int32();
    case "BOOLEAN":
      return new Bool();
    case "TIMESTAMP":
      return new TimestampMicrosecond();
    default:
      return type.startsWith("DECIMAL") || type === "DOUBLE" ? new Float64() : new Utf8();
  }
}

function convert(value: DuckDBValue, type: DataType): unknown {
  if (value === null) return null;
  // apache-arrow takes milliseconds.
  if (value instanceof DuckDBTimestampValue) return Number(value.micros / 1000n);
  if (type instanceof Float64) return Number(value);
  return type instanceof Utf8 ? String(value) : value;
}

/** Reads every value of an Arrow file, batch by batch. @returns seconds. */
export async function readArrowFile(path: string): Promise<number> {
  const started = performance.now();
  const handle = await open(path);
  let values = 0;
  try {
    for await (const batch of await RecordBatchReader.from(handle))
      for (let column = 0; column < batch.numCols; column++)
        for (const value of batch.getChildAt(column) ?? []) if (value !== null) values++;
  } finally {
    await handle.close();
  }
  if (values === 0) throw new Error(`${path} holds no values.`);
  return (performance.now() - started) / 1000;
}
