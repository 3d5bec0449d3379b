import { type CheckSql, MODEL_LIMITS, type ModelOutcome, planWithModel } from "../../ask/model.ts";
import type { PlanInput, PlannedQuery } from "../../ask/plan.ts";
import { addFoundValues, type FoundValue, listUnknownPhrases, printProbe } from "../../ask/probe.ts";
import { addReferences, type CountedReference, printReferenceProbe } from "../../ask/references.ts";
import type { TableInfo } from "../../ask/types.ts";
import { EngineError } from "../../engine/errors.ts";
import { AppError } from "../errors.ts";
import type { AskRequest, QuestionPlan } from "../services.ts";
import type { AskModel } from "./choose-model.ts";
import { decideForm } from "./decide-form.ts";
import { describeTable, type SurveyedTable } from "./describe-columns.ts";
import { orderGroups } from "./order-groups.ts";
import { inputForModel, isAnswerable, planInConversation } from "./plan-question.ts";
import { readWishes } from "./read-wishes.ts";

/** What planning needs of the session around it. */
export interface PlannerPorts {
  /**
   * Runs one SELECT over the session's tables, for at most `timeLimitMs`. Undefined when it takes longer, or more memory than there is.
   *
   * @throws EngineError whatever else goes wrong.
   */
  run(sql: string, timeLimitMs: number): Promise<Record<string, unknown>[] | undefined>;
  /** The tables that the session is over. */
  loadTables(): Promise<SurveyedTable[]>;
  /** What was found out about them before, and where to keep it. */
  notes: { load(): TableInfo[] | undefined; keep(tables: readonly TableInfo[]): void };
  /** The questions that the last planned query answered: what a follow-up refers to. */
  previous: { load(): string[] | undefined; keep(questions: readonly string[]): void };
  /** What is wrong with a query; undefined when it may run. */
  guard: CheckSql;
  explain: CheckSql;
  model: AskModel | undefined;
  now: () => Date;
}

/** Finding out about the tables may take so long altogether; what is not known then stays unknown. */
const DESCRIBE_MS = 20_000;
const REFERENCES_MS = 8_000;
const PROBE_MS = 5_000;
/** Questions that a follow-up can look back on. */
const MOST_QUESTIONS = 8;
const MOST_CODES = 8;
const NO_USABLE_QUERY = "The model gave no usable query; the built-in planner answered.";

/** Plans the questions of one session. */
export class SessionPlanner {
  readonly #ports: PlannerPorts;
  /** One array for the session's life: the planner keeps its index by the array's identity. */
  #tables: Promise<TableInfo[]> | undefined;

  constructor(ports: PlannerPorts) {
    this.#ports = ports;
  }

  /**
   * Plans a question and runs the plan. A model's query that fails all the same is replaced by the built-in planner's.
   *
   * @param run runs a plan's SQL until its first rows.
   * @throws AppError `question_unclear` with `candidates` when it may mean several things; `question_unanswerable` with `nearest`, the
   * questions that could be answered, when it is none or has no answer in these tables; and what `run` throws.
   */
  async answer<T>(question: string, ask: AskRequest, run: (plan: QuestionPlan) => Promise<T>): Promise<T> {
    const planned = await this.#plan(question, ask);
    const answer = await run(planned.plan).catch(async (error: unknown) => {
      const isModels =
        planned.plan.planner === "model" && error instanceof EngineError && error.code === "query_failed";
      if (!isModels) throw error;
      console.warn({ message: "The model's query failed.", reason: error.message });
      return run((await this.#plan(question, ask, NO_USABLE_QUERY)).plan);
    });
    this.#ports.previous.keep(planned.questions.slice(-MOST_QUESTIONS));
    return answer;
  }

  /** @param modelFailed why the model is not asked (again). */
  async #plan(
    question: string,
    ask: AskRequest,
    modelFailed?: string,
  ): Promise<{ plan: QuestionPlan; questions: readonly string[] }> {
    const wishes = readWishes(question);
    const tables = await this.#knownTables();
    const now = this.#ports.now();
    const known = await this.#findValues(wishes.question, tables, now);
    const previous = this.#ports.previous.load();
    const input: PlanInput = {
      question: wishes.question,
      tables: known,
      now,
      // The planner reads nothing but the questions of the query before.
      ...(previous ? { previous: { questions: previous } as PlannedQuery } : {}),
    };
    const { outcome, planner, fallback } = await this.#planWith(input, modelFailed);
    if (fallback !== undefined && !modelFailed)
      console.warn({ message: "The model did not plan this question.", reason: fallback });
    if (outcome.kind === "clarify")
      throw new AppError("question_unclear", outcome.message, { members: { candidates: outcome.candidates } });
    if (outcome.kind === "declined")
      throw new AppError("question_unanswerable", outcome.message, {
        members: { nearest: outcome.nearest.filter((nearest) => isAnswerable(nearest, input)) },
      });
    const built = outcome.kind === "planned" ? orderGroups(outcome) : undefined;
    const plan: QuestionPlan = {
      sql: built?.sql ?? outcome.sql,
      interpretation: outcome.interpretation,
      title: outcome.title,
      assumptions: built?.assumptions ?? [],
      shape: built?.shape ?? null,
      planner,
      notes: fallback === undefined ? [] : [NO_USABLE_QUERY],
      form: decideForm({
        question: wishes.question,
        wished: ask.prefer ?? wishes.form,
        shape: built?.shape,
        asksChart: built?.wantsChart,
        saysValues: ask.saysValues,
      }),
      image: wishes.image,
    };
    return { plan, questions: outcome.questions };
  }

  async #planWith(input: PlanInput, modelFailed: string | undefined): Promise<ModelOutcome> {
    const { model, guard, explain } = this.#ports;
    const draft = planInConversation(input);
    const isRefused = draft.kind === "declined" && draft.refused;
    if (modelFailed) return { outcome: draft, planner: "built-in", fallback: modelFailed };
    if (!model || isRefused) return { outcome: draft, planner: "built-in" };
    const ports = { complete: model.complete, guard, explain };
    const planned = await planWithModel(inputForModel(input, draft), ports, {
      ...MODEL_LIMITS,
      timeoutMs: model.timeoutMs,
    });
    return planned.planner === "model" ? planned : { ...planned, outcome: draft };
  }

  #knownTables(): Promise<TableInfo[]> {
    this.#tables ??= this.#describe().catch((error: unknown) => {
      this.#tables = undefined;
      throw error;
    });
    return this.#tables;
  }

  async #describe(): Promise<TableInfo[]> {
    const { notes, run, loadTables } = this.#ports;
    const kept = notes.load();
    if (kept) return kept;
    const until = Date.now() + DESCRIBE_MS;
    const runInTime = async (sql: string) => {
      const left = until - Date.now();
      return left > 0 ? run(sql, left) : undefined;
    };
    const tables: TableInfo[] = [];
    for (const table of await loadTables()) tables.push(await describeTable(table, runInTime));
    const probe = printReferenceProbe(tables);
    const counted = probe === undefined ? undefined : await run(probe, REFERENCES_MS);
    const described = counted ? addReferences(tables, counted.map(readCounted)) : tables;
    notes.keep(described);
    return described;
  }

  /** Values that the question names and that no statistics list are looked up in the data. */
  async #findValues(question: string, tables: TableInfo[], now: Date): Promise<readonly TableInfo[]> {
    const phrases = listUnknownPhrases(question, tables, now);
    const probe = printProbe([...new Set([...findCodes(question), ...phrases])], tables);
    if (probe === undefined) return tables;
    const found = (await this.#ports.run(probe, PROBE_MS)) ?? [];
    return addFoundValues(
      tables,
      found.map(
        (row): FoundValue => ({
          table: String(row["table"]),
          column: String(row["column"]),
          value: String(row["value"]),
        }),
      ),
    );
  }
}

/** Addresses, numbers of orders and the like, which are values as they stand: `ada@example.com`, `AB-1042`. */
function findCodes(question: string): string[] {
  const codes = question.match(/[\p{L}\p{N}][^\s,;?!"'“”()]*[@._\-/:#][^\s,;?!"'“”()]*[\p{L}\p{N}]/gu) ?? [];
  return codes.slice(0, MOST_CODES).map((code) => code.toLowerCase());
}

function readCounted(row: Record<string, unknown>): CountedReference {
  return {
    table: String(row["table"]),
    column: String(row["column"]),
    target: String(row["target"]),
    key: String(row["key"]),
    values: Number(row["values"]),
    found: Number(row["found"]),
  };
}
