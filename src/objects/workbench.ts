import { DurableObject } from "cloudflare:workers";
import { composeServices } from "../compose.ts";
import { type Bench, JobPaused, type Notes } from "../core/ingest/bench.ts";
import { discardTables } from "../core/ingest/discard-tables.ts";
import { runJob } from "../core/jobs/run-job.ts";
import type { Services, WorkbenchRoom } from "../core/services.ts";
import {
  createBlockCache,
  createEngine,
  createEngineHolder,
  createSqliteDisk,
  type Engine,
  isolateBudget,
} from "../engine/index.ts";
import type { Environment } from "../environment.ts";
import { reportJob } from "../storage/jobs.ts";

const MEGABYTE = 1_048_576;
const ENGINE_MEMORY_BYTES = 96 * MEGABYTE;
/** What a job usually comes to use, so that queries of the same isolate can go on beside it. */
const USUAL_MEMORY_BYTES = 64 * MEGABYTE;
/** An object's SQLite holds 10 GB; this leaves room for notes and rejects. */
const DISK_BYTES = 9_500_000_000;
/** Blocks of tables that the job reads. */
const CACHE_MEMORY_BYTES = 8 * MEGABYTE;
const CACHE_DISK_BYTES = 400 * MEGABYTE;
const REPORT_INTERVAL_MS = 1_000;
/** A job that has nothing new to tell gives a sign of life this often; it learns by it that it was cancelled or deleted. */
const SIGN_OF_LIFE_MS = 5_000;
const NEXT_TURN_MS = 1_000;
/** A turn has at most 300 s of CPU time (`limits.cpu_ms`); work that goes on longer takes another turn. */
const TURN_MS = 120_000;
/** A turn that others wait for ends this early, at the next point where nothing is lost: a query should not wait for a whole job. */
const SHARED_TURN_MS = 5_000;
/** How long a turn waits for memory that other engines of the isolate use. */
const WAIT_MS = 60_000;

/** One job: engine, scratch disk, progress. Named after the job's id, it works on nothing else and then empties itself. */
export class Workbench extends DurableObject<Environment> implements WorkbenchRoom {
  readonly #disk = createSqliteDisk(this.ctx.storage.sql, { maximumBytes: DISK_BYTES });
  readonly #cache = createBlockCache(this.ctx.storage.sql, {
    memoryBytes: CACHE_MEMORY_BYTES,
    diskBytes: CACHE_DISK_BYTES,
  });
  readonly #notes: Notes = {
    get: <T>(key: string) => this.ctx.storage.kv.get<T>(key),
    put: (key, value) => this.ctx.storage.kv.put(key, value),
    list: <T>(prefix: string) => [...this.ctx.storage.kv.list<T>({ prefix })],
    delete: (key) => {
      this.ctx.storage.kv.delete(key);
    },
  };
  readonly #holder = createEngineHolder({
    start: () => createEngine({ disk: this.#disk, cache: this.#cache, memoryBytes: ENGINE_MEMORY_BYTES }),
    memoryBytes: ENGINE_MEMORY_BYTES,
    waitMs: WAIT_MS,
  });
  #cancel: AbortController | undefined;

  /** Makes sure that the job is being worked on: an alarm does the work, and starts anew by itself after a crash. */
  async start(jobId: string): Promise<void> {
    this.#notes.put("job", jobId);
    if (this.#cancel === undefined && (await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(Date.now());
  }

  /** Stops the work; the job's row says already that it is cancelled. */
  async cancel(): Promise<void> {
    this.#cancel?.abort(new Error("The job was cancelled."));
  }

  override async alarm(): Promise<void> {
    const jobId = this.#notes.get<string>("job");
    if (jobId === undefined || this.#cancel) return;
    const cancel = new AbortController();
    this.#cancel = cancel;
    try {
      const services = composeServices(this.env, { origin: "", waitUntil: (work) => this.ctx.waitUntil(work) });
      const turn = await this.#takeTurn(services, jobId, cancel);
      if (turn === "again") await this.ctx.storage.setAlarm(Date.now() + NEXT_TURN_MS);
      else {
        await discardTables(services, this.#notes);
        await this.#empty();
      }
    } finally {
      this.#cancel = undefined;
      await this.#holder.end();
    }
  }

  async #takeTurn(services: Services, jobId: string, cancel: AbortController): Promise<"ended" | "again"> {
    let hasBegun = false;
    try {
      return await this.#holder.use(async (engine) => {
        hasBegun = true;
        const heart = startHeart(services, jobId, cancel);
        try {
          return await runJob(services, this.#bench(cancel, engine, heart.report), jobId);
        } finally {
          heart.stop();
        }
      }, USUAL_MEMORY_BYTES);
    } catch (error) {
      if (hasBegun) throw error;
      console.error({
        message: "No engine could be had; the job waits for another turn.",
        jobId,
        error: String(error),
      });
      return "again";
    }
  }

  #bench(cancel: AbortController, engine: Engine, report: Bench["report"]): Bench {
    const turnBegan = Date.now();
    const turnMs = () => (isolateBudget.isAwaited ? SHARED_TURN_MS : TURN_MS);
    return {
      disk: this.#disk,
      notes: this.#notes,
      signal: cancel.signal,
      engine,
      checkpoint: () => {
        cancel.signal.throwIfAborted();
        if (Date.now() > turnBegan + turnMs()) throw new JobPaused();
      },
      report,
    };
  }

  async #empty(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }
}

/** Writes down how far a running job is, and stops it once its row says that nobody wants it any more. */
function startHeart(
  services: Services,
  jobId: string,
  cancel: AbortController,
): { report: Bench["report"]; stop(): void } {
  let latest: { progress: number; message: string | undefined } = { progress: 0, message: undefined };
  let isNew = false;
  let beatAt = Date.now();
  const beat = async () => {
    const now = Date.now();
    if (!isNew && now - beatAt < SIGN_OF_LIFE_MS) return;
    isNew = false;
    beatAt = now;
    try {
      const isOpen = await reportJob(services.db, jobId, latest.progress, latest.message, new Date(now));
      if (!isOpen) cancel.abort(new Error("The job was cancelled or deleted."));
    } catch (error) {
      console.error({ message: "A job's progress could not be recorded.", jobId, error: String(error) });
    }
  };
  const timer = setInterval(beat, REPORT_INTERVAL_MS);
  return {
    report(progress, message) {
      latest = { progress, message };
      isNew = true;
    },
    stop: () => clearInterval(timer),
  };
}
