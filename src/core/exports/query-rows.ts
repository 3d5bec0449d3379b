import { type Engine, EngineError, planPartitions } from "../../engine/index.ts";
import { isNestable, withoutSemicolon } from "../../engine/presentation.ts";
import { quoteIdentifier } from "../../engine/sql-text.ts";
import { AppError } from "../errors.ts";
import { type Bench, JobPaused } from "../ingest/bench.ts";
import type { Services, SessionSource } from "../services.ts";
import { attachTables, lockForQueries } from "../sessions/attached-engine.ts";
import { COLUMNS_PER_PART } from "../tables/table-layout.ts";
import type { ExportFormat } from "./export-format.ts";
import { castFor, openQueryRows, openTableRows, type RowSource } from "./read-rows.ts";

/** The rows of a query, as they are to be written. */
export interface QueryRows {
  source: RowSource;
  /** Undefined when they have not been counted. */
  rowCount: number | undefined;
  isResumable: boolean;
}

const CATALOG = "eider_result";
const FILE = `${CATALOG}.duckdb`;
/** The query itself has to end within what the platform gives one turn of CPU time. */
const QUERY_LIMIT_MS = 240_000;

/**
 * Runs the query of an export over the tables of its session, and opens its rows. Up to a hundred columns are laid down in a table on the
 * bench's disk first, so that they can be counted, and written in several turns with the same result. Wider ones are passed on as they come.
 *
 * A query that runs out of memory is tried once more in bounded passes, with the next turn's engine.
 *
 * @throws AppError with what the engine says of the query; JobPaused
 */
export async function openExportQuery(
  services: Services,
  bench: Bench,
  query: { sql: string; tables: SessionSource[]; format: ExportFormat },
): Promise<QueryRows> {
  const { engine } = bench;
  const made = bench.notes.get<{ rows: number; columns: number }>("result");
  if (!made) bench.disk.remove(FILE);
  await engine.run(`ATTACH '${FILE}' AS ${CATALOG}`);
  const table = { catalog: CATALOG, table: "data" };
  if (made) {
    await engine.lock();
    const source = await openTableRows(engine, table, made.columns, query.format);
    return { source, rowCount: made.rows, isResumable: true };
  }
  try {
    await attachTables(engine, services.bucket, query.tables);
    await lockForQueries(engine);
    bench.report(0, "Running the query.");
    const sql = withoutSemicolon(query.sql);
    const columns = await describeQuery(engine, sql);
    if (columns.length > COLUMNS_PER_PART)
      return {
        source: await openQueryRows(engine, castQuery(sql, columns, query.format), query.format),
        rowCount: undefined,
        isResumable: false,
      };
    await layDown(bench, sql, columns);
    const [count] = await engine.rows<{ n: bigint }>(`SELECT count(*) AS n FROM ${CATALOG}.main.data`);
    const rows = Number(count?.n ?? 0);
    bench.notes.put("result", { rows, columns: columns.length });
    return {
      source: await openTableRows(engine, table, columns.length, query.format),
      rowCount: rows,
      isResumable: true,
    };
  } catch (error) {
    throw explain(bench, error);
  }
}

type QueryColumn = { column_name: string; column_type: string };

async function describeQuery(engine: Engine, sql: string): Promise<QueryColumn[]> {
  if (!isNestable(sql)) return engine.rows<QueryColumn>(`DESCRIBE SELECT * FROM (${sql}\n)`);
  // On a line of its own, so that what DuckDB says of a line of the query quotes nothing else.
  return engine.rows<QueryColumn>(`DESCRIBE\n${sql}`).catch((error: unknown) => {
    if (error instanceof EngineError) error.message = error.message.replace(/^LINE (\d+):/m, countFromQuery);
    throw error;
  });
}

const countFromQuery = (_: string, line: string) => `LINE ${Number(line) - 1}:`;

async function layDown(bench: Bench, sql: string, columns: readonly QueryColumn[]): Promise<void> {
  const { engine } = bench;
  const create = `CREATE TABLE ${CATALOG}.main.data AS`;
  const options = { signal: bench.signal, timeLimitMs: QUERY_LIMIT_MS };
  const passes = bench.notes.get<boolean>("in-passes")
    ? planPartitions(
        sql,
        columns.map(({ column_name }) => column_name),
      )
    : undefined;
  for (const statement of passes?.fill ?? []) await engine.run(statement, options);
  const read = passes?.read ?? sql;
  await engine.run(isNestable(read) ? `${create} ${read}` : `${create} SELECT * FROM (${read}\n)`, options);
  if (passes) await engine.run(passes.drop);
}

function castQuery(sql: string, columns: readonly QueryColumn[], format: ExportFormat): string {
  const casts = columns.map(({ column_type }) => castFor(column_type, format));
  if (casts.every((cast) => cast === undefined)) return sql;
  const list = columns.map(({ column_name }, i) => {
    const cast = casts[i];
    return `${cast ? `CAST(#${i + 1} AS ${cast})` : `#${i + 1}`} AS ${quoteIdentifier(column_name)}`;
  });
  return `SELECT ${list.join(", ")} FROM (${sql}\n)`;
}

/** Errors of the user's SQL are the user's to mend; memory that ran out gets another try; anything else stays as it is. */
function explain(bench: Bench, error: unknown): unknown {
  if (!(error instanceof EngineError) || bench.signal.aborted) return error;
  switch (error.code) {
    case "query_failed":
    case "query_refused":
    case "query_timeout":
      return new AppError(error.code, error.message, {}, { cause: error });
    case "out_of_memory":
      if (bench.notes.get<boolean>("in-passes"))
        return new AppError("query_too_large", error.message, {}, { cause: error });
      bench.notes.put("in-passes", true);
      return new JobPaused();
    default:
      return error;
  }
}
