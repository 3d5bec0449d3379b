/** The built-in planner: a question in English and the tables it is about → SQL, or a clear reason why not. */
import { prepareSchema } from "./computed.ts";
import { confidenceOf, type Doubt, LEAST_CONFIDENCE, listDoubts } from "./confidence.ts";
import { isFollowUp, readFrames } from "./follow-up.ts";
import type { Frame } from "./frame.ts";
import { interpretQuery } from "./interpret.ts";
import { isFiller, isTyingVerb } from "./plain-words.ts";
import { printQuery } from "./print.ts";
import { findUnanswerable, refuseQuestion } from "./refuse.ts";
import { Unanswerable } from "./resolve/context.ts";
import { type Built, buildQuery } from "./resolve/query.ts";
import { shapeOf, titleOf } from "./shape.ts";
import { suggestQuestions } from "./suggest.ts";
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
  /** The question asks for a picture, of whichever kind. */
  wantsChart: boolean;
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
  | {
      kind: "declined";
      message: string;
      nearest: string[] /** It is no question about data at all (empty, hostile, not English). */;
      refused: boolean;
    };

/** Plans a question. Pure: the same input gives the same outcome. */
export function planQuestion(input: PlanInput): PlanOutcome {
  const { question, tables, previous, now } = input;
  const refusal = refuseQuestion(question, tables);
  const schema = prepareSchema(tables, now);
  const decline = (message: string, refused = false): PlanOutcome => ({
    kind: "declined",
    message,
    nearest: suggestQuestions(schema, question),
    refused,
  });
  if (refusal !== undefined) return decline(refusal, true);
  const unanswerable = findUnanswerable(question);
  if (unanswerable !== undefined) return decline(unanswerable);
  const chain =
    previous !== undefined && isFollowUp(question, schema, now) ? [...previous.questions, question] : [question];
  let frame: Frame | undefined;
  try {
    frame = readFrames(chain, schema, now);
    const built = buildQuery(frame, schema);
    const doubts = listDoubts(frame, built, schema);
    if (confidenceOf(doubts) < LEAST_CONFIDENCE) return decline(sayDoubts(doubts));
    return findChoice(built) ?? finish(chain, frame, built, doubts);
  } catch (error) {
    if (error instanceof Unanswerable) return decline(sayUnplaced(error.message, frame));
    throw error;
  }
}

/** Why there is no query, and which words may be to blame. */
function sayUnplaced(message: string, frame: Frame | undefined): string {
  const words = [...new Set(frame?.unplaced ?? [])].filter((word) => !isTyingVerb(word) && !isFiller(word));
  return words.length === 0
    ? message
    : `${message} I could not place ${words.map((word) => `“${word}”`).join(", ")} either.`;
}

function sayDoubts(doubts: readonly Doubt[]): string {
  const words = [
    ...new Set(doubts.filter((doubt) => doubt.text !== "" && doubt.kind !== "many").map((doubt) => `“${doubt.text}”`)),
  ];
  return words.length === 0
    ? "I do not see what is asked for in these tables."
    : `I could not place ${words.join(", ")} in these tables, and I would rather not guess.`;
}

/** Asks back when several columns of one table fit equally well. */
function findChoice(built: Built): PlanOutcome | undefined {
  const [first] = built.context.settled.ambiguous;
  if (first === undefined) return undefined;
  const candidates = first.options.flatMap((option) => (option.column === undefined ? [] : [option.column.name]));
  return {
    kind: "clarify",
    message: `“${first.variable.text}” may mean ${listChoices(candidates)} of “${first.options[0]?.table.name ?? ""}”. Which one do you mean?`,
    candidates,
  };
}

function listChoices(names: readonly string[]): string {
  return names.map((name) => `“${name}”`).join(" or ");
}

function finish(questions: string[], frame: Frame, built: Built, doubts: Doubt[]): PlanOutcome {
  const { query, context } = built;
  return {
    kind: "planned",
    sql: printQuery(query),
    tree: query,
    interpretation: interpretQuery(query),
    title: titleOf(query, frame),
    shape: shapeOf(frame, built),
    wantsChart: frame.wantsChart,
    confidence: confidenceOf(doubts),
    doubts,
    assumptions: context.assumptions,
    questions,
  };
}
