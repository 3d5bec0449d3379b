import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFolder, profileTables, type SqlPort } from "../../../scripts/ask/profile-tables.ts";
import type { TableInfo } from "../../../src/ask/types.ts";
import { describeTable } from "../../../src/core/questions/describe-columns.ts";
import { profileTable } from "../../../src/profile/index.ts";
import type { ColumnInfo } from "../../../src/storage/schema.ts";
import { customers, toCsv } from "../../e2e/ask/tables.ts";

const folder = mkdtempSync(join(tmpdir(), "eider-describe-"));
let port: SqlPort;
let expected: TableInfo;
let columns: ColumnInfo[];

const TYPES: Record<string, string> = {
  integer: "BIGINT",
  float: "DOUBLE",
  boolean: "BOOLEAN",
  date: "DATE",
  string: "VARCHAR",
};

beforeAll(async () => {
  writeFileSync(join(folder, "customers.csv"), toCsv(customers));
  port = await openFolder(folder);
  // Counted by plain aggregates, one column at a time.
  expected = (await profileTables(port))[0]!;
  columns = expected.columns.map(({ name, type }) => ({
    name,
    type,
    duckdbType: TYPES[type] ?? "VARCHAR",
    nullable: true,
    unique: name === "customer_id" || name === "email",
    confidence: 1,
  }));
});

afterAll(() => {
  port.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(sql: string): Promise<Record<string, unknown>[]> {
  const { columns: names, rows } = await port.runSql(sql);
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
}

/** Values as a map, as ties may come in any order. */
const byValue = (column: TableInfo["columns"][number] | undefined) =>
  new Map((column?.topValues ?? []).map(({ value, count }) => [value, count]));

describe("a table whose statistics are not kept", () => {
  test("is described as plain aggregates count it", async () => {
    const table = await describeTable({ name: "customers", rows: customers.length, columns }, run);
    expect(table).toMatchObject({ name: "customers", rows: 500 });
    for (const [i, column] of table.columns.entries()) {
      const plain = expected.columns[i];
      expect(column, column.name).toMatchObject({ name: plain?.name, distinct: plain?.distinct, nulls: plain?.nulls });
      expect([column.min, column.max], column.name).toEqual([plain?.min, plain?.max]);
      expect(byValue(column), column.name).toEqual(byValue(plain));
    }
  });

  test("with no more than names and types when there is no time", async () => {
    const table = await describeTable({ name: "customers", rows: customers.length, columns }, async () => undefined);
    expect(table.columns).toEqual(columns.map(({ name, type }) => ({ name, type })));
  });

  test("long tables are sampled, and never said to be known whole where they are not", async () => {
    const long = "SELECT i AS id, i % 7 AS kind, 'name ' || (i % 30000) AS name FROM range(300000) t(i)";
    await port.runSql(`CREATE VIEW long AS ${long}`);
    const info = (name: string, type: ColumnInfo["type"], unique = false): ColumnInfo => ({
      ...{ name, type, unique, nullable: false, confidence: 1 },
      duckdbType: TYPES[type] ?? "VARCHAR",
    });
    const table = await describeTable(
      {
        name: "long",
        rows: 300_000,
        columns: [info("id", "integer", true), info("kind", "integer"), info("name", "string")],
      },
      run,
    );
    const [id, kind, name] = table.columns;
    expect(id).toMatchObject({ distinct: 300_000, nulls: 0, min: 0, max: 299_999 });
    expect([...byValue(kind).keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(Math.abs((name?.distinct ?? 0) - 30_000)).toBeLessThan(6_000);
    expect(name?.topValues?.length).toBe(50);
    expect(name?.sampleValues?.length).toBe(200);
  });

  test("prose, nested values and names with quotes", async () => {
    await port.runSql(
      `CREATE VIEW odd AS SELECT repeat('x', 500) AS "a ""b"" c", [1, 2] AS list, NULL::VARCHAR AS nothing`,
    );
    const info = (name: string, duckdbType: string, type: ColumnInfo["type"]) => ({
      ...{ name, duckdbType, type, nullable: true, unique: false, confidence: 1 },
    });
    const table = await describeTable(
      {
        name: "odd",
        rows: 1,
        columns: [
          info('a "b" c', "VARCHAR", "string"),
          info("list", "INTEGER[]", "json"),
          info("nothing", "VARCHAR", "string"),
        ],
      },
      run,
    );
    const [prose, list, nothing] = table.columns;
    expect(prose).toMatchObject({ distinct: 1, topValues: [] });
    expect(String(prose?.min).length).toBeLessThan(200);
    expect(list).toEqual({ name: "list", type: "json" });
    expect(nothing).toMatchObject({ distinct: 0, nulls: 1, min: null, max: null });
  });

  test("a table of thousands of columns takes a bounded number of statements", async () => {
    const wide = Array.from({ length: 5_000 }, (_, i) => ({ ...columns[0]!, name: `c${i}` }));
    const statements: string[] = [];
    const table = await describeTable({ name: "wide", rows: 10, columns: wide }, async (sql) => {
      statements.push(sql);
      return undefined;
    });
    expect(table.columns.length).toBe(5_000);
    expect(statements.length).toBeLessThan(20);
  });
});

test("kept statistics say the same, and save the pass over all columns", async () => {
  const engine = {
    rows: async <T extends Record<string, unknown>>(sql: string) => (await run(sql)) as T[],
    run: async (sql: string) => void (await port.runSql(sql)),
  };
  const profile = await profileTable(engine, {
    name: "customers",
    rows: customers.length,
    columns: columns.map(({ name, duckdbType }) => ({ name, type: duckdbType })),
  });
  const statements: string[] = [];
  const table = await describeTable({ name: "customers", rows: customers.length, columns, profile }, (sql) => {
    statements.push(sql);
    return run(sql);
  });
  for (const [i, column] of table.columns.entries()) {
    const plain = expected.columns[i];
    expect(column, column.name).toMatchObject({ distinct: plain?.distinct, nulls: plain?.nulls });
    expect(byValue(column), column.name).toEqual(byValue(plain));
    if (plain?.type !== "string" && plain?.type !== "boolean")
      expect([column.min, column.max], column.name).toEqual([plain?.min, plain?.max]);
  }
  expect(statements.join("\n")).not.toContain("approx_count_distinct");
  expect(statements.length).toBeLessThan(columns.length);
});
