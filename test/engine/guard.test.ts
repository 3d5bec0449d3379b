import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/engine/errors.ts";
import { checkReadOnly } from "../../src/engine/guard.ts";
import { readTokens } from "../../src/engine/lexer.ts";

const allowed = [
  "SELECT 1",
  "select * from t;",
  "  -- a comment\n select 1 ;; ",
  "WITH a AS (SELECT 1), b(x) AS NOT MATERIALIZED (SELECT 2) SELECT * FROM a, b",
  "with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select * from r",
  "FROM t SELECT a WHERE b = 'x.csv'",
  "VALUES (1, 'DROP TABLE t')",
  "TABLE t",
  "DESCRIBE t",
  "DESCRIBE SELECT 1",
  "SUMMARIZE t",
  "SHOW TABLES",
  "EXPLAIN SELECT * FROM t",
  "EXPLAIN ANALYZE SELECT 1",
  "PIVOT t ON a USING sum(b)",
  "UNPIVOT t ON a, b INTO NAME n VALUE v",
  "(SELECT 1) UNION ALL (SELECT 2)",
  "SELECT 'a;b', $$ ; drop table t $$, $x$ $$ ; $x$, \"a;b\" FROM t /* ; /* nested ; */ ; */",
  "SELECT E'it\\'s; fine'",
  "SELECT extract(year FROM '2020-01-01'::DATE), trim(both 'x' from 'xax'), substring('abc' from 2)",
  "SELECT a IS DISTINCT FROM 'x.csv', a IS NOT DISTINCT FROM 'b' FROM t",
  "SELECT update, delete, set, copy FROM t",
  "SELECT * FROM range(3), generate_series(1, 4) g(x)",
  "SELECT * FROM t WHERE name IN ('a.csv', 'b.csv') ORDER BY 'x', 1",
  "SELECT regexp_replace(a, 'read_csv(', '') FROM t",
  'SELECT * FROM "my table" JOIN "Größe" USING (id)',
  "SELECT list_transform([1, 2], x -> x + 1)",
  "SELECT count(*) FILTER (WHERE a = 'x') FROM t GROUP BY ALL",
  "SELECT * FROM (VALUES ('a', 1), ('b', 2)) v(name, n)",
  "SELECT read_count, query, glob FROM t",
  // Spaces that come with text from web pages and word processors.
  "SELECT\u00a0*\u00a0FROM\u2003t\u3000WHERE\u202fa = 'x.csv'\u00a0;",
  "\ufeffSELECT 1",
  'SELECT "a\u00a0b", größe, 🦆 FROM t',
  `SELECT * FROM t WHERE ${Array.from({ length: 40 }, (_, i) => `(j->'k${i}') IS NULL`).join(" AND ")}`,
  `SELECT ${Array.from({ length: 40 }, (_, i) => `j->'k${i}'`).join(", ")} FROM t`,
  `SELECT CASE ${Array.from({ length: 40 }, (_, i) => `WHEN j->'k${i}' = 1 THEN j->'v${i}'`).join(" ")} END FROM t`,
  `SELECT j${"->>'a'".repeat(40)}, j->'a'->'b'->'c'->'d' FROM t`,
  `SELECT ${"(".repeat(90)}1${")".repeat(90)}, list_transform(l, x -> list_filter(x, lambda y, i: y > i)), [x FOR x IN l] FROM t`,
  "SELECT count(*) FROM t GROUP BY j->'a' HAVING (j->'b') = 1 ORDER BY j->'c'",
];

const repeated = (text: string, times: number) => text.repeat(times);
const tooDeep = [
  `SELECT ${repeated("list_transform([1], x -> ", 17)}1${repeated(")", 17)}`,
  `SELECT ${repeated("list_transform([1], lambda x, i: ", 17)}1${repeated(")", 17)}`,
  `SELECT ${repeated("list_transform([1], x -> true AND ", 17)}1${repeated(")", 17)}`,
  `SELECT ${repeated("[1, ", 17)}1${repeated(" FOR x IN [1]]", 17)}`,
  `SELECT j${repeated("->'a'", 17)} FROM t`,
  `SELECT ${repeated("(", 17)}j${repeated("->'a')", 17)} FROM t`,
  `SELECT list_transform(l, x -> ${repeated("(", 16)}j${repeated("->'a')", 16)}) FROM t`,
  `SELECT ${repeated("list_transform([1], x -> CASE WHEN ", 17)}1${repeated(" END)", 17)}`,
  `SELECT ${repeated("(", 101)}1${repeated(")", 101)}`,
  `SELECT ${repeated("[", 101)}1${repeated("]", 101)}`,
];

const refused = [
  "",
  ";",
  "-- nothing",
  "SELECT 1; SELECT 2",
  "SELECT 1; DROP TABLE t",
  "DROP TABLE t",
  "INSERT INTO t VALUES (1)",
  "CREATE TABLE x AS SELECT 1",
  "ATTACH 'x.duckdb'",
  "COPY t TO 'x.csv'",
  "EXPORT DATABASE 'x'",
  "SET memory_limit = '1GB'",
  "RESET ALL",
  "PRAGMA database_list",
  "INSTALL icu",
  "LOAD icu",
  "CALL pragma_version()",
  "USE other",
  "CHECKPOINT",
  "BEGIN",
  "VACUUM",
  "PREPARE p AS SELECT 1",
  "EXECUTE p",
  "EXPLAIN DELETE FROM t",
  "EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1",
  "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
  "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a",
  "SELECT * FROM read_csv('x.csv')",
  "SELECT * FROM READ_CSV_AUTO ('x.csv')",
  "SELECT * FROM read_text/* c */('/etc/passwd')",
  "SELECT * FROM \"read_blob\"('x')",
  "SELECT * FROM main.read_csv('x.csv')",
  "SELECT * FROM system.main.glob('*')",
  "SELECT * FROM read_parquet('x')",
  "SELECT * FROM parquet_metadata('x')",
  "SELECT * FROM sniff_csv('x')",
  "SELECT * FROM query('DROP TABLE t')",
  "SELECT getenv('HOME')",
  "SELECT 'HOME'.getenv()",
  "SELECT current_setting('secret_directory')",
  "SELECT * FROM duckdb_secrets()",
  "SELECT * FROM duckdb_settings()",
  "FROM pragma_database_list",
  "SELECT * FROM pragma_storage_info('t')",
  "SELECT * FROM 'x.csv'",
  "FROM 'x.csv'",
  "SELECT * FROM t, 'x.csv'",
  "SELECT * FROM t JOIN 'x.csv' USING (id)",
  "SELECT * FROM ('x.csv')",
  "SELECT * FROM (t, 'x.csv')",
  "SELECT * FROM (SELECT * FROM 'x.csv')",
  "SELECT (SELECT max(a) FROM 'x.csv')",
  'SELECT * FROM "x.csv"',
  'SELECT * FROM "s3://bucket/x"',
  "SELECT * FROM x.parquet",
  "DESCRIBE 'x.csv'",
  "SUMMARIZE 'x.csv'",
  "TABLE 'x.csv'",
  "PIVOT 'x.csv' ON a",
  "SELECT 'never ends",
  'SELECT "never ends',
  "SELECT 1 /* never /* ends */",
  "SELECT $a$ never ends $b$",
  "SELECT * FROM query\u00a0('SELECT 1')",
  "SELECT * FROM glob\u3000('*')",
  "SELECT current_setting\u200b('threads')",
  "SELECT a\u00a0FROM 'x.csv'",
  "SELECT 1\u00a0; DROP TABLE t",
  "SELECT $\u00a0$; DROP TABLE t; SELECT $\u00a0$",
  "FROM pg_catalog.pg_settings",
  "SELECT * FROM arrow_scan_dumb(1, 2, 3)",
  ...tooDeep,
];

describe("checkReadOnly", () => {
  it.each(allowed)("lets pass: %s", (sql) => {
    expect(() => checkReadOnly(sql)).not.toThrow();
  });

  it.each(refused)("refuses: %s", (sql) => {
    expect(() => checkReadOnly(sql)).toThrow(EngineError);
    try {
      checkReadOnly(sql);
    } catch (error) {
      expect((error as EngineError).code).toBe("query_refused");
      expect((error as EngineError).message).toMatch(/^[A-Z"].*[.)]$/s);
    }
  });

  it("never throws anything but a refusal, whatever the text", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        "$$",
        "/*",
        "*/",
        "--",
        "\n",
        "(",
        ")",
        ";",
        "FROM",
        "WITH",
        "AS",
        "SELECT",
        ",",
        "E'",
        "\\",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          checkReadOnly(pieces.join(" "));
        } catch (error) {
          expect(error).toBeInstanceOf(EngineError);
        }
      }),
    );
  });

  it("finds a second statement behind any string, name or comment", () => {
    const quoted = fc.string().map((text) => `'${text.replaceAll("'", "''")}'`);
    const named = fc.string().map((text) => `"${text.replaceAll('"', '""')}"`);
    const dollar = fc
      .string()
      .filter((text) => !text.includes("$"))
      .map((text) => `$q$${text}$q$`);
    const comment = fc
      .string()
      .filter((text) => !/[*/]/.test(text))
      .map((text) => `/* ${text} */ 1`);
    fc.assert(
      fc.property(fc.array(fc.oneof(quoted, named, dollar, comment), { minLength: 1 }), (items) => {
        const select = `SELECT ${items.join(", ")}`;
        expect(() => checkReadOnly(select)).not.toThrow();
        expect(() => checkReadOnly(`${select}; DROP TABLE t`)).toThrow(/one statement/);
      }),
    );
  });
});

describe("readTokens", () => {
  it("covers the text: what is between tokens is space or comment", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        let tokens: ReturnType<typeof readTokens>;
        try {
          tokens = readTokens(text);
        } catch {
          return;
        }
        let at = 0;
        for (const token of [...tokens, { start: text.length, end: text.length, text: "" }]) {
          expect(token.start).toBeGreaterThanOrEqual(at);
          expect(text.slice(token.start, token.end)).toBe(token.text);
          expect(text.slice(at, token.start)).toMatch(
            /^(?:[\s\u200b-\u200d\u2060\ufeff]|--[^\r\n]*|\/\*[\s\S]*\*\/)*$/,
          );
          at = token.end;
        }
      }),
    );
  });

  it.each([
    ["SELECT 'it''s'", ["word:select", "string:it's"]],
    ["a$b$ + $1", ["word:a$b$", "symbol:+", "parameter:$1"]],
    ["$$a'b$$::text", ["string:a'b", "symbol:::", "word:text"]],
    ["x->>'$.a'", ["word:x", "symbol:->>", "string:$.a"]],
    ["1.5e-3+.5", ["number:1.5e-3", "symbol:+", "number:.5"]],
    ["e'a\\'b' u&'x'", ["string:a\\'b", "string:x"]],
  ])("reads %s", (sql, expected) => {
    expect(readTokens(sql).map(({ kind, value }) => `${kind}:${value}`)).toEqual(expected);
  });
});
