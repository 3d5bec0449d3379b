import { type CheckSql, MODEL_LIMITS, type ModelOutcome, planWithModel } from "../../ask/model.ts";
import { type PlanInput, type PlannedQuery, planQuestion } from "../../ask/plan.ts";
import { addFoundValues, type FoundValue, listUnknownPhrases, printProbe } from "../../ask/probe.ts";
import { addReferences, type CountedReference, printReferenceProbe } from "../../ask/references.ts";
import type { TableInfo } from "../../ask/types.ts";
import { AppError } from "../errors.ts";
import type { AskRequest, QuestionPlan } from "../services.ts";
import type { AskModel } from "./choose-model.ts";
import { decideForm } from "./decide-form.ts";
import { describeTable, type SurveyedTable } from "./describe-columns.ts";
import { orderGroups } from "./order-groups.ts";
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

/** Plans the questions of one session. */
export class SessionPlanner {
  readonly #ports: PlannerPorts;
  /** One array for the session's life: the planner keeps its index by the array's identity. */
  #tables: Promise<TableInfo[]> | undefined;

  constructor(ports: PlannerPorts) {
    this.#ports = ports;
  }

  /**
   * Plans a question.
   *
   * @throws AppError `question_unclear` with `candidates` when it may mean several things; `question_unanswerable` with `nearest`, the
   * questions that could be answered, when it is none or has no answer in these tables.
   */
  async plan(question: string, ask: AskRequest): Promise<QuestionPlan> {
    const wishes = readWishes(question);
    const tables = await this.#knownTables();
    const now = this.#ports.now();
    const known = await this.#findValues(wishes.question, tables, now);
    const questions = this.#ports.previous.load();
    const input: PlanInput = {
      question: wishes.question,
      tables: known,
      now,
      // The planner reads nothing but the questions of the query before.
      ...(questions ? { previous: { questions } as PlannedQuery } : {}),
    };
    const { outcome, planner, fallback } = await this.#planWith(input);
    if (fallback !== undefined) console.warn({ message: "The model did not plan this question.", reason: fallback });
    if (outcome.kind === "clarify")
      throw new AppError("question_unclear", outcome.message, { members: { candidates: outcome.candidates } });
    if (outcome.kind === "declined")
      throw new AppError("question_unanswerable", outcome.message, { members: { nearest: outcome.nearest } });
    this.#ports.previous.keep(outcome.questions.slice(-MOST_QUESTIONS));
    const plan = outcome.kind === "planned" ? orderGroups(outcome) : outcome;
    const shape = plan.kind === "planned" ? plan.shape : undefined;
    const asksChart = plan.kind === "planned" ? plan.wantsChart : undefined;
    return {
      sql: plan.sql,
      interpretation: plan.interpretation,
      title: plan.title,
      assumptions: plan.kind === "planned" ? plan.assumptions : [],
      shape: shape ?? null,
      planner,
      notes:
        fallback === undefined || !this.#ports.model
          ? []
          : ["The model gave no usable query; the built-in planner answered."],
      form: decideForm({
        question: wishes.question,
        wished: ask.prefer ?? wishes.form,
        shape,
        asksChart,
        saysValues: ask.saysValues,
      }),
      image: wishes.image,
    };
  }

  async #planWith(input: PlanInput): Promise<ModelOutcome> {
    const { model, guard, explain } = this.#ports;
    if (!model) return { outcome: planQuestion(input), planner: "built-in" };
    const ports = { complete: model.complete, guard, explain };
    return planWithModel(input, ports, { ...MODEL_LIMITS, timeoutMs: model.timeoutMs });
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
    const probe = printProbe(listUnknownPhrases(question, tables, now), tables);
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
