import { type Data, type Field, makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import type { ByteSource, FormatTable } from "../source.ts";
import { describeRecords, estimateRowWidth, RecordWriter } from "./record-writer.ts";
import { JsonScanner } from "./scanner.ts";
import type { Location } from "./shape.ts";
import { TypeNode } from "./type-node.ts";
import { walkSequence } from "./walk.ts";

/** Source bytes and Arrow row widths that make one batch. */
export const BATCH_BYTES = 4 * 1024 ** 2;
const MAX_CHECKPOINTS = 65_536;

/** One batch: where its records start, and how many there are. */
interface BatchPlan {
  offset: number;
  rows: number;
}

/**
 * Offsets of every so many records. When there are too many the steps double, so that their number stays bounded
 * whatever the size of the file.
 */
class Checkpoints {
  offsets: number[] = [];
  rows: number[] = [];
  #rowStep = 256;
  #byteStep = 65_536;

  note(offset: number, row: number): void {
    const last = this.offsets.length - 1;
    if (last >= 0 && row - this.rows[last]! < this.#rowStep && offset - this.offsets[last]! < this.#byteStep) return;
    this.offsets.push(offset);
    this.rows.push(row);
    if (this.offsets.length > MAX_CHECKPOINTS) {
      this.offsets = this.offsets.filter((_, i) => i % 2 === 0);
      this.rows = this.rows.filter((_, i) => i % 2 === 0);
      this.#rowStep *= 2;
      this.#byteStep = Math.min(this.#byteStep * 2, 1 << 20);
    }
  }

  plan(endOffset: number, rowCount: number, rowWidth: number): BatchPlan[] {
    const plans: BatchPlan[] = [];
    let current: BatchPlan | undefined;
    let size = 0;
    for (let i = 0; i < this.offsets.length; i++) {
      const rows = (this.rows[i + 1] ?? rowCount) - this.rows[i]!;
      const bytes = (this.offsets[i + 1] ?? endOffset) - this.offsets[i]! + rows * rowWidth;
      if (current === undefined || size + bytes > BATCH_BYTES) {
        current = { offset: this.offsets[i]!, rows: 0 };
        plans.push(current);
        size = 0;
      }
      current.rows += rows;
      size += bytes;
    }
    return plans;
  }
}

/** Reads a sequence of records once for its types, and answers it as a table. @throws JsonSyntaxError, FormatError */
export async function readRecordTable(
  source: ByteSource,
  location: Location & { kind: "records" },
  dates: boolean,
): Promise<FormatTable> {
  const { offset, sequence } = location;
  const node = new TypeNode(0);
  node.isTuple = location.isTuple;
  const checkpoints = new Checkpoints();
  let rowCount = 0;
  let endOffset = offset;
  const scanner = new JsonScanner(source.stream(offset), offset);
  try {
    await walkSequence(scanner, sequence, false, (text, recordOffset) => {
      checkpoints.note(recordOffset, rowCount);
      if (rowCount === 0 && sequence === "array" && text.bytes[text.at] === 91) node.isTuple = true;
      node.learn(text, dates);
      rowCount++;
    });
    endOffset = scanner.offset;
    if (location.isDocument === true && (await scanner.peek()) !== -1) {
      scanner.fail("More data follows after the end of the array. A file holds one array, or one record a line.");
    }
  } finally {
    await scanner.cancel();
  }
  const fields = describeRecords(node, location.names);
  const plans = checkpoints.plan(endOffset, rowCount, estimateRowWidth(node));
  const schema = new Schema(fields);
  async function* batches(from = 0): AsyncGenerator<RecordBatch> {
    const first = plans[from];
    if (first === undefined || fields.length === 0) return;
    const reader = new JsonScanner(source.stream(first.offset), first.offset);
    try {
      for (const plan of plans.slice(from)) {
        const writer = new RecordWriter(node);
        await walkSequence(reader, sequence, true, (text) => writer.write(text), plan.rows);
        yield assembleBatch(
          schema,
          writer.writers.map(({ builder }) => builder.finish()),
          writer.length,
        );
      }
    } finally {
      await reader.cancel();
    }
  }
  return { name: location.name, schema, rowCount, batches };
}

/** A record batch of finished columns. */
export function assembleBatch(schema: Schema, columns: Data[], rows: number): RecordBatch {
  const type = new Struct(schema.fields as Field[]);
  return new RecordBatch(schema, makeData({ type, length: rows, nullCount: 0, children: columns }));
}
