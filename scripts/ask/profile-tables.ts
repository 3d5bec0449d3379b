/** Loads a folder of CSV files into native DuckDB and profiles it the way the planner wants to know its tables. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { CellValue, ColumnInfo, ColumnType, TableInfo } from "../../src/ask/types.ts";

/** Runs SQL and gives rows of plain values. The port behind which another engine can stand. */
export interface SqlPort {
  runSql(sql: string): Promise<{ columns: string[]; rows: CellValue[][] }>;
  close(): void;
}

/** Columns with at most this many distinct values are told whole. */
const ALL_VALUES = 1000;
const SAMPLE = 200;

/** Opens an in-memory database with one table per CSV file of the folder. */
export async function openFolder(folder: string): Promise<SqlPort> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  for (const file of readdirSync(folder)
    .filter((name) => name.toLowerCase().endsWith(".csv"))
    .sort()) {
    const table = basename(file).slice(0, -4);
    await connection.run(
      `CREATE TABLE ${quote(table)} AS SELECT * FROM read_csv(${literal(join(folder, file))}, header = true, sample_size = -1)`,
    );
  }
  return openConnection(connection);
}

/** The tables of a connection that is open already. */
export function openConnection(connection: DuckDBConnection): SqlPort {
  return { runSql: (sql) => readRows(connection, sql), close: () => connection.closeSync() };
}

async function readRows(
  connection: DuckDBConnection,
  sql: string,
): Promise<{ columns: string[]; rows: CellValue[][] }> {
  const reader = await connection.runAndReadAll(sql);
  const rows = reader.getRowsJson() as unknown[][];
  const types = reader.columnTypes().map(String);
  return {
    columns: reader.columnNames(),
    rows: rows.map((row) => row.map((value, i) => plainValue(value, types[i] ?? ""))),
  };
}

function plainValue(value: unknown, type: string): CellValue {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /^(U?(BIG|HUGE|SMALL|TINY)?INT(EGER)?|DECIMAL|DOUBLE|FLOAT|REAL|UBIGINT|HUGEINT)/.test(type)
    ? Number(text)
    : text;
}

/** Describes every table of an opened database. */
export async function profileTables(port: SqlPort): Promise<TableInfo[]> {
  const tables: TableInfo[] = [];
  const names = await port.runSql(
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY table_name",
  );
  for (const [name] of names.rows) {
    const table = quote(String(name));
    const rows = Number((await port.runSql(`SELECT count(*) FROM ${table}`)).rows[0]?.[0] ?? 0);
    const described = await port.runSql(
      `SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ${literal(String(name))} ORDER BY ordinal_position`,
    );
    const columns: ColumnInfo[] = [];
    for (const [column, type] of described.rows)
      columns.push(await profileColumn(port, table, String(column), mapType(String(type))));
    tables.push({ name: String(name), rows, columns });
  }
  return tables;
}

async function profileColumn(port: SqlPort, table: string, name: string, type: ColumnType): Promise<ColumnInfo> {
  const column = quote(name);
  const [stats] = (
    await port.runSql(
      `SELECT count(DISTINCT ${column}), count(*) - count(${column}), min(${column}), max(${column}) FROM ${table}`,
    )
  ).rows;
  const distinct = Number(stats?.[0] ?? 0);
  const top = await port.runSql(
    `SELECT ${column}, count(*) AS n FROM ${table} WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT ${distinct <= ALL_VALUES ? ALL_VALUES : 50}`,
  );
  const info: ColumnInfo = {
    name,
    type,
    distinct,
    nulls: Number(stats?.[1] ?? 0),
    min: stats?.[2] ?? null,
    max: stats?.[3] ?? null,
    topValues: top.rows.map(([value, count]) => ({ value: value ?? null, count: Number(count) })),
  };
  if (distinct > ALL_VALUES) {
    const sample = await port.runSql(
      `SELECT DISTINCT ${column} FROM ${table} WHERE ${column} IS NOT NULL ORDER BY hash(${column}) LIMIT ${SAMPLE}`,
    );
    info.sampleValues = sample.rows.map(([value]) => value ?? null);
  }
  return info;
}

function mapType(type: string): ColumnType {
  if (/^(BOOLEAN)/.test(type)) return "boolean";
  if (/^(U?(BIG|HUGE|SMALL|TINY)?INT(EGER)?)/.test(type)) return "integer";
  if (/^(DECIMAL|DOUBLE|FLOAT|REAL)/.test(type)) return "float";
  if (type === "DATE") return "date";
  if (/^TIMESTAMP/.test(type)) return "datetime";
  if (type === "TIME") return "time";
  return type === "JSON" ? "json" : "string";
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
