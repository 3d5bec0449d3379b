import { DurableObject } from "cloudflare:workers";
import { composeServices } from "../compose.ts";
import { type Bench, JobPaused, type Notes } from "../core/ingest/bench.ts";
import { runJob } from "../core/jobs/run-job.ts";
import type { BlockDisk, Engine } from "../engine/index.ts";
import { createEngine, createSqliteDisk } from "../engine/index.ts";
import type { Environment } from "../environment.ts";
import { reportJob } from "../storage/jobs.ts";

/** An object's SQLite holds 10 GB; this leaves room for notes and rejects. */
const DISK_BYTES = 9_500_000_000;
const REPORT_INTERVAL_MS = 1_000;
const NEXT_TURN_MS = 1_000;
/** A turn has at most 300 s of CPU time (`limits.cpu_ms`); work that goes on longer takes another turn. */
const TURN_MS = 120_000;

/** One job: engine, scratch disk, progress. Named after the job's id, it works on nothing else and then empties itself. */
export class Workbench extends DurableObject<Environment> {
  readonly #disk: BlockDisk = createSqliteDisk(this.ctx.storage.sql, { maximumBytes: DISK_BYTES });
  readonly #notes: Notes = {
    get: <T>(key: string) => this.ctx.storage.kv.get<T>(key),
    put: (key, value) => this.ctx.storage.kv.put(key, value),
    list: <T>(prefix: string) => [...this.ctx.storage.kv.list<T>({ prefix })],
    delete: (key) => {
      this.ctx.storage.kv.delete(key);
    },
  };
  #engine: Engine | undefined;
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
    const services = composeServices(this.env, { origin: "", waitUntil: (work) => this.ctx.waitUntil(work) });
    try {
      const turn = await runJob(services, this.#bench(jobId, cancel), jobId);
      await this.#endEngine();
      if (turn === "again") await this.ctx.storage.setAlarm(Date.now() + NEXT_TURN_MS);
      else await this.#empty();
    } finally {
      this.#cancel = undefined;
      await this.#endEngine();
    }
  }

  #bench(jobId: string, cancel: AbortController): Bench {
    let reportedAt = 0;
    const turnEnds = Date.now() + TURN_MS;
    return {
      checkpoint: () => {
        cancel.signal.throwIfAborted();
        if (Date.now() > turnEnds) throw new JobPaused();
      },
      disk: this.#disk,
      notes: this.#notes,
      signal: cancel.signal,
      engine: async () => {
        if (this.#engine?.isFinished) await this.#endEngine();
        this.#engine ??= await createEngine({ disk: this.#disk });
        return this.#engine;
      },
      report: (progress, message) => {
        const now = Date.now();
        if (now - reportedAt < REPORT_INTERVAL_MS) return;
        reportedAt = now;
        const { db } = composeServices(this.env, { origin: "", waitUntil: () => undefined });
        reportJob(db, jobId, progress, message, new Date(now))
          .then((isOpen) => isOpen || cancel.abort(new Error("The job was cancelled or deleted.")))
          .catch((error) =>
            console.error({ message: "A job's progress could not be recorded.", jobId, error: String(error) }),
          );
      },
    };
  }

  async #endEngine(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    await engine?.end();
  }

  async #empty(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }
}
