import { openLocalDatabase } from "./local-state.ts";
import { runWrangler } from "./run-wrangler.ts";

export type Row = Record<string, unknown>;

/**
 * Runs statements, one after the other, on the local database (also while `wrangler dev` runs) or the deployed one.
 * @returns the rows of the last statement.
 */
export function queryDatabase(where: { remote: boolean; state: string }, statements: readonly string[]): Row[] {
  return where.remote ? queryDeployed(statements) : queryLocal(where.state, statements);
}

function queryLocal(state: string, statements: readonly string[]): Row[] {
  const database = openLocalDatabase(state);
  try {
    database.exec("BEGIN IMMEDIATE");
    const rows = statements.map((statement) => database.prepare(statement).all());
    database.exec("COMMIT");
    return rows.at(-1) ?? [];
  } finally {
    database.close();
  }
}

function queryDeployed(statements: readonly string[]): Row[] {
  const output = runWrangler([
    "d1",
    "execute",
    "DB",
    "--remote",
    "--yes",
    "--json",
    `--command=${statements.join(";\n")};`,
  ]);
  // Wrangler may print a notice before the JSON.
  const results: unknown = JSON.parse(output.slice(Math.max(0, output.search(/^\[/m))));
  const last: unknown = Array.isArray(results) ? results.at(-1) : undefined;
  if (typeof last !== "object" || last === null || !("results" in last) || !Array.isArray(last.results)) {
    throw new Error(`wrangler answered with something else than results:\n${output}`);
  }
  return last.results;
}

/** A value as an SQL literal. Text is quoted; NUL, which SQLite's own parser would stop at, is refused. */
export function quoteSql(value: string | number | null): string {
  if (value === null) return "NULL";
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new RangeError(`${value} is not a number that SQL knows`);
    return String(value);
  }
  if (value.includes("\0")) throw new RangeError("a text holds a NUL character");
  return `'${value.replaceAll("'", "''")}'`;
}
