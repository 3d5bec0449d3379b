import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { CsvEngine } from "../../../../src/core/ingest/csv/ingest-input.ts";
import { EngineError } from "../../../../src/engine/errors.ts";

/** Native DuckDB behind the part of the engine port that an ingest uses: one thread, buffers as files in a temporary folder. */
export interface NativeEngine extends CsvEngine {
  readonly connection: DuckDBConnection;
  readonly statements: string[];
  /** All rows of a query, values as text. */
  texts(sql: string): Promise<(string | null)[][]>;
  close(): void;
}

export async function createNativeEngine(path = ":memory:"): Promise<NativeEngine> {
  const folder = mkdtempSync(join(tmpdir(), "eider-csv-"));
  const instance = await DuckDBInstance.create(path, { threads: "1" });
  const connection = await instance.connect();
  const files = new Map<string, string>();
  const statements: string[] = [];
  const place = (sql: string) => {
    let placed = sql;
    for (const [name, file] of files) placed = placed.replaceAll(`'${name}'`, `'${file}'`);
    return placed;
  };
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw new EngineError("query_failed", (error as Error).message, { cause: error });
    }
  };
  return {
    connection,
    statements,
    async run(sql) {
      statements.push(sql);
      await guard(() => connection.run(place(sql)));
    },
    async rows<T extends Record<string, unknown>>(sql: string) {
      statements.push(sql);
      const reader = await guard(() => connection.runAndReadAll(place(sql)));
      return reader.getRowObjects() as T[];
    },
    async registerBuffer(name, bytes) {
      const file = join(folder, name);
      writeFileSync(file, bytes);
      files.set(name, file);
    },
    async dropBuffer(name) {
      rmSync(files.get(name)!);
      files.delete(name);
    },
    async texts(sql) {
      const reader = await connection.runAndReadAll(`SELECT COLUMNS(*)::VARCHAR FROM (${sql})`);
      return reader.getRows() as (string | null)[][];
    },
    close() {
      connection.closeSync();
      instance.closeSync();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A stream of bytes from an offset, in chunks of an odd size. */
export function openBytes(bytes: Uint8Array, chunk = 65_537): (offset: number) => ReadableStream<Uint8Array> {
  return (offset) => {
    let at = offset;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, at + chunk));
        at += chunk;
      },
    });
  };
}
