import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RecordBatch, RecordBatchReader, Table, Utf8, vectorFromArray } from "apache-arrow";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Bench } from "../../../src/core/ingest/bench.ts";
import { loadBatches } from "../../../src/core/ingest/load-batches.ts";
import { attachOptions } from "../../../src/core/tables/table-layout.ts";
import type { Engine } from "../../../src/engine/types.ts";
import type { FormatTable } from "../../../src/formats/source.ts";
import { createNativeEngine, type NativeEngine } from "./csv/native-engine.ts";
import { createMemoryDisk } from "./memory-disk.ts";

const ROW_GROUP_ROWS = 2_048;
/** Lets native DuckDB write a table as Eider's engine would. */
async function withTarget(work: (engine: NativeEngine) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "eider-load-"));
  const engine = await createNativeEngine();
  try {
    await engine.run(`ATTACH '${join(folder, "t.duckdb")}' AS t ${attachOptions(ROW_GROUP_ROWS)}`);
    await work(engine);
  } finally {
    engine.close();
    rmSync(folder, { recursive: true });
  }
}

const target = { catalog: "t", table: "data", rowGroupRows: ROW_GROUP_ROWS, columnCount: 4 };
const text = (i: number): string | null => (i % 7 === 0 ? null : `text ${i % 50}`);

/** Rows `0 … rows - 1` in batches of so many. */
function tableOf(rows: number, batchRows: number): FormatTable {
  const batches: RecordBatch[] = [];
  for (let start = 0; start < rows; start += batchRows) {
    const ids = Array.from({ length: Math.min(batchRows, rows - start) }, (_, i) => start + i);
    const columns = {
      id: vectorFromArray(Int32Array.from(ids)),
      name: vectorFromArray(ids.map(text), new Utf8()),
      isEven: vectorFromArray(ids.map((i) => i % 2 === 0)),
    };
    batches.push(...(new Table(columns).batches as RecordBatch[]));
  }
  return {
    name: undefined,
    schema: batches[0]!.schema,
    rowCount: rows,
    async *batches(from = 0) {
      yield* batches.slice(from);
    },
  };
}

/** Native DuckDB has no way in for Arrow streams: their rows are inserted as values. */
function createBench(engine: NativeEngine, dies: (statement: string) => boolean): Bench {
  const run = async (sql: string, work: () => Promise<void>) => {
    const died = dies(sql);
    if (died) throw new Error("killed");
    await work();
    if (dies(sql)) throw new Error("killed");
  };
  const insertArrow: Engine["insertArrow"] = async ({ catalog, name }, ipc) => {
    const rows = [...RecordBatchReader.from(Buffer.concat(ipc))].flatMap((batch) => [...batch]);
    const literal = (value: unknown) => (typeof value === "string" ? `'${value}'` : `${value}`);
    const values = rows.map((row) => `(${Object.values(row!.toJSON()).map(literal).join(", ")})`);
    await run("insert", () => engine.run(`INSERT INTO ${catalog}.${name} VALUES ${values.join(", ")}`));
  };
  return {
    disk: createMemoryDisk(),
    notes: { get: () => undefined, put: () => undefined, list: () => [], delete: () => undefined },
    engine: { ...engine, run: (sql: string) => run(sql, () => engine.run(sql)), insertArrow } as unknown as Engine,
    report: () => undefined,
    checkpoint: () => undefined,
    signal: new AbortController().signal,
  };
}

it("loads every row once, after being killed anywhere, and leaves no row group short but the last", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9_000 }),
      fc.integer({ min: 300, max: 5_000 }),
      fc.constantFrom(1, 30_000, 100_000_000),
      fc.nat({ max: 40 }),
      async (rows, batchRows, transactionBytes, killAt) => {
        await withTarget(async (engine) => {
          const source = tableOf(rows, batchRows);
          let statements = 0;
          const dying = createBench(engine, () => statements++ === killAt);
          await loadBatches(dying, source, target, transactionBytes).catch((error: Error) =>
            expect(error.message).toBe("killed"),
          );
          await engine.run("ROLLBACK").catch(() => undefined);
          const bench = createBench(engine, () => false);
          expect(await loadBatches(bench, source, target, transactionBytes)).toBe(rows);
          expect(await engine.texts("SELECT id, name, isEven FROM t.data")).toEqual(
            Array.from({ length: rows }, (_, i) => [`${i}`, text(i), `${i % 2 === 0}`]),
          );
          await engine.run("CHECKPOINT t");
          const groups = await engine.texts(
            `SELECT sum(count) FROM pragma_storage_info('t.data') WHERE column_name = 'id' AND segment_type = 'INTEGER'
             GROUP BY row_group_id ORDER BY row_group_id`,
          );
          expect(groups.slice(0, -1)).toEqual(groups.slice(0, -1).map(() => [`${ROW_GROUP_ROWS}`]));
        });
      },
    ),
    { numRuns: 25, endOnFailure: true },
  );
}, 60_000);

it("compresses long columns of texts that hardly repeat with Zstandard, and leaves all others to DuckDB", async () => {
  const rows = 20_000;
  const ids = Array.from({ length: rows }, (_, i) => i);
  const columns = {
    unique: vectorFromArray(
      ids.map((i) => (i % 9 === 0 ? null : `somebody number ${i * 7919} @ example.com`)),
      new Utf8(),
    ),
    repeated: vectorFromArray(
      ids.map((i) => `one of some hundred long categories: ${i % 300}`),
      new Utf8(),
    ),
    short: vectorFromArray(
      ids.map((i) => `${i}`),
      new Utf8(),
    ),
  };
  const [batch] = new Table(columns).batches as RecordBatch[];
  await withTarget(async (engine) => {
    const bench = createBench(engine, () => false);
    const source = {
      name: undefined,
      schema: batch!.schema,
      rowCount: rows,
      async *batches() {
        yield batch!;
      },
    };
    expect(await loadBatches(bench, source, target)).toBe(rows);
    await engine.run("CHECKPOINT t");
    const compressions = await engine.texts(
      `SELECT column_name, list(DISTINCT compression ORDER BY compression) FROM pragma_storage_info('t.data')
       WHERE segment_type = 'VARCHAR' GROUP BY column_name ORDER BY column_name`,
    );
    expect(compressions).toEqual([
      ["repeated", "[DICT_FSST]"],
      ["short", "[DICT_FSST]"],
      ["unique", "[ZSTD]"],
    ]);
    expect(await engine.texts("SELECT * FROM t.data")).toEqual(
      ids.map((i) => [columns.unique.get(i), columns.repeated.get(i), columns.short.get(i)]),
    );
  });
}, 60_000);
