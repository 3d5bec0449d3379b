import { checkReadOnly, EngineError, type EngineHolder, explainQuery } from "../../engine/index.ts";
import { listTablesByIds } from "../../storage/tables.ts";
import { AppError } from "../errors.ts";
import { loadProfile } from "../profiles/load-profile.ts";
import type { AskRequest, Services } from "../services.ts";
import type { AskModel } from "./choose-model.ts";
import type { SurveyedTable } from "./describe-columns.ts";
import { type PlannerPorts, SessionPlanner } from "./session-planner.ts";
import { TableNotes } from "./table-notes.ts";

/** What a session's object hands to its planner. */
export interface PlannerRoom {
  storage: DurableObjectStorage;
  holder: EngineHolder;
  services: Pick<Services, "db" | "bucket" | "now">;
  model: AskModel | undefined;
  tables: AskRequest["tables"];
  /** Aborts when the session ends. */
  signal: AbortSignal;
}

const PREVIOUS = "previous questions";
/** What a statement about the tables may come to use. */
const NEED_BYTES = 64 << 20;
const EXPLAIN_BYTES = 32 << 20;

/** The planner of one session, over its engine and its object's storage. */
export function openPlanner(room: PlannerRoom): SessionPlanner {
  const notes = new TableNotes(room.storage.sql);
  const ports: PlannerPorts = {
    run: (sql, timeLimitMs) => runBounded(room, sql, timeLimitMs),
    loadTables: () => loadTables(room),
    notes,
    previous: {
      load: () => room.storage.kv.get<string[]>(PREVIOUS),
      keep: (questions) => room.storage.kv.put(PREVIOUS, [...questions]),
    },
    guard: async (sql) => sayFault(() => checkReadOnly(sql)),
    explain: (sql) => sayFault(() => room.holder.use((engine) => explainQuery(engine, sql), EXPLAIN_BYTES)),
    model: room.model,
    now: room.services.now,
  };
  return new SessionPlanner(ports);
}

/** Runs a statement about the tables; one that needs too long or too much is given up. */
async function runBounded(
  { holder, signal }: PlannerRoom,
  sql: string,
  timeLimitMs: number,
): Promise<Record<string, unknown>[] | undefined> {
  try {
    return await holder.use((engine) => engine.rows(sql, { timeLimitMs, signal }), NEED_BYTES);
  } catch (error) {
    if (!(error instanceof EngineError) || !GIVEN_UP.has(error.code)) throw error;
    console.warn({ message: "Less is known of a session's tables.", code: error.code, reason: error.message });
    return undefined;
  }
}

const GIVEN_UP = new Set(["query_timeout", "out_of_memory", "engine_crashed"]);

async function sayFault(check: () => unknown): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}

async function loadTables({ services, tables }: PlannerRoom): Promise<SurveyedTable[]> {
  const rows = await listTablesByIds(
    services.db,
    tables.map((table) => table.tableId),
  );
  return Promise.all(
    tables.map(async ({ name, tableId }) => {
      const row = rows.find((candidate) => candidate.id === tableId);
      if (!row) throw new AppError("gone", "The session's data has been deleted. Open a session over another upload.");
      return { name, rows: row.rowCount, columns: row.columns, profile: await loadProfile(services, row) };
    }),
  );
}
