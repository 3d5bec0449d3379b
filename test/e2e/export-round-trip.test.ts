import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { RecordBatchFileReader } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nativeRows, openNative } from "../formats/parquet/native.ts";
import { type Answer, TestUser } from "./client.ts";
import { downloadFile, exportFiles } from "./exporting.ts";

/** Every type that a table can hold, as native DuckDB writes it; each format then holds what it can. */
const FLAT = `SELECT unnest([-128, 127, NULL])::TINYINT AS i8, unnest([-32768, 32767, NULL])::SMALLINT i16,
  unnest([-2147483648, NULL, 2147483647])::INTEGER i32, unnest([-9223372036854775808, 9007199254740993, NULL]::BIGINT[]) i64,
  unnest([255, 0, NULL])::UTINYINT u8, unnest([65535, 0, NULL])::USMALLINT u16, unnest([4294967295, 0, NULL])::UINTEGER u32,
  unnest([18446744073709551615, 0, NULL]::UBIGINT[]) u64, unnest([0.1, NULL, 1e38])::FLOAT f32, unnest([1e300, NULL, -0.5]) f64,
  unnest([-1.5, NULL, 99.99])::DECIMAL(4, 2) d4, unnest([-12345678.9, NULL, 0])::DECIMAL(18, 3) d18,
  unnest(['-12345678901234567890123456.123456789012', NULL, '0'])::DECIMAL(38, 12) d38,
  unnest([true, NULL, false]) flag, unnest(['', 'naïve 🦆, "quoted"', NULL]) words, unnest([repeat('long ', 50), chr(10) || 'x', 'NULL']) more,
  unnest(['1582-10-04', '1970-01-01', NULL]::DATE[]) AS born, unnest(['00:00:00', '23:59:59.999999', NULL]::TIME[]) clock,
  unnest(['1969-12-31 23:59:59.999999', '9999-12-31 00:00:00', NULL]::TIMESTAMP[]) micro,
  unnest(['1969-12-31 23:59:59.999', NULL, '1900-01-01 00:00:00.001']::TIMESTAMP_MS[]) milli,
  unnest(['1969-12-31 23:59:59.999999999', NULL, '2020-02-29 00:00:00']::TIMESTAMP_NS[]) nano`;
const NESTED = `SELECT unnest([1, 2, 3, 4]) id, unnest(['\\x00\\xFF'::BLOB, ''::BLOB, NULL, 'ab'::BLOB]) bytes,
  unnest(['nan', 'inf', '-inf', '-0.1']::DOUBLE[]) odd, unnest([[1, NULL, 2], [], NULL, [3]]) AS items,
  unnest([[['x'], []], [NULL, [NULL]], [], NULL]) lists,
  unnest([{'p': 1, 'q r': 'x'}, NULL, {'p': NULL, 'q r': NULL}, {'p': 2, 'q r': ''}]) AS entry,
  unnest([MAP {'k': 1, 'l': NULL}, MAP {}, NULL, MAP {'m': 3}]) AS pairs`;

const user = new TestUser();
let native: DuckDBConnection;
let folder: string;
let upload: Answer["body"];
let session: Answer["body"];

beforeAll(async () => {
  native = await openNative();
  folder = mkdtempSync(join(tmpdir(), "eider-round-trip-"));
  const bytes = async (name: string, sql: string) => {
    const path = join(folder, name);
    await native.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
    return new Uint8Array(readFileSync(path));
  };
  const files = {
    "flat.parquet": await bytes("flat.parquet", FLAT),
    "nested.parquet": await bytes("nested.parquet", NESTED),
  };
  upload = await user.upload(files, "application/vnd.apache.parquet");
  session = await user.session(upload.upload_id);
});
afterAll(() => {
  native.closeSync();
  rmSync(folder, { recursive: true });
});

const exportQuery = (table: string, format: string) =>
  exportFiles(user, { session_id: session.session_id, query: `SELECT * FROM ${table}`, format });

/** Downloads the only file of an export to a path that native DuckDB can read. */
async function save(done: Answer["body"]): Promise<string> {
  expect(done, JSON.stringify(done)).toMatchObject({ status: "completed", error: null });
  expect(done.files).toHaveLength(1);
  const path = join(folder, `${done.export_id}-${done.files[0].filename}`);
  writeFileSync(path, await downloadFile(user, done.files[0]));
  return path;
}

/** Names and types of a table as Eider holds them. */
async function columnsOf(table: string): Promise<{ name: string; type: string }[]> {
  const { body } = await user.query(session.session_id, `DESCRIBE ${table}`);
  return body.rows.map(([name, type]: string[]) => ({ name, type }));
}

const sourceOf = (table: string) => join(folder, `${table}.parquet`);

describe.each(["flat", "nested"])("%s", (table) => {
  test("as Parquet: native DuckDB reads equal values and types", async () => {
    const path = await save(await exportQuery(table, "parquet"));
    expect(await nativeRows(native, `FROM '${path}'`)).toEqual(await nativeRows(native, `FROM '${sourceOf(table)}'`));
    const types = await nativeRows(native, `SELECT column_name, column_type FROM (DESCRIBE FROM '${path}')`);
    expect(types).toEqual((await columnsOf(table)).map(({ name, type }) => [name, type]));
  });

  test("as Arrow: a file with a footer, and back in it is equal", async () => {
    const path = await save(await exportQuery(table, "arrow"));
    const reader = RecordBatchFileReader.from(new Uint8Array(readFileSync(path))).open();
    expect(reader.isFile()).toBe(true);
    expect(reader.schema.fields.map((field) => field.name)).toEqual((await columnsOf(table)).map(({ name }) => name));
    expect([...reader].reduce((rows, batch) => rows + batch.numRows, 0)).toBe(table === "flat" ? 3 : 4);
  });

  test("as CSV: native DuckDB reads equal values, given the types", async () => {
    const path = await save(await exportQuery(table, "csv"));
    const columns = (await columnsOf(table)).filter(({ type }) => !/BLOB|\[\]|STRUCT|MAP/.test(type));
    const list = columns.map(({ name, type }) => `TRY_CAST("${name}" AS ${type})`).join(", ");
    const read = `read_csv('${path}', all_varchar = true, header = true, quote = '"', escape = '"', delim = ',')`;
    const names = columns.map(({ name }) => `"${name}"`).join(", ");
    const emptyAsNull = (rows: unknown[][]) => rows.map((row) => row.map((cell) => (cell === "" ? null : cell)));
    expect(emptyAsNull(await nativeRows(native, `SELECT ${list} FROM ${read}`))).toEqual(
      emptyAsNull(await nativeRows(native, `SELECT ${names} FROM '${sourceOf(table)}'`)),
    );
  });

  test.each(["json", "ndjson"])("as %s: native DuckDB reads equal values, given the types", async (format) => {
    const path = await save(await exportQuery(table, format));
    const columns = (await columnsOf(table)).filter(({ type }) => !/BLOB|MAP/.test(type) && type !== "DOUBLE");
    const types = columns.map(({ name, type }) => `"${name}": '${type.replaceAll("'", "''")}'`).join(", ");
    const read = `read_json('${path}', columns = {${types}}, format = '${format === "json" ? "array" : "newline_delimited"}')`;
    const names = columns.map(({ name }) => `"${name}"`).join(", ");
    expect(await nativeRows(native, `SELECT ${names} FROM ${read}`)).toEqual(
      await nativeRows(native, `SELECT ${names} FROM '${sourceOf(table)}'`),
    );
  });
});

test.each(["parquet", "arrow"])("what goes out as %s and comes back in is equal, types included", async (format) => {
  for (const table of ["flat", "nested"]) {
    const path = await save(await exportQuery(table, format));
    const name = `back.${format}`;
    const again = await user.upload({ [name]: new Uint8Array(readFileSync(path)) }, "application/octet-stream");
    expect(again.status, JSON.stringify(again.files[0].error)).toBe("complete");
    const second = await user.session(again.upload_id);
    const rows = await user.query(second.session_id, "SELECT * FROM back");
    const before = await user.query(session.session_id, `SELECT * FROM ${table}`);
    expect(rows.body.rows).toEqual(before.body.rows);
    expect(rows.body.column_types).toEqual(before.body.column_types);
    await user.call("DELETE", `/data/sessions/${second.session_id}`);
  }
});

test.each(["csv", "json", "ndjson", "xlsx"])("plain values that go out as %s come back in equal", async (format) => {
  const query = `SELECT * FROM (VALUES (1, 'a, "b"', DATE '2024-02-29', 1.5::DOUBLE, true, TIMESTAMP '2024-01-02 03:04:05.678'),
    (2, 'ünï 🦆', DATE '1969-07-20', -0.25, false, TIMESTAMP '1999-12-31 23:59:59'), (NULL, NULL, NULL, NULL, NULL, NULL))
    AS t(id, words, born, score, flag, moment)`;
  const done = await exportFiles(user, { session_id: session.session_id, query, format });
  const path = await save(done);
  const again = await user.upload(
    { [`plain.${format}`]: new Uint8Array(readFileSync(path)) },
    "application/octet-stream",
  );
  expect(again.status, JSON.stringify(again.files[0].error)).toBe("complete");
  const second = await user.session(again.upload_id);
  const rows = await user.query(second.session_id, "SELECT * FROM plain");
  const before = await user.query(session.session_id, query);
  expect(rows.body.rows).toEqual(before.body.rows.slice(0, rows.body.rows.length));
  expect(rows.body.rows.length).toBeGreaterThanOrEqual(2);
  await user.call("DELETE", `/data/sessions/${second.session_id}`);
});

test("128-bit integers and UUIDs: decimals and UUIDs in Parquet, text where a format has no such type", async () => {
  const query = `SELECT sum(i)::HUGEINT AS total, '00000000-0000-0000-0000-00000000000a'::UUID AS id, INTERVAL '1 day' AS span,
    99999999999999999999999999999999999999::HUGEINT AS large, [1::HUGEINT] AS list FROM range(10) t(i)`;
  const path = await save(await exportFiles(user, { session_id: session.session_id, query, format: "parquet" }));
  expect(await nativeRows(native, `SELECT *, typeof(total), typeof(id), typeof(list) FROM '${path}'`)).toEqual([
    [
      "45",
      "00000000-0000-0000-0000-00000000000a",
      "1 day",
      "99999999999999999999999999999999999999",
      ["1"],
      "DECIMAL(38,0)",
      "UUID",
      "DECIMAL(38,0)[]",
    ],
  ]);
  const csv = await save(await exportFiles(user, { session_id: session.session_id, query, format: "csv" }));
  expect(readFileSync(csv, "utf8").split("\r\n")[1]).toMatch(/^45,00000000-0000-0000-0000-00000000000a,/);
});
