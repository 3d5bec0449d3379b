import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nativeRows, openNative } from "../formats/parquet/native.ts";
import { type Answer, TestUser } from "./client.ts";
import { downloadFile, exportFiles } from "./exporting.ts";

/** Types that no format but DuckDB's own has all of: how to make them, and what they are elsewhere. */
const TYPES: Record<string, { values: string; parquet?: string; isNested?: true }> = {
  zoned: {
    values:
      "['2024-02-29 12:00:00.5+02'::TIMESTAMPTZ, '1969-12-31 23:59:59.999999+00'::TIMESTAMPTZ, NULL, '0001-01-01 00:00:00+00'::TIMESTAMPTZ]",
  },
  // Parquet's own intervals have milliseconds and no sign.
  span: {
    parquet: "VARCHAR",
    values: "[INTERVAL '14 months 3 days 1.5 seconds', INTERVAL '-1 day', NULL, INTERVAL '100 hours']",
  },
  mood: { values: "['sad', 'happy, \"very\"', NULL, 'sad']::ENUM('happy, \"very\"', 'sad')[]", parquet: "VARCHAR" },
  id: {
    values:
      "['00000000-0000-0000-0000-00000000000a', 'ffffffff-ffff-ffff-ffff-ffffffffffff', NULL, '550e8400-e29b-41d4-a716-446655440000']::UUID[]",
  },
  clock: { values: "['00:00:00', '23:59:59.999999', NULL, '12:30:00.25']::TIME[]" },
  huge: {
    values: "[99999999999999999999999999999999999999, -1, NULL, -99999999999999999999999999999999999999]::HUGEINT[]",
    parquet: "DECIMAL(38,0)",
  },
  lists: {
    values: "[[['2024-01-01'::DATE, NULL], []], [NULL, []], NULL, []]::DATE[][][]",
    isNested: true,
  },
  records: {
    values:
      "[{'at': TIMESTAMP '2024-01-02 03:04:05.678', 'tags': ['a\"b', NULL], 'in': {'n': 9007199254740993}}, {'at': NULL, 'tags': [], 'in': {'n': NULL}}, NULL, {'at': TIMESTAMP '1969-07-20 20:17:40', 'tags': NULL, 'in': NULL}]",
    isNested: true,
  },
  pairs: {
    values: "[MAP {'k': [1, NULL], 'l \"m\"': []}, MAP {}, NULL, MAP {'': NULL}]::MAP(VARCHAR, INTEGER[])[]",
    isNested: true,
  },
};
const NAMES = Object.keys(TYPES);
const SELECT = `SELECT ${NAMES.map((name) => `unnest(${TYPES[name]?.values}) AS ${name}`).join(", ")}`;

const user = new TestUser();
let native: DuckDBConnection;
let folder: string;
let session: Answer["body"];
/** Each column's type by native DuckDB. */
let typeOf: Map<string, string>;

beforeAll(async () => {
  native = await openNative();
  await native.run("SET TimeZone = 'UTC'");
  folder = mkdtempSync(join(tmpdir(), "eider-types-"));
  const upload = await user.upload({ "any.csv": "x\n1\n" });
  session = await user.session(upload.upload_id);
  typeOf = new Map(
    (await nativeRows(native, `SELECT column_name, column_type FROM (DESCRIBE ${SELECT})`)) as [string, string][],
  );
});
afterAll(() => {
  native.closeSync();
  rmSync(folder, { recursive: true });
});

/** Exports the rows, and saves the file where native DuckDB can read it. */
async function save(format: string, sql = SELECT): Promise<string> {
  const done = await exportFiles(user, { session_id: session.session_id, query: sql, format });
  expect(done, JSON.stringify(done)).toMatchObject({ status: "completed", error: null });
  const path = join(folder, `types.${format}`);
  writeFileSync(path, await downloadFile(user, done.files[0]));
  return path;
}

const asText = (columns: readonly string[], from: string, cast: (name: string) => string = (name) => name) =>
  nativeRows(native, `SELECT ${columns.map((name) => `(${cast(name)})::VARCHAR AS ${name}`).join(", ")} FROM ${from}`);

describe("native DuckDB reads equal values", () => {
  test("of Parquet, with their types", async () => {
    const path = await save("parquet");
    expect(await asText(NAMES, `'${path}'`)).toEqual(await asText(NAMES, `(${SELECT})`));
    const types = await nativeRows(native, `SELECT column_name, column_type FROM (DESCRIBE FROM '${path}')`);
    expect(types).toEqual(NAMES.map((name) => [name, TYPES[name]?.parquet ?? typeOf.get(name)]));
  });

  test("of CSV, nested ones as JSON", async () => {
    const path = await save("csv");
    const cast = (name: string) =>
      TYPES[name]?.isNested ? `CAST(${name}::JSON AS ${typeOf.get(name)})` : `CAST(${name} AS ${typeOf.get(name)})`;
    const read = `read_csv('${path}', all_varchar = true, header = true, quote = '"', escape = '"', delim = ',')`;
    expect(await asText(NAMES, read, cast)).toEqual(await asText(NAMES, `(${SELECT})`));
  });

  test.each(["json", "ndjson"])("of %s", async (format) => {
    const path = await save(format);
    const types = NAMES.map((name) => `${name}: '${typeOf.get(name)?.replaceAll("'", "''")}'`).join(", ");
    const read = `read_json('${path}', columns = {${types}}, format = '${format === "json" ? "array" : "newline_delimited"}')`;
    expect(await asText(NAMES, read)).toEqual(await asText(NAMES, `(${SELECT})`));
  });
});

test("an Arrow library reads the columns of Arrow, times with their zone", async () => {
  const table = tableFromIPC(new Uint8Array(readFileSync(await save("arrow"))));
  expect(table.numRows).toBe(4);
  expect(table.schema.fields.map((field) => field.name)).toEqual(NAMES);
  expect(String(table.schema.fields[0]?.type)).toBe("Timestamp<MICROSECOND, UTC>");
  expect([...table.getChild("id")!]).toEqual((await asText(["id"], `(${SELECT})`)).flat());
});

/** JSON's objects are no maps where their names differ, and CSV has text alone: these come back as JSON text. */
const LOST: Record<string, string[]> = { ndjson: ["pairs"], csv: NAMES.filter((name) => TYPES[name]?.isNested) };

test.each(["parquet", "arrow", "ndjson", "csv"])("out as %s and back in, they are what they were", async (format) => {
  const path = await save(format);
  const name = `types.${format}`;
  const again = await user.upload({ [name]: new Uint8Array(readFileSync(path)) }, "application/octet-stream");
  expect(again.status, JSON.stringify(again.files[0].error)).toBe("complete");
  const second = await user.session(again.upload_id);
  const names = NAMES.filter((column) => !LOST[format]?.includes(column));
  // What a format holds as text may come back as text.
  const list = (from: string) =>
    `SELECT ${names.map((column) => (column === "huge" ? "huge::VARCHAR" : column)).join(", ")} FROM ${from}`;
  const after = await user.query(second.session_id, list("types"));
  const before = await user.query(session.session_id, list(`(${SELECT})`));
  expect(after.body.rows).toEqual(before.body.rows);
  await user.call("DELETE", `/data/sessions/${second.session_id}`);
});
