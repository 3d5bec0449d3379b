import { DurableObject } from "cloudflare:workers";
import type { JobMessage } from "../../../src/core/services.ts";
import { createEngine } from "../../../src/engine/index.ts";
import type { Environment } from "../../../src/environment.ts";
import eider, { Session as EiderSession, Workbench as EiderWorkbench } from "../../../src/index.ts";
import { ResumableObject } from "../../../src/storage/resumable-object.ts";
import { takePeakMemory } from "./watch-memory.ts";

/** Eider as it is, with a counter on its reads from R2, a watch on its memory, and an object that only starts engines. */
interface BenchEnvironment extends Environment {
  STARTERS: DurableObjectNamespace<Starter>;
}

const reads = { gets: 0, bytes: 0 };

/** The bucket, counting gets of table files. */
function countReads(bucket: R2Bucket): R2Bucket {
  return new Proxy(bucket, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      if (property !== "get") return value.bind(target);
      return async (key: string, options?: R2GetOptions) => {
        const object = await target.get(key, options);
        if (object && key.startsWith("tables/")) {
          reads.gets++;
          const range = object.range && "length" in object.range ? object.range.length : undefined;
          reads.bytes += range ?? object.size;
        }
        return object;
      };
    },
  });
}

export class Session extends EiderSession {
  constructor(state: DurableObjectState, env: Environment) {
    super(state, { ...env, BUCKET: countReads(env.BUCKET) });
  }
}

export class Workbench extends EiderWorkbench {}

export class Starter extends DurableObject<BenchEnvironment> {
  /** Milliseconds that each start took. */
  async start(times: number): Promise<number[]> {
    const taken: number[] = [];
    for (let i = 0; i < times; i++) {
      const started = performance.now();
      const engine = await createEngine();
      taken.push(performance.now() - started);
      await engine.end();
      await scheduler.wait(30);
    }
    return taken;
  }
}

/** Milliseconds that an object of so many bytes takes, written as exports are. */
async function writeObject(bucket: R2Bucket, bytes: number): Promise<number> {
  const chunk = new Uint8Array(65_536).fill(120);
  const object = new ResumableObject(bucket, "exports/bench", "text/csv");
  const started = performance.now();
  for (let left = bytes; left > 0; left -= chunk.length)
    await object.write(chunk.subarray(0, Math.min(left, chunk.length)));
  await object.complete();
  return performance.now() - started;
}

// biome-ignore lint/style/noDefaultExport: how a Worker names its handlers
export default {
  ...eider,
  async fetch(request, env, context) {
    const url = new URL(request.url);
    if (url.pathname === "/bench/start") {
      const starter = env.STARTERS.get(env.STARTERS.newUniqueId());
      return Response.json(await starter.start(Number(url.searchParams.get("times"))));
    }
    if (url.pathname === "/bench/write")
      return Response.json({ milliseconds: await writeObject(env.BUCKET, Number(url.searchParams.get("bytes"))) });
    if (url.pathname === "/bench/take") {
      const taken = { ...reads, peakMemoryBytes: takePeakMemory() };
      reads.gets = 0;
      reads.bytes = 0;
      return Response.json(taken);
    }
    return eider.fetch(request, env, context);
  },
} satisfies ExportedHandler<BenchEnvironment, JobMessage>;
