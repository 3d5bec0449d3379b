import { DurableObject } from "cloudflare:workers";
import { composeServices } from "../compose.ts";
import type { Limits } from "../core/limits.ts";
import { chooseModel } from "../core/questions/choose-model.ts";
import { openPlanner } from "../core/questions/open-planner.ts";
import { limitsFor } from "../core/questions/present-answer.ts";
import type { SessionPlanner } from "../core/questions/session-planner.ts";
import type {
  AskRequest,
  HistoryEntry,
  QueryAnswer,
  QueryOutcome,
  QueryRequest,
  SessionRoom,
  SessionSetup,
} from "../core/services.ts";
import { startAttachedEngine } from "../core/sessions/attached-engine.ts";
import { describeFailure } from "../core/sessions/describe-failure.ts";
import { QueryLog } from "../core/sessions/query-log.ts";
import { runQuery } from "../core/sessions/run-query.ts";
import {
  checkReadOnly,
  createBlockCache,
  createEngine,
  createEngineHolder,
  createSqliteDisk,
  type Engine,
} from "../engine/index.ts";
import type { Environment } from "../environment.ts";
import { endSessionRow } from "../storage/sessions.ts";

const MEGABYTE = 1_048_576;
const ENGINE_MEMORY_BYTES = 96 * MEGABYTE;
const SCRATCH_BYTES = 2_048 * MEGABYTE;
const CACHE_MEMORY_BYTES = 8 * MEGABYTE;
const CACHE_DISK_BYTES = 1_024 * MEGABYTE;

/** One query session: engine, block cache, history, rate limit and expiry. Named after the session's id. */
export class Session extends DurableObject<Environment> implements SessionRoom {
  readonly #log = new QueryLog(this.ctx.storage.sql);
  readonly #disk = createSqliteDisk(this.ctx.storage.sql, { maximumBytes: SCRATCH_BYTES });
  readonly #cache = createBlockCache(this.ctx.storage.sql, {
    memoryBytes: CACHE_MEMORY_BYTES,
    diskBytes: CACHE_DISK_BYTES,
  });
  readonly #holder = createEngineHolder({ start: () => this.#startEngine(), memoryBytes: ENGINE_MEMORY_BYTES });
  readonly #closed = new AbortController();
  #planner: SessionPlanner | undefined;

  async open(setup: SessionSetup): Promise<void> {
    this.ctx.storage.kv.put("setup", setup);
    await this.ctx.storage.setAlarm(setup.expiresAt);
  }

  async query(request: QueryRequest): Promise<QueryOutcome> {
    const setup = this.ctx.storage.kv.get<SessionSetup>("setup");
    if (!setup)
      return {
        ok: false,
        error: { code: "gone", message: "The session has ended. Open another with POST /data/sessions." },
      };
    const { limits } = composeServices(this.env, { origin: "", waitUntil: () => undefined });
    const admission = this.#log.admit(request, setup.queriesPerMinute, Date.now());
    const { isAdmitted, rateLimit } = admission;
    if (!isAdmitted && rateLimit) {
      const message = `This session has run ${rateLimit.limit} queries in the last minute, which is the limit. Try again in ${rateLimit.resetSeconds} s.`;
      return { ok: false, error: { code: "rate_limited", message, rateLimit } };
    }
    const started = Date.now();
    try {
      const { ask } = request;
      const answer = ask ? await this.#ask(request, ask, limits) : await this.#run(request, limits);
      return { ok: true, value: { ...answer, rateLimit } };
    } catch (error) {
      const failure = describeFailure(error);
      this.#log.finish(request.queryId, {
        executionTimeMs: Date.now() - started,
        rowCount: null,
        error: failure.message,
      });
      return { ok: false, error: failure };
    }
  }

  #run(request: QueryRequest, limits: Limits): Promise<Omit<QueryAnswer, "rateLimit">> {
    checkReadOnly(request.sql);
    return runQuery({
      holder: this.#holder,
      request,
      limits: {
        maxBytes: request.maxBytes ?? limits.MAX_RESULT_BYTES,
        timeLimitMs: (request.timeLimitSeconds ?? limits.QUERY_TIME_LIMIT_SECONDS) * 1000,
        memoryBytes: ENGINE_MEMORY_BYTES,
        scratchBytes: SCRATCH_BYTES,
      },
      signal: this.#closed.signal,
      onEnd: ({ executionTimeMs, rowCount, error }) =>
        this.#log.finish(request.queryId, { executionTimeMs, rowCount, error: error?.message ?? null }),
    });
  }

  #ask(request: QueryRequest, ask: AskRequest, limits: Limits): Promise<Omit<QueryAnswer, "rateLimit">> {
    return this.#openPlanner(ask).answer(request.query, ask, async (plan) => {
      this.#log.notePlan(request.queryId, plan.sql);
      const planned = { ...request, sql: plan.sql, ...limitsFor(request, plan.form) };
      return { ...(await this.#run(planned, limits)), plan };
    });
  }

  async history(): Promise<HistoryEntry[]> {
    return this.#log.list();
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error("The session has ended."));
    this.#log.close();
    await this.#holder.end();
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  /** The session's time is over. */
  override async alarm(): Promise<void> {
    const setup = this.ctx.storage.kv.get<SessionSetup>("setup");
    if (setup) {
      const { db } = composeServices(this.env, { origin: "", waitUntil: () => undefined });
      await endSessionRow(db, setup.sessionId, "expired", new Date());
    }
    await this.close();
  }

  #openPlanner({ tables }: AskRequest): SessionPlanner {
    const services = composeServices(this.env, { origin: "", waitUntil: () => undefined });
    const { storage } = this.ctx;
    const model = chooseModel(this.env);
    this.#planner ??= openPlanner({
      storage,
      holder: this.#holder,
      services,
      model,
      tables,
      signal: this.#closed.signal,
    });
    return this.#planner;
  }

  #startEngine(): Promise<Engine> {
    const tables = this.ctx.storage.kv.get<SessionSetup>("setup")?.tables ?? [];
    return startAttachedEngine({
      tables,
      bucket: this.env.BUCKET,
      createEngine: (options) =>
        createEngine({ ...options, memoryBytes: ENGINE_MEMORY_BYTES, scratchBytes: SCRATCH_BYTES }),
      disk: this.#disk,
      cache: this.#cache,
    });
  }
}
