import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import type { CsvOptions } from "../../../src/formats/csv/dialect.ts";
import { FormatError } from "../../../src/formats/source.ts";
import { openTableReader, type readTable } from "../../core/ingest/csv/read-table.ts";
import type { Verdict } from "./corpora-pollock.ts";

interface Case {
  readonly description: string;
  readonly input?: unknown;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly expected?: { readonly data?: unknown };
  readonly disabled?: boolean;
}

/** Texts of PapaParse's parser tests whose settings have a counterpart here, with the rows that they are to give. */
export async function evaluatePapaparse(path: string): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const reader = await openTableReader();
  for (const { description, input, config, expected } of readCases(readFileSync(path, "utf8"))) {
    const options = readOptions(config ?? {});
    const rows = expected?.data;
    if (typeof input !== "string" || options === undefined || !isRows(rows)) continue;
    verdicts.push({ file: description, ...(await compare(reader.read, input, options, rows)) });
  }
  reader.close();
  return verdicts;
}

/** The lists of cases are literals; the rest of the file, which runs them, is left out. */
function readCases(source: string): Case[] {
  return ["CORE_PARSER_TESTS", "PARSE_TESTS"].flatMap((name) => {
    const start = source.indexOf("[", source.indexOf(`var ${name} = `));
    const literal = source.slice(start, source.indexOf("\n];", start) + 2);
    const scope = { RECORD_SEP: "\u001e", UNIT_SEP: "\u001f", FILES_ENABLED: false, XHR_ENABLED: false, BASE_PATH: "" };
    return (runInNewContext(`(${literal})`, scope) as Case[]).filter((test) => !test.disabled);
  });
}

function isRows(rows: unknown): rows is string[][] {
  return (
    Array.isArray(rows) && rows.every((row) => Array.isArray(row) && row.every((cell) => typeof cell === "string"))
  );
}

function readOptions(config: Readonly<Record<string, unknown>>): CsvOptions | undefined {
  const options: Record<string, unknown> = { dtype: "VARCHAR", keepDefaultNa: false, header: null };
  for (const [name, value] of Object.entries(config)) {
    if (value === false || value === "" || value === null || value === undefined) continue;
    if (name === "delimiter" && typeof value === "string" && value !== "\n") options["sep"] = value;
    else if (name === "quoteChar" && typeof value === "string") options["quotechar"] = value;
    else if (name === "escapeChar" && typeof value === "string") options["escapechar"] = value;
    else if (name === "comments" && typeof value === "string") options["comment"] = value;
    else if (name === "preview") options["nrows"] = value === 0 ? undefined : value;
    else if (!(name === "skipEmptyLines" && value === true) && name !== "fastMode" && name !== "newline")
      return undefined;
  }
  return options;
}

async function compare(
  read: typeof readTable,
  input: string,
  options: CsvOptions,
  rows: readonly (readonly string[])[],
): Promise<Pick<Verdict, "outcome" | "detail">> {
  try {
    const table = await read(input, options);
    const given = table.cells.map((cells) => key(cells.map((cell) => cell ?? "")));
    const expected = rows.filter((row) => row.join("") !== "" || row.length > 1).map(key);
    if (given.join("\n") === expected.join("\n")) return { outcome: "right", detail: "" };
    const detail = `${JSON.stringify(input).slice(0, 100)} gives ${JSON.stringify(table.cells).slice(0, 150)}, not ${JSON.stringify(rows).slice(0, 150)}`;
    return { outcome: table.rejects > 0 ? "set aside" : "wrong", detail };
  } catch (error) {
    if (error instanceof FormatError) return { outcome: "refused", detail: error.message };
    throw error;
  }
}

/** Rows may end in cells that are not there. */
function key(cells: readonly string[]): string {
  const filled = cells.findLastIndex((cell) => cell !== "") + 1;
  return cells.slice(0, filled).join("\u0000");
}
