import { EngineError } from "./errors.ts";
import type { PlanNode } from "./estimate.ts";
import type { Engine } from "./types.ts";

/**
 * DuckDB's plan for a query, for `estimateQuery`. Runs nothing.
 *
 * @throws EngineError `query_failed` where the SQL has an error
 */
export async function explainQuery(engine: Engine, sql: string): Promise<PlanNode> {
  const [row] = await engine.rows<{ explain_value: string }>(`EXPLAIN (FORMAT json) ${sql}`);
  const [plan] = JSON.parse(row?.explain_value ?? "[]") as PlanNode[];
  if (!plan) throw new EngineError("query_failed", "DuckDB gave no plan for this query.");
  return plan;
}
