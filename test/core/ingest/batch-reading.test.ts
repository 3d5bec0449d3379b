import { type RecordBatch, Table, vectorFromArray } from "apache-arrow";
import { expect, it } from "vitest";
import { peekTable, readAhead } from "../../../src/core/ingest/batch-reading.ts";
import type { FormatTable } from "../../../src/formats/source.ts";

const batchOf = (value: number): RecordBatch => new Table({ n: vectorFromArray(Int32Array.of(value)) }).batches[0]!;

/** Batches that hold their ordinals, and what is asked of them. */
function createTable(count: number): { table: FormatTable; log: string[] } {
  const log: string[] = [];
  const table: FormatTable = {
    name: undefined,
    schema: batchOf(0).schema,
    rowCount: count,
    async *batches(from = 0) {
      log.push(`open ${from}`);
      try {
        for (let i = from; i < count; i++) {
          log.push(`read ${i}`);
          yield batchOf(i);
        }
      } finally {
        log.push("close");
      }
    },
  };
  return { table, log };
}

async function valuesOf(batches: AsyncIterable<RecordBatch>): Promise<number[]> {
  const values: number[] = [];
  for await (const batch of batches) values.push(batch.getChildAt(0)!.get(0));
  return values;
}

it("reads a first batch that was looked at once", async () => {
  const { table, log } = createTable(3);
  const peeked = peekTable(table);
  expect((await peeked.first())!.getChildAt(0)!.get(0)).toBe(0);
  await peeked.first();
  expect(await valuesOf(peeked.batches())).toEqual([0, 1, 2]);
  expect(log).toEqual(["open 0", "read 0", "read 1", "read 2", "close"]);
  expect(await valuesOf(peeked.batches())).toEqual([0, 1, 2]);
});

it("closes what was looked at where the table is read from another batch on", async () => {
  const { table, log } = createTable(3);
  const peeked = peekTable(table);
  await peeked.first();
  expect(await valuesOf(peeked.batches(2))).toEqual([2]);
  expect(log).toEqual(["open 0", "read 0", "close", "open 2", "read 2", "close"]);
});

it("has no first batch where there is none", async () => {
  const peeked = peekTable(createTable(0).table);
  expect(await peeked.first()).toBeUndefined();
  expect(await valuesOf(peeked.batches())).toEqual([]);
});

it("asks for the next item ahead, ends with the items, and closes them when it is left", async () => {
  const { table, log } = createTable(4);
  for await (const batch of readAhead(table.batches())) {
    const at = batch.getChildAt(0)!.get(0);
    await Promise.resolve();
    expect(log.at(-1)).toBe(`read ${at + 1}`);
    if (at === 1) break;
  }
  expect(log.at(-1)).toBe("close");
  expect(await valuesOf(readAhead(createTable(4).table.batches()))).toEqual([0, 1, 2, 3]);
});

it("hands an error on in its turn", async () => {
  const failing = (async function* () {
    yield 1;
    throw new Error("damaged");
  })();
  const seen: number[] = [];
  const read = async () => {
    for await (const item of readAhead(failing)) seen.push(item);
  };
  await expect(read()).rejects.toThrow("damaged");
  expect(seen).toEqual([1]);
});
