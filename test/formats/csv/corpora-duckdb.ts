import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ingestCsv } from "../../../src/core/ingest/csv/ingest-csv.ts";
import { tableSource } from "../../../src/core/tables/table-layout.ts";
import type { CsvOptions } from "../../../src/formats/csv/dialect.ts";
import { FormatError } from "../../../src/formats/source.ts";
import { createNativeEngine, type NativeEngine, openBytes } from "../../core/ingest/csv/native-engine.ts";
import { createMemoryDisk } from "../../core/ingest/memory-disk.ts";
import type { Verdict } from "./corpora-pollock.ts";

/** One query of a test file that reads exactly one CSV, with the rows it must give. */
interface Query {
  readonly test: string;
  readonly sql: string;
  readonly path: string;
  readonly options: CsvOptions;
  readonly expected: readonly string[];
  readonly isSorted: boolean;
}

const CALL = /\b(?:read_csv_auto|read_csv)\s*\(\s*'([^']+)'((?:[^()']|'[^']*'|\[[^\]]*\]|\([^()]*\))*)\)/i;

/**
 * Takes from DuckDB's own tests the queries over one CSV whose options have a counterpart here, ingests the file, runs the query over
 * the table made, and compares with the rows that the test gives. Columns of files without header get DuckDB's names.
 */
export async function evaluateDuckdbTests(folder: string): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const test of listFiles(join(folder, "duckdb-sqllogictests"))) {
    for (const query of readQueries(test, readFileSync(test, "utf8"))) {
      const file = query.path.replace(/^(\{DATA_DIR\}|data)\/csv/, join(folder, "duckdb"));
      if (!existsSync(file) || /\.(gz|zst)$/.test(file) || file.includes("*")) continue;
      verdicts.push({ file: `${query.test}: ${query.sql}`, ...(await runQuery(query, file)) });
    }
  }
  return verdicts;
}

function listFiles(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? listFiles(path) : /\.test(_slow)?$/.test(name) ? [path] : [];
    });
}

function readQueries(path: string, text: string): Query[] {
  const test = path.slice(path.indexOf("duckdb-sqllogictests/") + 21);
  const queries: Query[] = [];
  let created: { name: string; path: string; options: CsvOptions } | undefined;
  for (const block of text.split(/\n\s*\n/)) {
    const lines = block.split("\n").filter((line) => !line.startsWith("#"));
    const head = lines.findIndex((line) => /^(query|statement)\b/.test(line));
    if (head < 0) continue;
    const split = lines.indexOf("----", head);
    const sql = lines
      .slice(head + 1, split < 0 ? undefined : split)
      .join(" ")
      .trim()
      .replace(/;$/, "");
    const call = CALL.exec(sql);
    const options = call === null ? undefined : readOptions(call[2] ?? "");
    if (lines[head]!.startsWith("statement")) {
      const make = /^create\s+(?:or\s+replace\s+)?table\s+(\w+)\s+as\s+(?:select\s+\*\s+)?from\s/i.exec(sql);
      if (make !== null && call !== null)
        created =
          options === undefined || !lines[head]!.includes("ok")
            ? undefined
            : { name: make[1]!, path: call[1]!, options };
      continue;
    }
    if (split < 0) continue;
    const expected = lines.slice(split + 1).filter((line) => line !== "");
    const isSorted = /rowsort|valuesort/.test(lines[head]!);
    if (expected.some((line) => line.includes("values hashing to") || line.includes("<REGEX>"))) continue;
    if (call !== null && options !== undefined && !CALL.test(sql.replace(CALL, "")))
      queries.push({ test, sql: sql.replace(CALL, "eider_table"), path: call[1]!, options, expected, isSorted });
    else if (
      call === null &&
      created !== undefined &&
      new RegExp(`\\b${created.name}\\b`).test(sql) &&
      /^(select|from)/i.test(sql)
    )
      queries.push({
        test,
        sql: sql.replaceAll(new RegExp(`\\bfrom\\s+${created.name}\\b`, "gi"), "FROM eider_table"),
        path: created.path,
        options: created.options,
        expected,
        isSorted,
      });
  }
  // Loops over values have their variable in braces.
  const isLoop = (query: Query) => Object.values(query.options).some((value) => Number.isNaN(value));
  return queries.filter((query) => !isLoop(query) && !/sniff_csv|reject_|read_csv|glob\(|filename/i.test(query.sql));
}

/** DuckDB's options as ours, or undefined where one has no counterpart. */
function readOptions(text: string): CsvOptions | undefined {
  const options: Record<string, unknown> = {};
  const pattern = /,\s*(\w+)\s*:?=\s*('(?:[^']|'')*'|\[[^\]]*\]|\{[^}]*\}|[^,\s]+)/g;
  let rest = text;
  for (const [whole, rawName, rawValue] of text.matchAll(pattern)) {
    rest = rest.replace(whole, "");
    const name = rawName!.toLowerCase();
    const value = rawValue!.replace(/^'(.*)'$/s, "$1");
    const isTrue = /^(1|true)$/i.test(value);
    switch (name) {
      case "delim":
      case "sep":
        options["sep"] = value === "\\t" ? "\t" : value;
        break;
      case "quote":
        options["quotechar"] = value;
        break;
      case "escape":
        options["escapechar"] = value;
        break;
      case "header":
        options["header"] = isTrue ? 0 : null;
        break;
      case "skip":
        options["skiprows"] = Number(value);
        break;
      case "nullstr":
        options["naValues"] = [value];
        break;
      case "decimal_separator":
        options["decimal"] = value;
        break;
      case "thousands":
        options["thousands"] = value;
        break;
      case "comment":
        options["comment"] = value;
        break;
      case "all_varchar":
        if (isTrue) options["dtype"] = "VARCHAR";
        break;
      case "names":
        options["names"] = [...value.matchAll(/'([^']*)'/g)].map((match) => match[1]!);
        break;
      case "buffer_size":
      case "sample_size":
      case "parallel":
      case "auto_detect":
      case "max_line_size":
      case "maximum_line_size":
      case "encoding":
      case "strict_mode":
        break;
      default:
        return undefined;
    }
  }
  return rest.trim() === "" || rest.trim() === "," ? { keepDefaultNa: false, ...options } : undefined;
}

async function runQuery(query: Query, file: string): Promise<Pick<Verdict, "outcome" | "detail">> {
  const engine = await createNativeEngine();
  try {
    const result = await ingestCsv({
      engine,
      open: openBytes(readFileSync(file)),
      target: { catalog: "memory", table: "ingested", rowGroupRows: 122_880, columnCount: 8 },
      disk: createMemoryDisk(),
      options: query.options,
    });
    const hasHeader = result.dialect.headerRecords > 0 || query.options.names !== undefined;
    const source = tableSource({ catalog: "memory", table: "ingested" }, result.columns.length);
    const width = String(result.columns.length - 1).length;
    const names = result.columns.map(({ name }, i) =>
      quote(
        hasHeader
          ? name.replace(/^column_(\d+)$/, (_, n) => `column${String(Number(n) - 1).padStart(width, "0")}`)
          : `column${String(i).padStart(width, "0")}`,
      ),
    );
    await engine.run(`CREATE VIEW eider_table(${names.join(", ")}) AS SELECT * FROM ${source}`);
    const rows = await runTexts(engine, query.sql);
    if (typeof rows === "string") return { outcome: "wrong", detail: rows };
    let given = rows.map((row) => row.join("\t"));
    let expected = flatten(query.expected, rows[0]?.length ?? 1);
    if (query.isSorted) {
      given = given.sort();
      expected = expected.sort();
    }
    if (given.map(plain).join("\n") === expected.map(plain).join("\n")) return { outcome: "right", detail: "" };
    const detail = `gives ${JSON.stringify(given.slice(0, 3)).slice(0, 200)}, not ${JSON.stringify(expected.slice(0, 3)).slice(0, 200)}`;
    return { outcome: result.rejects > 0 ? "set aside" : "wrong", detail: `${detail}; ${result.rejects} rejects` };
  } catch (error) {
    if (error instanceof FormatError) return { outcome: "refused", detail: error.message };
    throw error;
  } finally {
    engine.close();
  }
}

async function runTexts(engine: NativeEngine, sql: string): Promise<string[][] | string> {
  try {
    const reader = await engine.connection.runAndReadAll(sql);
    return reader
      .getRows()
      .map((row) => row.map((value) => (value === null ? "NULL" : value === "" ? "(empty)" : String(value))));
  } catch (error) {
    return (error as Error).message.split("\n")[0]!;
  }
}

/** Expected values stand one a line or one row a line. */
function flatten(expected: readonly string[], columns: number): string[] {
  if (columns === 1 || expected.every((line) => line.includes("\t"))) return [...expected];
  const rows: string[] = [];
  for (let i = 0; i < expected.length; i += columns) rows.push(expected.slice(i, i + columns).join("\t"));
  return rows;
}

/** Numbers and booleans written one way; empty text and NULL alike, since a quoted empty cell is NULL here. */
function plain(row: string): string {
  return row
    .split("\t")
    .map((cell) => {
      if (/^(\(empty\)|null)$/i.test(cell)) return "NULL";
      if (cell === "True" || cell === "False") return cell.toLowerCase();
      if (cell.includes("\u0000")) return cell.replaceAll("\u0000", "\\0");
      return /^-?\d+(\.\d+)?$/.test(cell) ? String(Number(cell)) : cell.trim();
    })
    .join("\t");
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
