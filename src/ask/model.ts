/**
 * The model planner: asks a language model for a query, has it checked, repaired at most twice, and falls back to the
 * built-in planner. What the model answers is only ever taken as SQL that passed the read-only guard and the engine's EXPLAIN.
 */
import { buildPrompt, buildRepair, type ChatMessage, readAnswer } from "./model-prompt.ts";
import { type PlanInput, type PlannedQuery, type PlanOutcome, planQuestion } from "./plan.ts";

/** A language model: messages in, its text out. Rejects with {@link ModelUnavailable} or whatever the transport throws. */
export type CompleteText = (messages: readonly ChatMessage[], options: { signal: AbortSignal }) => Promise<string>;

/** A check of a query: gives what is wrong with it, or undefined when it passes. */
export type CheckSql = (sql: string) => Promise<string | undefined>;

/** The model did not answer: its status, and a sentence. */
export class ModelUnavailable extends Error {
  override readonly name = "ModelUnavailable";
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

export interface ModelPorts {
  complete: CompleteText;
  /** Whether a query only reads and touches nothing it may not. */
  guard: CheckSql;
  /** Whether the engine can plan it (`EXPLAIN`). */
  explain: CheckSql;
}

export interface ModelLimits {
  /** For all attempts together, in milliseconds. */
  timeoutMs: number;
  /** How often a refused query is sent back. */
  repairs: number;
}

export const MODEL_LIMITS: ModelLimits = { timeoutMs: 20_000, repairs: 2 };

export interface ModelOutcome {
  outcome: PlanOutcome | ModelQuery;
  planner: "model" | "built-in";
  /** Why the model's answer was not used, when it was not. */
  fallback?: string;
}

/** A query by the model. It has no tree: the shape is known only once it has run. */
export interface ModelQuery {
  kind: "model";
  sql: string;
  interpretation: string;
  title: string;
  questions: string[];
}

/** Plans a question with a model. Never rejects because of the model: then the built-in planner's outcome is given. */
export async function planWithModel(
  input: PlanInput,
  ports: ModelPorts,
  limits: ModelLimits = MODEL_LIMITS,
): Promise<ModelOutcome> {
  const draft = planQuestion(input);
  const builtIn = (fallback: string): ModelOutcome => ({ outcome: draft, planner: "built-in", fallback });
  if (draft.kind === "declined" && draft.refused) return builtIn("The question was refused before a model saw it.");
  const abort = new AbortController();
  const timer = setTimeout(
    () => abort.abort(new ModelUnavailable(`The model did not answer within ${limits.timeoutMs} ms.`)),
    limits.timeoutMs,
  );
  try {
    return await converse(input, draft, ports, limits, abort.signal, builtIn);
  } catch (error) {
    const reason = abort.signal.aborted && abort.signal.reason instanceof Error ? abort.signal.reason : error;
    return builtIn(reason instanceof Error ? reason.message : String(reason));
  } finally {
    clearTimeout(timer);
  }
}

async function converse(
  input: PlanInput,
  draft: PlanOutcome,
  ports: ModelPorts,
  limits: ModelLimits,
  signal: AbortSignal,
  builtIn: (fallback: string) => ModelOutcome,
): Promise<ModelOutcome> {
  const chain = input.previous === undefined ? [] : input.previous.questions;
  const question = [...chain, input.question].join("\nFollow-up: ");
  const messages = buildPrompt(
    question,
    input.tables,
    draft.kind === "planned" ? { sql: draft.sql, interpretation: draft.interpretation } : undefined,
    input.now,
  );
  let problem = "";
  for (let attempt = 0; attempt <= limits.repairs; attempt++) {
    const text = await untilAborted(ports.complete(messages, { signal }), signal);
    const answer = readAnswer(text);
    if (answer.kind === "cannot") return builtIn(`The model says: ${answer.reason}`);
    problem =
      answer.kind === "garbage"
        ? "The answer held no query."
        : ((await ports.guard(answer.sql)) ?? (await ports.explain(answer.sql)) ?? "");
    if (answer.kind === "sql" && problem === "") {
      const questions = draft.kind === "planned" ? draft.questions : [...chain, input.question];
      return { outcome: toOutcome(input, answer.sql, answer.interpretation, questions), planner: "model" };
    }
    messages.push(...buildRepair(text, problem));
  }
  return builtIn(`The model's query was refused ${limits.repairs + 1} times, last because: ${problem}`);
}

function toOutcome(input: PlanInput, sql: string, interpretation: string | undefined, questions: string[]): ModelQuery {
  return {
    kind: "model",
    sql,
    interpretation: interpretation ?? "The model gave no explanation.",
    title: input.question.trim().replace(/[?.!]+$/, ""),
    questions,
  };
}

/** A promise that gives up with the signal even when the port does not heed it. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

export type { PlannedQuery };
