import { runWrangler } from "./run-wrangler.ts";

export type Row = Record<string, unknown>;

/**
 * Runs SQL on the local database (also while `wrangler dev` runs: SQLite locks it for each of the two in turn) or the deployed one.
 * @returns the rows of the last statement.
 */
export function queryDatabase(where: { remote: boolean; state: string }, sql: string): Row[] {
  const target = where.remote ? ["--remote"] : ["--local", "--persist-to", where.state];
  const output = runUnlocked(["d1", "execute", "DB", ...target, "--yes", "--json", `--command=${sql}`]);
  // Wrangler may print a notice before the JSON.
  const results: unknown = JSON.parse(output.slice(Math.max(0, output.search(/^\[/m))));
  const last: unknown = Array.isArray(results) ? results.at(-1) : undefined;
  if (typeof last !== "object" || last === null || !("results" in last) || !Array.isArray(last.results)) {
    throw new Error(`wrangler answered with something else than results:\n${output}`);
  }
  return last.results;
}

/** Runs wrangler, again while another process holds the database. */
function runUnlocked(args: readonly string[], tries = 5): string {
  try {
    return runWrangler(args);
  } catch (error) {
    if (tries > 1 && error instanceof Error && error.message.includes("SQLITE_BUSY"))
      return runUnlocked(args, tries - 1);
    throw error;
  }
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
