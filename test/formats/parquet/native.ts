import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Plain } from "../arrow/plain-values.ts";

/** Native DuckDB, the independent reader that files are compared with. Times in UTC, one thread, nothing from a network. */
export async function openNative(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  await connection.run("SET timezone = 'UTC'");
  return connection;
}

/** Rows of a query as DuckDB's client turns them into JSON. */
export async function nativeRows(connection: DuckDBConnection, sql: string): Promise<Plain[][]> {
  const result = await connection.runAndReadAll(sql);
  return result.getRowsJson() as Plain[][];
}

/** Zones off: readers give out UTC without zone, DuckDB's client writes `+00`, inside nested values too. */
export function withoutZones(value: Plain): Plain {
  if (typeof value === "string") return value.replace(/^([\d-]* ?\d\d:\d\d:\d\d(?:\.\d+)?)\+00$/, "$1");
  if (Array.isArray(value)) return value.map(withoutZones);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutZones(part)]));
}
