import { EngineError } from "../../engine/errors.ts";
import { checkReadOnly } from "../../engine/guard.ts";
import { isNestable, withoutSemicolon } from "../../engine/presentation.ts";
import { quoteIdentifier } from "../../engine/sql-text.ts";
import type { Engine } from "../../engine/types.ts";
import { AppError } from "../errors.ts";
import { sqlName } from "../sessions/name-tables.ts";
import { tableLabel } from "../tables/table-label.ts";
import { attachOptions, COLUMNS_PER_PART, partsOf, rowGroupRowsFor, tableSource } from "../tables/table-layout.ts";
import type { Bench } from "./bench.ts";
import type { LoadedTable } from "./find-tables.ts";
import type { SqlTransforms } from "./read-options.ts";

/** A loaded table in its own database, which is attached under the name of its catalog. */
export interface TableOnDisk {
  /** As the file names it. */
  name: string | null;
  catalog: string;
  loaded: LoadedTable;
  /** Which of the file's tables it is, untouched; undefined for the result of a transform. */
  source: number | undefined;
}

/** One list of statements, and the table that it begins with. */
interface Chain {
  /** Where the list stands in `sql_transforms`, for messages. */
  path: string;
  statements: readonly string[];
  input: number;
  name: string | null;
}

const STEPS = "steps";
const THIS = "this";
const INT64 = "-9223372036854775808 AND 9223372036854775807";

/**
 * Runs a file's SQL transforms over its parsed tables. A list of statements makes one table out of all of them; an object gives some
 * tables, by name, a list each, and leaves the others as they are. A statement sees every parsed table under its name, and under a form
 * of the name that needs no quotes, and as `this` what the statement before it made (the first: the table itself, or the file's first).
 *
 * Killed anywhere and run again it goes on after the last finished statement. From here on the engine is locked: user's SQL ran in it.
 *
 * @throws AppError `query_failed`, `query_refused`, `query_timeout` or `query_too_large`: which statement, and what DuckDB says.
 */
export async function transformTables(
  bench: Bench,
  input: {
    tables: readonly TableOnDisk[];
    transforms: SqlTransforms;
    /** The file's name: its only table may be called by it. */
    filename: string;
    timeLimitMs: number;
  },
): Promise<TableOnDisk[]> {
  const { engine } = bench;
  const names = namesOf(input.tables, input.filename);
  const chains = chainsOf(input.transforms, input.tables, names);
  await attach(engine, STEPS, COLUMNS_PER_PART);
  for (const [number] of chains.entries()) {
    // Which of the two is used depends on the result; nothing can be attached once the engine is locked.
    await attach(engine, `result_${number}`, COLUMNS_PER_PART);
    await attach(engine, `wide_${number}`, COLUMNS_PER_PART + 1);
  }
  for (const { name, table } of names.values()) await createView(engine, name, sourceOf(table));
  await engine.lock();
  const results: TableOnDisk[] = [];
  for (const [number, chain] of chains.entries()) {
    bench.report(0, `Running the SQL of ${chain.path}.`);
    results.push(await runChain(bench, input, chain, number));
  }
  if (Array.isArray(input.transforms)) return results;
  return input.tables.map((table, i) => results.find((_, number) => chains[number]?.input === i) ?? table);
}

function chainsOf(
  transforms: SqlTransforms,
  tables: readonly TableOnDisk[],
  names: ReadonlyMap<string, TableName>,
): Chain[] {
  if (isList(transforms)) {
    const name = tables.length === 1 ? (tables[0]?.name ?? null) : null;
    return [{ path: "sql_transforms", statements: transforms, input: 0, name }];
  }
  const paths = new Map<TableOnDisk, string>();
  return Object.entries(transforms)
    .filter(([, statements]) => statements.length > 0)
    .map(([label, statements]) => {
      const path = `sql_transforms[${JSON.stringify(label)}]`;
      const table = names.get(label.toLowerCase())?.table;
      const labels = tables.map((known, i) => `“${tableLabel(known.name, i)}”`).join(", ");
      if (!table) throw new AppError("query_failed", `${path}: the file has no table of this name; it has ${labels}.`);
      const other = paths.get(table);
      if (other !== undefined)
        throw new AppError("query_failed", `${path}: this is the same table as that of ${other}.`);
      paths.set(table, path);
      return { path, statements, input: tables.indexOf(table), name: table.name };
    });
}

function isList(transforms: SqlTransforms): transforms is readonly string[] {
  return Array.isArray(transforms);
}

async function attach(engine: Engine, catalog: string, columnCount: number): Promise<void> {
  await engine.run(
    `ATTACH IF NOT EXISTS '${catalog}.duckdb' AS ${catalog} ${attachOptions(rowGroupRowsFor(columnCount))}`,
  );
}

interface TableName {
  name: string;
  table: TableOnDisk;
}

/** What the tables go by, by its small letters. The first to claim a name has it; `this` is nobody's. */
function namesOf(tables: readonly TableOnDisk[], filename: string): Map<string, TableName> {
  const labels = tables.map((table, i): TableName => ({ table, name: tableLabel(table.name, i) }));
  const aliases = labels.map(({ table, name }): TableName => ({ table, name: sqlName(name) }));
  const [only, ...others] = tables;
  if (only && others.length === 0) aliases.push({ table: only, name: sqlName(filename) });
  const names = new Map<string, TableName>();
  for (const claim of [...labels, ...aliases]) {
    const key = claim.name.toLowerCase();
    if (key !== THIS && !names.has(key)) names.set(key, claim);
  }
  return names;
}

async function createView(engine: Engine, name: string, source: string): Promise<void> {
  await engine.run(`CREATE OR REPLACE VIEW memory.main.${quoteIdentifier(name)} AS SELECT * FROM ${source}`);
}

function sourceOf({ catalog, loaded }: TableOnDisk): string {
  return tableSource({ catalog, table: "data" }, loaded.columns.length);
}

async function runChain(
  bench: Bench,
  input: { tables: readonly TableOnDisk[]; timeLimitMs: number },
  chain: Chain,
  number: number,
): Promise<TableOnDisk> {
  const { engine, notes } = bench;
  const done = notes.get<TableOnDisk>(`transformed/${number}`);
  if (done) return done;
  const first = input.tables[chain.input];
  if (!first) throw new Error("A transform has no table to begin with.");
  let source = sourceOf(first);
  for (const [step, statement] of chain.statements.entries()) {
    const target = `${STEPS}.main.c${number}_s${step}`;
    if ((notes.get<number>(`steps/${number}`) ?? 0) <= step) {
      await createView(engine, THIS, source);
      await runStatement(bench, target, statement, `${chain.path}[${step}]`, input.timeLimitMs);
      notes.put(`steps/${number}`, step + 1);
      if (step > 0) await engine.run(`DROP TABLE IF EXISTS ${STEPS}.main.c${number}_s${step - 1}`);
      bench.checkpoint();
    }
    source = target;
  }
  const columns = await describeResult(engine, source);
  const catalog = columns.length > COLUMNS_PER_PART ? `wide_${number}` : `result_${number}`;
  const rows = await copyTable(engine, source, catalog, columns);
  const result: TableOnDisk = {
    name: chain.name,
    catalog,
    source: undefined,
    loaded: {
      rows,
      rejected: 0,
      columns: columns.map(({ name, type }) => ({ name, duckdbType: type, confidence: 1 })),
      leftovers: [],
      cells: null,
    },
  };
  notes.put(`transformed/${number}`, result);
  // Only now: whoever comes back before the note was written still needs it.
  if (source.startsWith(`${STEPS}.`)) await engine.run(`DROP TABLE IF EXISTS ${source}`);
  return result;
}

/** Makes a table of a statement's rows. The table is there as a whole or not at all. */
async function runStatement(
  bench: Bench,
  target: string,
  statement: string,
  path: string,
  timeLimitMs: number,
): Promise<void> {
  const { engine, signal } = bench;
  try {
    checkReadOnly(statement);
    const read = withoutSemicolon(statement);
    const rows = isNestable(read) ? read : `SELECT * FROM (${read}\n)`;
    await engine.run(`CREATE TABLE IF NOT EXISTS ${target} AS ${rows}`, { signal, timeLimitMs });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const say = (code: "query_failed" | "query_refused" | "query_timeout" | "query_too_large", message: string) =>
      new AppError(code, `${path}: ${message}`, {}, { cause: error });
    switch (error.code) {
      case "query_failed":
        throw say(error.code, (await failureOf(engine, statement, { signal, timeLimitMs })) ?? withoutPosition(error));
      case "query_refused":
      case "query_timeout":
        throw say(error.code, error.message);
      case "out_of_memory":
        throw say("query_too_large", error.message);
      default:
        throw error;
    }
  }
}

/** What DuckDB says of the statement alone: its positions then are those of the user's text. Undefined when it says nothing wrong at once. */
async function failureOf(
  engine: Engine,
  statement: string,
  options: { signal: AbortSignal; timeLimitMs: number },
): Promise<string | undefined> {
  try {
    const { batches } = await engine.query(statement, options);
    for await (const _ of batches) break;
    return undefined;
  } catch (error) {
    return error instanceof EngineError && error.code === "query_failed" ? error.message : undefined;
  }
}

function withoutPosition(error: EngineError): string {
  return error.message.split("\n\nLINE ")[0] ?? error.message;
}

interface ResultColumn {
  name: string;
  type: string;
  /** The type that its values are cast to. */
  cast: string | undefined;
}

/** The columns of a result as they are stored: instants in UTC without a zone, and sums of whole numbers in 64 bits where they fit. */
async function describeResult(engine: Engine, table: string): Promise<ResultColumn[]> {
  const rows = await engine.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${table}`);
  const wide = rows.filter(({ column_type }) => column_type === "HUGEINT").map(({ column_name }) => column_name);
  const narrow = new Set<string>();
  if (wide.length > 0) {
    const fits = wide.map((name, i) => `coalesce(bool_and(${quoteIdentifier(name)} BETWEEN ${INT64}), false) AS f${i}`);
    const [found] = await engine.rows<Record<string, boolean>>(`SELECT ${fits.join(", ")} FROM ${table}`);
    for (const [i, name] of wide.entries()) if (found?.[`f${i}`]) narrow.add(name);
  }
  return rows.map(({ column_name: name, column_type }) => {
    const cast = column_type === "TIMESTAMP WITH TIME ZONE" ? "TIMESTAMP" : narrow.has(name) ? "BIGINT" : undefined;
    return { name, type: cast ?? column_type, cast };
  });
}

/** Lays a result out as every stored table is. */
async function copyTable(
  engine: Engine,
  source: string,
  catalog: string,
  columns: readonly ResultColumn[],
): Promise<number> {
  const parts = partsOf({ catalog, table: "data" }, columns);
  for (const part of parts) {
    const items = part.columns.map(({ name, cast }) => {
      const column = quoteIdentifier(name);
      return cast ? `CAST(${column} AS ${cast}) AS ${column}` : column;
    });
    await engine.run(`CREATE TABLE IF NOT EXISTS ${part.name} AS SELECT ${items.join(", ")} FROM ${source}`);
  }
  const [count] = await engine.rows<{ n: bigint }>(`SELECT count(*) AS n FROM ${parts[0]?.name}`);
  return Number(count?.n ?? 0);
}

/** Removes what the transforms left on the disk; to be called when all results are stored. */
export function removeTransformFiles(bench: Bench, transforms: SqlTransforms): void {
  const chains = isList(transforms) ? 1 : Object.keys(transforms).length;
  const catalogs = [STEPS];
  for (let number = 0; number < chains; number++) catalogs.push(`result_${number}`, `wide_${number}`);
  for (const catalog of catalogs) bench.disk.remove(`${catalog}.duckdb`);
}
