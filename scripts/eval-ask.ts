/**
 * Runs a set of questions against the planner and says how many it answers rightly.
 *
 *   npm run eval:ask -- --questions Q.json --tables DIR [--out result.json] [--only 3,17] [--quiet]
 *
 * Q.json is an array of {i, db_id, question, gold_sql, ordered, rows?}; DIR holds one folder of CSV files a database
 * (DIR/<db_id>/<table>.csv). Rows that are not given are computed from gold_sql (DuckDB's dialect).
 * When an answer counts as right is written in ask/compare-rows.ts.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { planQuestion } from "../src/ask/plan.ts";
import { addFoundValues, listUnknownPhrases, printProbe } from "../src/ask/probe.ts";
import { addReferences, printReferenceProbe } from "../src/ask/references.ts";
import type { CellValue, TableInfo } from "../src/ask/types.ts";
import { isSameAnswer } from "./ask/compare-rows.ts";
import { openFolder, profileTables, type SqlPort } from "./ask/profile-tables.ts";

interface Question {
  i: number;
  db_id: string;
  question: string;
  gold_sql: string;
  ordered: boolean;
  rows?: CellValue[][];
  /** Number of gold rows, where "rows" holds only the first of them. */
  row_count?: number;
}

interface Result {
  i: number;
  db_id: string;
  question: string;
  verdict: "right" | "wrong" | "declined" | "gold failed";
  sql?: string;
  rows?: CellValue[][];
  interpretation?: string;
  confidence?: number;
  doubts?: string[];
  message?: string;
  gold_sql: string;
  milliseconds: number;
}

const MOST_ROWS_KEPT = 20;

const { values: options } = parseArgs({
  options: {
    questions: { type: "string" },
    tables: { type: "string" },
    out: { type: "string" },
    only: { type: "string" },
    quiet: { type: "boolean", default: false },
  },
});
if (options.questions === undefined || options.tables === undefined) {
  console.error("Usage: npm run eval:ask -- --questions Q.json --tables DIR [--out result.json]");
  process.exit(2);
}

const only = options.only === undefined ? undefined : new Set(options.only.split(",").map(Number));
const questions = (JSON.parse(readFileSync(options.questions, "utf8")) as Question[]).filter(
  (question) => only?.has(question.i) ?? true,
);
const results: Result[] = [];
const databases = new Map<string, { port: SqlPort; tables: TableInfo[] }>();
for (const [index, question] of questions.entries()) {
  results.push(await answer(question, options.tables));
  showProgress(index + 1);
}
for (const { port } of databases.values()) port.close();
const summary = summarise(results);
if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify({ summary, results }, null, 1)}\n`);
console.log(
  `\n${summary.total} questions: ${summary.right} right (${percent(summary.right, summary.total)}), ${summary.wrong} wrong (${percent(summary.wrong, summary.total)}), ${summary.declined} declined.`,
);
console.log(
  `Of the ${summary.right + summary.wrong} answered, ${percent(summary.right, summary.right + summary.wrong)} are right. Planning takes ${summary.medianMilliseconds.toFixed(1)} ms at the median.`,
);
if (summary.goldFailed > 0) console.log(`${summary.goldFailed} gold queries failed.`);

async function openDatabase(folder: string, id: string): Promise<{ port: SqlPort; tables: TableInfo[] }> {
  const known = databases.get(id);
  if (known !== undefined) return known;
  const port = await openFolder(join(folder, id));
  const tables = await profileTables(port);
  const probe = printReferenceProbe(tables);
  const counted =
    probe === undefined
      ? []
      : (await port.runSql(probe)).rows.map(([table, column, target, key, values, found]) => ({
          table: String(table),
          column: String(column),
          target: String(target),
          key: String(key),
          values: Number(values),
          found: Number(found),
        }));
  const opened = { port, tables: addReferences(tables, counted) };
  databases.set(id, opened);
  return opened;
}

async function answer(question: Question, folder: string): Promise<Result> {
  const { port, tables } = await openDatabase(folder, question.db_id);
  const now = new Date("2026-06-15T12:00:00Z");
  const probe = printProbe(listUnknownPhrases(question.question, tables, now), tables);
  const found =
    probe === undefined
      ? []
      : (await port.runSql(probe)).rows.map(([table, column, value]) => ({
          table: String(table),
          column: String(column),
          value: String(value),
        }));
  const started = performance.now();
  const outcome = planQuestion({ question: question.question, tables: addFoundValues(tables, found), now });
  const result: Result = {
    i: question.i,
    db_id: question.db_id,
    question: question.question,
    verdict: "declined",
    gold_sql: question.gold_sql,
    milliseconds: performance.now() - started,
  };
  let gold = question.rows;
  if (gold === undefined) {
    try {
      gold = (await port.runSql(question.gold_sql)).rows;
    } catch (error) {
      return { ...result, verdict: "gold failed", message: String(error) };
    }
  }
  if (outcome.kind !== "planned") return { ...result, message: outcome.message };
  result.sql = outcome.sql;
  result.interpretation = outcome.interpretation;
  result.confidence = outcome.confidence;
  result.doubts = outcome.doubts.map((doubt) => `${doubt.kind}: ${doubt.text}`);
  try {
    const { rows } = await port.runSql(outcome.sql);
    return {
      ...result,
      rows: rows.slice(0, MOST_ROWS_KEPT),
      verdict: isSameAnswer(gold, rows, question.ordered, question.row_count) ? "right" : "wrong",
    };
  } catch (error) {
    return { ...result, verdict: "wrong", message: String(error) };
  }
}

function summarise(all: readonly Result[]): {
  total: number;
  right: number;
  wrong: number;
  declined: number;
  goldFailed: number;
  medianMilliseconds: number;
} {
  const count = (verdict: Result["verdict"]): number => all.filter((result) => result.verdict === verdict).length;
  const times = all.map((result) => result.milliseconds).sort((a, b) => a - b);
  return {
    total: all.length,
    right: count("right"),
    wrong: count("wrong"),
    declined: count("declined"),
    goldFailed: count("gold failed"),
    medianMilliseconds: times[Math.floor(times.length / 2)] ?? 0,
  };
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}

function showProgress(done: number): void {
  if (options.quiet === true || !process.stderr.isTTY) return;
  const width = 40;
  const filled = Math.round((width * done) / questions.length);
  process.stderr.write(`\r[${"#".repeat(filled)}${".".repeat(width - filled)}] ${done}/${questions.length}`);
}
