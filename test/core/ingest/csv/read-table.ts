import { ingestCsv } from "../../../../src/core/ingest/csv/ingest-csv.ts";
import type { CsvIngestInput } from "../../../../src/core/ingest/csv/ingest-input.ts";
import { tableSource } from "../../../../src/core/tables/table-layout.ts";
import type { CsvOptions } from "../../../../src/formats/csv/dialect.ts";
import { createMemoryDisk } from "../memory-disk.ts";
import { createNativeEngine, type NativeEngine, openBytes } from "./native-engine.ts";

/** A CSV file ingested into native DuckDB, its cells as text. */
export async function readTable(
  bytes: Uint8Array | string,
  options: CsvOptions = {},
  more: Partial<CsvIngestInput> & { engine?: NativeEngine } = {},
) {
  const engine = more.engine ?? (await createNativeEngine());
  try {
    const input = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    const rejects: { line: number; column: string | null; text: string; reason: string; row: number }[] = [];
    const offsets: (readonly [number, number])[] = [];
    const result = await ingestCsv({
      open: openBytes(input),
      target: { catalog: "memory", table: "t", rowGroupRows: 2_048, columnCount: 8 },
      disk: createMemoryDisk(),
      options,
      onRejects: ({ from, rejects: batch }) => {
        rejects.splice(from, Number.POSITIVE_INFINITY, ...batch);
      },
      onOffsets: ({ from, offsets: batch }) => {
        offsets.splice(from, Number.POSITIVE_INFINITY, ...batch);
      },
      ...more,
      engine,
    });
    const rows = await engine.texts(
      `SELECT * FROM ${tableSource({ catalog: "memory", table: "t" }, result.columns.length)}`,
    );
    return { ...result, cells: rows, names: result.columns.map((column) => column.name), rejected: rejects, offsets };
  } finally {
    if (more.engine === undefined) engine.close();
  }
}

/** Reads one file after the other with one engine, which saves most of the time that small ones take. */
export async function openTableReader() {
  const engine = await createNativeEngine();
  return {
    read: async (bytes: Uint8Array | string, options: CsvOptions = {}) => {
      try {
        return await readTable(bytes, options, { engine });
      } finally {
        const tables = await engine.rows<{ name: string }>("SELECT table_name AS name FROM duckdb_tables()");
        for (const { name } of tables) await engine.run(`DROP TABLE "${name}"`);
      }
    },
    close: () => engine.close(),
  };
}
