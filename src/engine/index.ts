export { type BlockCache, type BlockCacheOptions, createBlockCache } from "./block-cache.ts";
export { queryBounded } from "./bounded-query.ts";
export { readColumnBlocks } from "./column-blocks.ts";
export { createEngine, type EngineOptions } from "./engine.ts";
export { EngineError, type EngineErrorCode } from "./errors.ts";
export { type EngineResources, type Estimate, estimateIngest, estimateQuery, type PlanNode } from "./estimate.ts";
export { explainQuery } from "./explain-query.ts";
export { checkReadOnly } from "./guard.ts";
export {
  createEngineHolder,
  type EngineHolder,
  type EngineHolderOptions,
  isolateBudget,
  MemoryBudget,
} from "./memory-budget.ts";
export { type PartitionPlan, planPartitions } from "./partition.ts";
export { BLOCK_BYTES, createSqliteDisk, HEADER_BYTES, type SqliteDiskOptions } from "./sqlite-disk.ts";
export type { BlockDisk, Engine, QueryOptions, QueryResult, RemoteFile } from "./types.ts";
