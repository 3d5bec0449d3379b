import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Data,
  type DataType,
  Dictionary,
  Field,
  Int32,
  makeData,
  makeVector,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { describe, expect, it } from "vitest";
import { readArrow } from "../../../src/formats/arrow/read-arrow.ts";
import { type ByteSource, FormatError, type FormatTable } from "../../../src/formats/source.ts";
import { createMemorySource } from "../memory-source.ts";
import { readRows } from "./plain-values.ts";

function batchOf(columns: Record<string, { readonly type: DataType; readonly data: readonly Data[] }>): RecordBatch {
  const fields = Object.entries(columns).map(([name, vector]) => new Field(name, vector.type, true));
  const children = Object.values(columns).map((vector) => vector.data[0]!);
  const data = makeData({ type: new Struct(fields), length: children[0]!.length, nullCount: 0, children });
  return new RecordBatch(new Schema(fields), data);
}

async function openTable(source: ByteSource | Uint8Array): Promise<FormatTable> {
  const [table] = await readArrow(source instanceof Uint8Array ? createMemorySource(source) : source, undefined);
  return table!;
}

describe("files and streams", () => {
  const batch = batchOf({
    n: vectorFromArray([1, null, 3], new Int32()),
    s: vectorFromArray(["a", null, "é"], new Utf8()),
    d: vectorFromArray(["x", "y", "x"], new Dictionary(new Utf8(), new Int32())),
  });
  const rows = [
    [1, "a", "x"],
    [null, null, "y"],
    [3, "é", "x"],
  ];
  const file = RecordBatchFileWriter.writeAll([batch, batch]).toUint8Array(true);
  const stream = RecordBatchStreamWriter.writeAll([batch, batch]).toUint8Array(true);

  it("are told apart by how they begin, and give the same rows", async () => {
    for (const bytes of [file, stream]) expect(await readRows(await openTable(bytes))).toEqual([...rows, ...rows]);
  });

  it("a stream may end without its end mark", async () => {
    expect(await readRows(await openTable(stream.slice(0, -8)))).toEqual([...rows, ...rows]);
  });

  it("cut off at twenty places is refused, or ends between two batches of a stream", async () => {
    for (const bytes of [file, stream]) {
      for (let k = 0; k < 20; k++) {
        const cut = bytes.slice(0, Math.floor((bytes.length * k) / 20));
        const read = openTable(cut).then((table) => readRows(table));
        await expect(read).rejects.toBeInstanceOf(FormatError);
      }
    }
  });

  it("what is not Arrow is refused", async () => {
    await expect(openTable(new TextEncoder().encode("id,name\n1,x\n"))).rejects.toThrow(/not an Arrow file/);
    await expect(openTable(new Uint8Array(0))).rejects.toThrow(FormatError);
    await expect(openTable(new TextEncoder().encode("FEA1....FEA1"))).rejects.toThrow(/Feather version 1/);
  });

  it("any byte changed: read or refused, never anything else", async () => {
    for (const bytes of [file, stream]) {
      for (let at = 0; at < bytes.length; at += 3) {
        const damaged = bytes.slice();
        damaged[at]! ^= 1 << (at % 8);
        try {
          await readRows(await openTable(damaged), 100_000);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }
    }
  });
});

describe("dictionaries", () => {
  const type = new Dictionary(new Utf8(), new Int32(), 7);
  const coded = (indices: number[], ...chunks: string[][]) => {
    const dictionary = new Vector(chunks.map((chunk) => vectorFromArray(chunk, new Utf8()).data[0]!));
    const data = makeData({ type, length: indices.length, nullCount: 0, data: Int32Array.from(indices), dictionary });
    return batchOf({ d: new Vector([data]) });
  };

  it("may be replaced, and may grow", async () => {
    const replaced = RecordBatchStreamWriter.writeAll([coded([0, 1], ["a", "b"]), coded([1, 0], ["p", "q"])]);
    expect(await readRows(await openTable(replaced.toUint8Array(true)))).toEqual([["a"], ["b"], ["q"], ["p"]]);
    const grown = RecordBatchStreamWriter.writeAll([coded([0, 2, 3], ["a", "b"], ["c", "d"])]);
    expect(await readRows(await openTable(grown.toUint8Array(true)))).toEqual([["a"], ["c"], ["d"]]);
  });

  it("must have the entries that are asked for", async () => {
    const bytes = RecordBatchStreamWriter.writeAll([coded([0, 5], ["a", "b"])]).toUint8Array(true);
    await expect(openTable(bytes).then((table) => readRows(table))).rejects.toThrow(FormatError);
  });
});

describe("one record batch larger than memory should hold", () => {
  const ROWS = 3_000_000;
  const numbers = Float64Array.from({ length: ROWS }, (_, i) => i * 0.5);
  const texts = vectorFromArray(
    Array.from({ length: 1000 }, (_, i) => (i % 7 === 0 ? null : `text ${i}`)),
    new Utf8(),
  ).data[0]!;
  const bytes = RecordBatchFileWriter.writeAll([batchOf({ numbers: makeVector(numbers) })]).toUint8Array(true);

  it("is read in slices by ranges, and any slice can be the first", async () => {
    let read = 0;
    const source = createMemorySource(bytes);
    const counting: ByteSource = {
      ...source,
      slice: async (start, end = bytes.length) => {
        expect(end - start).toBeLessThan(8 * 2 ** 20);
        read += end - start;
        return source.slice(start, end);
      },
    };
    const table = await openTable(counting);
    const firsts: number[] = [];
    let rows = 0;
    for await (const batch of table.batches()) {
      expect(batch.data.byteLength).toBeLessThan(8 * 2 ** 20);
      firsts.push(batch.getChildAt(0)!.get(0));
      rows += batch.numRows;
    }
    expect(rows).toBe(ROWS);
    expect(read).toBeLessThan(bytes.length * 1.1 + 100_000);
    read = 0;
    for await (const batch of table.batches(firsts.length - 2)) {
      expect(batch.getChildAt(0)!.get(0)).toBe(firsts.at(-2));
      break;
    }
    expect(read).toBeLessThan(bytes.length / 4);
  });

  it("keeps texts and nulls at their rows across slices", async () => {
    const many = RecordBatchStreamWriter.writeAll(
      Array.from({ length: 50 }, () => batchOf({ texts: makeVector(texts) })),
    ).toUint8Array(true);
    const rows = await readRows(await openTable(many));
    expect(rows.length).toBe(50_000);
    expect(rows.every(([text], i) => text === ((i % 1000) % 7 === 0 ? null : `text ${i % 1000}`))).toBe(true);
  });
});

/** See polars/write-files.cjs. */
describe("large compressed buffers, as Polars writes them", () => {
  const open = (name: string) =>
    openTable(new Uint8Array(readFileSync(join(import.meta.dirname, "polars", `${name}.arrow`))));
  const textAt = (id: number) =>
    id % 11 === 0 ? null : id % 3 === 0 ? "short" : `a text that is longer, number ${id % 400}`;

  it.each(["numbers-lz4", "numbers-zstd"])("%s: of which one would not fit into memory", async (name) => {
    let row = 0;
    let wrong = 0;
    for await (const batch of (await open(name)).batches()) {
      expect(batch.data.byteLength).toBeLessThan(10 * 2 ** 20);
      for (const value of batch.data.children[0]!.values as Float64Array) if (value !== row++ % 7) wrong++;
    }
    expect([row, wrong]).toEqual([4_300_000, 0]);
  });

  it.each(["texts-lz4", "texts-zstd", "sorted-lz4"])("%s: texts and nulls", async (name) => {
    const ids = new Set<number>();
    for await (const batch of (await open(name)).batches()) {
      for (const { id, text } of batch) {
        ids.add(id);
        expect(text).toBe(textAt(id));
      }
    }
    expect(ids.size).toBe(20_000);
  });

  it("any slice of them can be the first", async () => {
    const table = await open("numbers-lz4");
    const rows: number[] = [];
    for await (const batch of table.batches()) rows.push(batch.numRows);
    const from = Math.floor(rows.length / 2);
    const before = rows.slice(0, from).reduce((sum, count) => sum + count, 0);
    for await (const batch of table.batches(from)) {
      expect(batch.get(0)?.["x"]).toBe(before % 7);
      break;
    }
  });

  it("changed somewhere are read or refused, never anything else", async () => {
    const file = new Uint8Array(readFileSync(join(import.meta.dirname, "polars", "texts-zstd.arrow")));
    for (let i = 1; i < 60; i++) {
      const damaged = file.slice();
      damaged[Math.floor((file.length * i) / 60)]! ^= 1 << (i % 8);
      try {
        for await (const batch of (await openTable(damaged)).batches()) expect(batch.numRows).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
  });
});
