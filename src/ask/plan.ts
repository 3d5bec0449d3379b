/** The built-in planner: a question in English and the tables it is about → SQL, or a clear reason why not. */
import { confidenceOf, type Doubt, LEAST_CONFIDENCE, listDoubts } from "./confidence.ts";
import type { Frame } from "./frame.ts";
import { parseQuestion } from "./grammar/question.ts";
import { interpretQuery } from "./interpret.ts";
import { coverQuestion } from "./items.ts";
import { printQuery } from "./print.ts";
import { refuseQuestion } from "./refuse.ts";
import { Unanswerable } from "./resolve/context.ts";
import { type Built, buildQuery } from "./resolve/query.ts";
import { indexSchema } from "./schema.ts";
import { suggestQuestions } from "./suggest.ts";
import { tokenize } from "./tokens.ts";
import type { Query } from "./tree.ts";
import type { ResultShape, TableInfo } from "./types.ts";

export interface PlanInput {
  question: string;
  tables: readonly TableInfo[];
  /** The query this one follows up on. */
  previous?: PlannedQuery;
  /** The asker's now, for "last month" and the like (read in UTC). */
  now: Date;
}

export interface PlannedQuery {
  kind: "planned";
  /** One read-only SELECT in DuckDB's dialect, without a semicolon. */
  sql: string;
  tree: Query;
  /** What the query does, clause by clause, in plain words. */
  interpretation: string;
  title: string;
  shape: ResultShape;
  /** From 0 to 1: how much of the question found a clear place. */
  confidence: number;
  doubts: Doubt[];
  /** Choices the question left open. */
  assumptions: string[];
  /** The question with those before it that it follows up on, oldest first. */
  questions: string[];
}

export type PlanOutcome =
  | PlannedQuery
  /** The question may mean several columns. */
  | { kind: "clarify"; message: string; candidates: string[] }
  /** The question cannot be answered; `nearest` are questions that can. */
  | { kind: "declined"; message: string; nearest: string[] };

/** Plans a question. Pure: the same input gives the same outcome. */
export function planQuestion(input: PlanInput): PlanOutcome {
  const refusal = refuseQuestion(input.question, input.tables);
  const schema = indexSchema(input.tables);
  const decline = (message: string): PlanOutcome => ({
    kind: "declined",
    message,
    nearest: suggestQuestions(schema, input.question),
  });
  if (refusal !== undefined) return decline(refusal);
  try {
    const frame = parseQuestion(coverQuestion(tokenize(input.question), schema, input.now));
    const built = buildQuery(frame, schema);
    const doubts = listDoubts(frame, built, schema);
    if (confidenceOf(doubts) < LEAST_CONFIDENCE) return decline(sayDoubts(doubts));
    const choice = findChoice(built);
    if (choice !== undefined) return choice;
    return finish(input, frame, built, doubts);
  } catch (error) {
    if (error instanceof Unanswerable) return decline(error.message);
    throw error;
  }
}

function sayDoubts(doubts: readonly Doubt[]): string {
  const words = [...new Set(doubts.filter((doubt) => doubt.text !== "" && doubt.kind !== "many").map((doubt) => `“${doubt.text}”`))];
  return words.length === 0 ? "I do not see what is asked for in these tables." : `I could not place ${words.join(", ")} in these tables, and I would rather not guess.`;
}

/** Asks back when several columns of one table fit equally well. */
function findChoice(built: Built): PlanOutcome | undefined {
  const [first] = built.context.settled.ambiguous;
  if (first === undefined) return undefined;
  const candidates = first.options.flatMap((option) => (option.column === undefined ? [] : [option.column.name]));
  return { kind: "clarify", message: `“${first.variable.text}” may mean ${listChoices(candidates)} of “${first.options[0]?.table.name ?? ""}”. Which one do you mean?`, candidates };
}

function listChoices(names: readonly string[]): string {
  return names.map((name) => `“${name}”`).join(" or ");
}

function finish(input: PlanInput, frame: Frame, built: Built, doubts: Doubt[]): PlanOutcome {
  const { query, context } = built;
  const labels =
    query.kind === "select"
      ? query.output.filter((column) => column.role !== "measure").map((column) => column.name)
      : [];
  const measures =
    query.kind === "select"
      ? query.output.filter((column) => column.role === "measure").map((column) => column.name)
      : [];
  return {
    kind: "planned",
    sql: printQuery(query),
    tree: query,
    interpretation: interpretQuery(query),
    title: input.question.trim().replace(/[?.!]+$/, ""),
    shape: {
      intent: "list",
      labels,
      measures,
      ...(frame.chart === undefined ? {} : { chart: frame.chart }),
      ...(built.time === undefined ? {} : { time: built.time }),
    },
    confidence: confidenceOf(doubts),
    doubts,
    assumptions: context.assumptions,
    questions: [input.question],
  };
}
