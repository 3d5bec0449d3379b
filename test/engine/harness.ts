import { join } from "node:path";
import { createTestHarness } from "wrangler";
import type { Outcome, Step } from "./worker/steps.ts";

/** A running worker whose objects hold engines. */
export interface EngineHarness {
  /** Has the object of this name perform the steps; outcomes come in their order, errors among them. */
  perform(object: string, steps: Step[]): Promise<Outcome[]>;
  /** Like `perform`, but fails when a step failed. */
  succeed(object: string, steps: Step[]): Promise<Outcome[]>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Starts workerd with the worker of this folder. Takes about 4 s; needs the engine built (`npm run engine`). */
export async function startEngineHarness(): Promise<EngineHarness> {
  const server = createTestHarness({ workers: [{ configPath: join(import.meta.dirname, "worker/wrangler.toml") }] });
  await server.listen();
  const perform = async (object: string, steps: Step[]): Promise<Outcome[]> => {
    const response = await server.fetch(`/?object=${encodeURIComponent(object)}`, {
      method: "POST",
      body: JSON.stringify(steps),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The engine's worker answered ${response.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as Outcome[];
  };
  return {
    perform,
    async succeed(object, steps) {
      const outcomes = await perform(object, steps);
      const failed = outcomes.findIndex(({ error }) => error);
      if (failed >= 0) throw new Error(`Step ${failed} failed: ${JSON.stringify([steps[failed], outcomes[failed]])}`);
      return outcomes;
    },
    async put(key, bytes) {
      const response = await server.fetch(`/${key}`, { method: "PUT", body: bytes });
      await response.text();
    },
    close: () => server.close(),
  };
}
