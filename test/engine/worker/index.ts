import { DurableObject } from "cloudflare:workers";
import { RecordBatchStreamWriter, Schema } from "apache-arrow";
import {
  type BlockCache,
  type BlockDisk,
  createBlockCache,
  createEngine,
  createEngineHolder,
  createSqliteDisk,
  type Engine,
  EngineError,
  type EngineOptions,
  MemoryBudget,
  queryBounded,
  type RemoteFile,
  readColumnBlocks,
} from "../../../src/engine/index.ts";
import type { Outcome, Step } from "./steps.ts";

interface Env {
  ENGINES: DurableObjectNamespace<EngineHost>;
  BUCKET: R2Bucket;
}

/** An object that does with its engines what a test tells it to, step by step. */
export class EngineHost extends DurableObject<Env> {
  readonly #engines = new Map<string, Engine>();
  #disk: BlockDisk | undefined;
  #cache: BlockCache | undefined;
  readonly #aborts = new Map<string, AbortController>();
  #counts = { gets: 0, bytes: 0 };

  async perform(steps: Step[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const step of steps) {
      const started = Date.now();
      try {
        outcomes.push({ ...(await this.#perform(step)), ms: Date.now() - started });
      } catch (error) {
        const code = error instanceof EngineError ? error.code : "unknown";
        const cause = error instanceof Error && error.cause ? String(error.cause) : undefined;
        const stack = error instanceof EngineError ? undefined : (error as Error).stack;
        outcomes.push({ error: { code, message: (error as Error).message, cause, stack }, ms: Date.now() - started });
      }
    }
    return outcomes;
  }

  async #perform(step: Step): Promise<Omit<Outcome, "ms">> {
    const engine = this.#engines.get(step.engine ?? "main");
    switch (step.op) {
      case "start": {
        this.#disk ??= createSqliteDisk(this.ctx.storage.sql, { maximumBytes: step.diskBytes });
        this.#cache ??= createBlockCache(this.ctx.storage.sql, step.cache);
        const options: EngineOptions = {
          disk: step.disk === false ? undefined : this.#disk,
          cache: step.noCache ? undefined : this.#cache,
          memoryBytes: step.memoryBytes,
        };
        await this.#engines.get(step.engine ?? "main")?.end();
        this.#engines.set(step.engine ?? "main", await createEngine(options));
        return {};
      }
      case "end":
        await engine!.end();
        return {};
      case "run":
        await engine!.run(step.sql, { timeLimitMs: step.timeLimitMs, signal: this.#signal(step.abortName) });
        return {};
      case "rows":
        return { rows: (await engine!.rows(step.sql, { timeLimitMs: step.timeLimitMs })).map(describeRow) };
      case "query": {
        const { schema, batches } = await engine!.query(step.sql, { timeLimitMs: step.timeLimitMs });
        const writer = new RecordBatchStreamWriter();
        writer.reset(undefined, new Schema(schema.fields));
        let count = 0;
        for await (const batch of batches) {
          writer.write(batch);
          if (++count === step.stopAfterBatches) break;
        }
        writer.finish();
        return { count, ipc: Buffer.from(await writer.toUint8Array()).toString("base64") };
      }
      case "abort":
        this.#aborts.get(step.abortName)?.abort();
        return {};
      case "registerBuffer":
        await engine!.registerBuffer(step.name, new TextEncoder().encode(step.text));
        return {};
      case "dropBuffer":
        await engine!.dropBuffer(step.name);
        return {};
      case "insertArrow":
        await engine!.insertArrow(step.table, [Buffer.from(step.ipc, "base64")]);
        return {};
      case "publish": {
        const size = this.#disk!.size(step.name)!;
        const bytes = new Uint8Array(size);
        this.#disk!.read(step.name, 0, bytes);
        await this.env.BUCKET.put(step.key, bytes);
        return { count: size };
      }
      case "registerRemote": {
        const remote = await this.#openRemote(step);
        engine!.registerRemote(step.name, remote);
        return { count: remote.size };
      }
      case "columnBlocks":
        return { columnBlocks: await readColumnBlocks(engine!, step.table) };
      case "bounded": {
        const holder = createEngineHolder({
          memoryBytes: step.memoryBytes,
          start: async () => {
            const started = await createEngine({ disk: this.#disk, memoryBytes: step.memoryBytes });
            await started.run("ATTACH 'big.duckdb' AS big (READ_ONLY)");
            return started;
          },
        });
        const rows = await queryBounded(holder.use.bind(holder), step.sql, {}, async ({ batches }) => {
          const found: Record<string, unknown>[] = [];
          for await (const batch of batches) for (const row of batch) if (row) found.push(row.toJSON());
          return found;
        });
        await holder.end();
        return { rows: rows.map(describeRow) };
      }
      case "share":
        return { rows: await shareBudget(step) };
      case "lock":
        await engine!.lock();
        return {};
      case "counts": {
        const counts = this.#counts;
        this.#counts = { gets: 0, bytes: 0 };
        return { counts };
      }
      case "state":
        return {
          state: {
            memoryBytes: engine!.memoryBytes,
            isFinished: engine!.isFinished,
            databaseSize: this.ctx.storage.sql.databaseSize,
          },
        };
    }
  }

  #signal(name: string | undefined): AbortSignal | undefined {
    if (name === undefined) return undefined;
    const controller = new AbortController();
    this.#aborts.set(name, controller);
    return controller.signal;
  }

  async #openRemote(step: Extract<Step, { op: "registerRemote" }>): Promise<RemoteFile> {
    const { key, columnBlocks, failAfterGets = Number.POSITIVE_INFINITY } = step;
    const head = await this.env.BUCKET.head(key);
    if (!head) throw new Error(`No object ${key}.`);
    let left = failAfterGets;
    return {
      size: head.size,
      columnBlocks,
      cacheKey: `${key}@${head.etag}`,
      read: async (start, end) => {
        // A get that really fails: the object's precondition is another object's etag.
        const onlyIf = { etagMatches: left-- > 0 ? head.etag : "0".repeat(32) };
        const object = await this.env.BUCKET.get(key, { range: { offset: start, length: end - start }, onlyIf });
        if (!object || !("body" in object)) throw new Error(`The object "${key}" has changed.`);
        this.#counts.gets++;
        this.#counts.bytes += end - start;
        return new Uint8Array(await object.arrayBuffer());
      },
    };
  }
}

/** Holders that share a budget each run a query at the same time, and another later; tells when each was in its engine. */
async function shareBudget(step: Extract<Step, { op: "share" }>): Promise<Record<string, unknown>[]> {
  const budget = new MemoryBudget(step.totalBytes);
  const live = new Set<Engine>();
  const makeHolder = () =>
    createEngineHolder({
      budget,
      memoryBytes: step.engineBytes,
      idleMs: step.idleMs,
      waitMs: step.waitMs,
      start: async () => {
        const engine = await createEngine({ memoryBytes: step.engineBytes });
        live.add(engine);
        return engine;
      },
    });
  const countLive = () => [...live].filter(({ isFinished }) => !isFinished).length;
  let inside = 0;
  const events = await Promise.all(
    Array.from({ length: step.holders }, async () => {
      const holder = makeHolder();
      try {
        return await holder.use(async (engine) => {
          const most = ++inside;
          await engine.run("SELECT sum(hash(range)) FROM range(4_000_000)");
          await new Promise((resolve) => setTimeout(resolve, 200));
          inside--;
          return { inside: most, live: countLive() };
        }, step.needBytes);
      } catch (error) {
        return { error: (error as Error).message };
      }
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, step.idleMs + 300));
  return [...events, { live: countLive(), freeBytes: budget.freeBytes }];
}

function describeRow(row: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  ) as Record<string, unknown>;
}

// biome-ignore lint/style/noDefaultExport: how a Worker names its handlers
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    if (request.method === "PUT") {
      await env.BUCKET.put(url.pathname.slice(1), request.body);
      return new Response("stored");
    }
    const host = env.ENGINES.get(env.ENGINES.idFromName(url.searchParams.get("object") ?? "default"));
    return Response.json(await host.perform(await request.json<Step[]>()));
  },
} satisfies ExportedHandler<Env>;
