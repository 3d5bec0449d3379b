import { type Data, type RecordBatch, Schema } from "apache-arrow";
import type { ByteSource, FormatTable } from "../source.ts";
import { JsonText } from "./json-text.ts";
import { assembleBatch, BATCH_BYTES } from "./record-table.ts";
import { estimateRowWidth } from "./record-writer.ts";
import { COLUMN_STEP, type ColumnSurvey } from "./shape.ts";
import { createWriter, describeField } from "./value-writers.ts";

interface Column {
  name: string;
  survey: ColumnSurvey;
}

/**
 * A table whose columns stand one after another in the file. Each batch reads one byte range of every column, so the
 * source must be readable by ranges: columns × batches reads in all.
 */
export function createColumnTable(source: ByteSource, columns: readonly Column[]): FormatTable {
  const rowCount = columns[0]?.survey.rows ?? 0;
  const fields = columns.map(({ name, survey }) =>
    describeField(name, survey.node, createWriter(survey.node).builder.type),
  );
  const schema = new Schema(fields);
  const starts = planBatches(columns, rowCount);
  async function* batches(from = 0): AsyncGenerator<RecordBatch> {
    for (let i = from; i < starts.length; i++) {
      const start = starts[i]!;
      const end = starts[i + 1] ?? rowCount;
      const data: Data[] = [];
      for (const { survey } of columns) data.push(await readColumn(source, survey, start, end));
      yield assembleBatch(schema, data, end - start);
    }
  }
  return { name: undefined, schema, rowCount, batches };
}

/** First rows of the batches. */
function planBatches(columns: readonly Column[], rowCount: number): number[] {
  const width = columns.reduce((sum, { survey }) => sum + estimateRowWidth(survey.node), 0);
  const starts: number[] = [];
  let size = Number.POSITIVE_INFINITY;
  for (let step = 0; step * COLUMN_STEP < rowCount; step++) {
    const rows = Math.min(COLUMN_STEP, rowCount - step * COLUMN_STEP);
    let bytes = rows * width;
    for (const { survey } of columns) bytes += (survey.checkpoints[step + 1] ?? survey.end) - survey.checkpoints[step]!;
    if (size + bytes > BATCH_BYTES) {
      starts.push(step * COLUMN_STEP);
      size = 0;
    }
    size += bytes;
  }
  return starts;
}

async function readColumn(source: ByteSource, survey: ColumnSurvey, start: number, end: number): Promise<Data> {
  const from = survey.checkpoints[start / COLUMN_STEP]!;
  const to = end < survey.rows ? survey.checkpoints[end / COLUMN_STEP]! : survey.end;
  const text = new JsonText();
  text.bytes = await source.slice(from, to);
  text.end = text.bytes.length;
  text.base = from;
  const writer = createWriter(survey.node);
  for (let row = start; row < end; row++) {
    text.skipSpace();
    if (survey.sequence === "members") text.readKey();
    writer.write(text);
    if (row + 1 < end) text.readComma(0);
  }
  return writer.builder.finish();
}
