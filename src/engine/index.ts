export { type BlockCache, type BlockCacheOptions, createBlockCache } from "./block-cache.ts";
export { createEngine, type EngineOptions } from "./engine.ts";
export { EngineError, type EngineErrorCode } from "./errors.ts";
export { checkReadOnly } from "./guard.ts";
export { BLOCK_BYTES, createSqliteDisk, HEADER_BYTES, type SqliteDiskOptions } from "./sqlite-disk.ts";
export type { BlockDisk, Engine, QueryOptions, QueryResult, RemoteFile } from "./types.ts";
