import { EngineError } from "./errors.ts";
import { planPartitions } from "./partition.ts";
import type { Engine, QueryOptions, QueryResult } from "./types.ts";

/**
 * Runs a query and hands its result to `consume`. When it runs out of memory before its first row, and can be cut into passes that
 * are together the same query (`planPartitions`), it is tried once more that way, in a fresh engine.
 *
 * @param withEngine runs a function with a live engine, such as `EngineHolder.use`
 * @param consume reads the result to its end (or breaks off); is called once more after an attempt that failed before any row
 * @throws EngineError as `Engine.query` does
 */
export async function queryBounded<T>(
  withEngine: <R>(body: (engine: Engine) => Promise<R>) => Promise<R>,
  sql: string,
  options: QueryOptions,
  consume: (result: QueryResult) => Promise<T>,
): Promise<T> {
  let delivered = false;
  const watched = (result: QueryResult): QueryResult => ({
    schema: result.schema,
    batches: noticeFirst(result.batches, () => {
      delivered = true;
    }),
  });
  const started = Date.now();
  try {
    return await withEngine(async (engine) => consume(watched(await engine.query(sql, options))));
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== "out_of_memory" || delivered) throw error;
    return await withEngine(async (engine) => {
      const columns = await engine.rows<{ column_name: string }>(`DESCRIBE ${sql}`);
      const plan = planPartitions(
        sql,
        columns.map(({ column_name }) => column_name),
      );
      if (!plan) throw error;
      // The passes and the reading share what is left of the time limit.
      const rest = (): QueryOptions => ({
        signal: options.signal,
        timeLimitMs: options.timeLimitMs && Math.max(1, options.timeLimitMs - (Date.now() - started)),
      });
      try {
        for (const statement of plan.fill) await engine.run(statement, rest());
        return await consume(await engine.query(plan.read, rest()));
      } finally {
        if (!engine.isFinished) await engine.run(plan.drop);
      }
    });
  }
}

async function* noticeFirst<B>(batches: AsyncIterable<B>, notice: () => void): AsyncGenerator<B> {
  for await (const batch of batches) {
    notice();
    yield batch;
  }
}
