/** Puts questions to the planner, runs its queries and compares the rows with gold. */
import { planQuestion } from "../../src/ask/plan.ts";
import { addFoundValues, listUnknownPhrases, printProbe } from "../../src/ask/probe.ts";
import { addReferences, printReferenceProbe } from "../../src/ask/references.ts";
import type { CellValue, TableInfo } from "../../src/ask/types.ts";
import { isSameAnswer } from "./compare-rows.ts";
import { profileTables, type SqlPort } from "./profile-tables.ts";

export interface Question {
  i: number;
  db_id: string;
  question: string;
  gold_sql: string;
  ordered: boolean;
  /** The gold answer; computed from `gold_sql` when missing. */
  rows?: CellValue[][];
  /** Number of gold rows, where `rows` holds only the first of them. */
  row_count?: number;
}

export interface Result {
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
  /** Time the planner took. */
  milliseconds: number;
}

export interface Summary {
  total: number;
  right: number;
  wrong: number;
  declined: number;
  goldFailed: number;
  medianMilliseconds: number;
}

export interface Database {
  port: SqlPort;
  tables: readonly TableInfo[];
}

const MOST_ROWS_KEPT = 20;
/** The day that "today" is in evaluations, so that results can be repeated. */
const NOW = new Date("2026-06-15T12:00:00Z");

/** Profiles an opened database and finds the references that names do not tell, as a session would. */
export async function describeDatabase(port: SqlPort): Promise<Database> {
  const tables = await profileTables(port);
  const probe = printReferenceProbe(tables);
  if (probe === undefined) return { port, tables };
  const counted = (await port.runSql(probe)).rows.map(([table, column, target, key, values, found]) => ({
    table: String(table),
    column: String(column),
    target: String(target),
    key: String(key),
    values: Number(values),
    found: Number(found),
  }));
  return { port, tables: addReferences(tables, counted) };
}

/** Asks one question and judges the answer. */
export async function answerQuestion(question: Question, { port, tables }: Database): Promise<Result> {
  const probe = printProbe(listUnknownPhrases(question.question, tables, NOW), tables);
  const found =
    probe === undefined
      ? []
      : (await port.runSql(probe)).rows.map(([table, column, value]) => ({
          table: String(table),
          column: String(column),
          value: String(value),
        }));
  const started = performance.now();
  const outcome = planQuestion({ question: question.question, tables: addFoundValues(tables, found), now: NOW });
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

/** Counts the verdicts. */
export function summarise(results: readonly Result[]): Summary {
  const count = (verdict: Result["verdict"]): number => results.filter((result) => result.verdict === verdict).length;
  const times = results.map((result) => result.milliseconds).sort((a, b) => a - b);
  return {
    total: results.length,
    right: count("right"),
    wrong: count("wrong"),
    declined: count("declined"),
    goldFailed: count("gold failed"),
    medianMilliseconds: times[Math.floor(times.length / 2)] ?? 0,
  };
}
