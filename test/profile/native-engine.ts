import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { ProfileEngine, ProfileTable } from "../../src/profile/types.ts";

export interface NativeEngine extends ProfileEngine {
  /** Statements run so far. */
  statements: string[];
  describe(name: string): Promise<ProfileTable>;
  close(): void;
}

/** Native DuckDB behind the port of `src/profile`, with one thread and a small memory limit. */
export async function openNativeEngine(path = ":memory:", memoryLimit = "48MB"): Promise<NativeEngine> {
  const instance = await DuckDBInstance.create(path, { threads: "1" });
  const connection: DuckDBConnection = await instance.connect();
  await connection.run(`SET memory_limit='${memoryLimit}'`);
  const spill = mkdtempSync(join(tmpdir(), "eider-spill-"));
  await connection.run(`SET temp_directory='${spill}'`);
  await connection.run("SET preserve_insertion_order=false");
  const statements: string[] = [];
  const engine: NativeEngine = {
    statements,
    async rows<T extends Record<string, unknown>>(sql: string): Promise<T[]> {
      statements.push(sql);
      try {
        const reader = await connection.runAndReadAll(sql);
        return reader.getRowObjects() as unknown as T[];
      } catch (cause) {
        throw new Error(`${(cause as Error).message}\nin: ${sql.slice(0, 2000)}`, { cause });
      }
    },
    async run(sql) {
      await connection.run(sql);
    },
    async describe(name) {
      const columns = await engine.rows<{ name: string; type: string }>(
        `SELECT column_name AS name, data_type AS type FROM duckdb_columns() WHERE table_name = '${name.replaceAll("'", "''")}' ORDER BY column_index`,
      );
      const [count] = await engine.rows<{ n: number }>(
        `SELECT count(*)::DOUBLE AS n FROM "${name.replaceAll('"', '""')}"`,
      );
      return { name, rows: count?.n ?? 0, columns };
    },
    close() {
      connection.closeSync();
      instance.closeSync();
      rmSync(spill, { recursive: true, force: true });
    },
  };
  return engine;
}
