import type { BlockCache, BlockDisk, Engine, EngineOptions, RemoteFile } from "../../engine/index.ts";
import { quoteIdentifier } from "../../engine/sql-text.ts";
import type { SessionSource } from "../services.ts";
import { tableSource } from "../tables/table-layout.ts";

export interface AttachOptions {
  tables: readonly SessionSource[];
  bucket: R2Bucket;
  createEngine: (options: EngineOptions) => Promise<Engine>;
  disk: BlockDisk;
  cache: BlockCache;
}

/** The name under which the file of the n-th table is attached. */
export const catalogOf = (index: number): string => `table_${index}`;

/**
 * Starts an engine in which every table is attached read-only, and is a view under the name that queries use. After this nothing else
 * can be attached, read or set: DuckDB itself refuses.
 *
 * @throws EngineError when a table's file cannot be read.
 */
export async function startAttachedEngine({
  tables,
  bucket,
  createEngine,
  disk,
  cache,
}: AttachOptions): Promise<Engine> {
  const engine = await createEngine({ disk, cache });
  try {
    await attachTables(engine, bucket, tables);
    await lockForQueries(engine);
    return engine;
  } catch (error) {
    await engine.end();
    throw error;
  }
}

/**
 * DuckDB plans deep expressions in time that grows with the third power of their depth, and cannot be stopped meanwhile. Its own limit is
 * 1,000, which takes minutes here.
 */
const MOST_EXPRESSION_DEPTH = 250;

/** Makes an engine ready for SQL of others: nothing else can be attached, read or set, nor take long to plan. */
export async function lockForQueries(engine: Engine): Promise<void> {
  await engine.run(`SET max_expression_depth = ${MOST_EXPRESSION_DEPTH}`);
  await engine.lock();
}

/** Attaches tables to a running engine: each file read-only, and a view under the name that queries use. */
export async function attachTables(engine: Engine, bucket: R2Bucket, tables: readonly SessionSource[]): Promise<void> {
  const layouts = await Promise.all(tables.map((table) => readLayout(bucket, table.layoutKey)));
  for (const [i, table] of tables.entries()) {
    const source = tableSource({ catalog: catalogOf(i), table: "data" }, table.columnCount);
    await attachFile(engine, catalogOf(i), remoteFile(bucket, table, layouts[i]));
    await engine.run(`CREATE VIEW ${quoteIdentifier(table.name)} AS SELECT * FROM ${source}`);
  }
}

/** Attaches the file of one table read-only under a name of the caller's. */
export async function attachTable(
  engine: Engine,
  bucket: R2Bucket,
  table: SessionSource,
  catalog: string,
): Promise<void> {
  await attachFile(engine, catalog, remoteFile(bucket, table, await readLayout(bucket, table.layoutKey)));
}

async function attachFile(engine: Engine, catalog: string, file: RemoteFile): Promise<void> {
  engine.registerRemote(`${catalog}.duckdb`, file);
  await engine.run(`ATTACH '${catalog}.duckdb' AS ${quoteIdentifier(catalog)} (READ_ONLY)`);
}

async function readLayout(bucket: R2Bucket, key: string): Promise<number[][] | undefined> {
  const object = await bucket.get(key);
  return object ? object.json<number[][]>() : undefined;
}

/** A table file in R2. Its key is new for each parse, so the key alone tells the bytes. */
function remoteFile(
  bucket: R2Bucket,
  { objectKey, objectBytes }: SessionSource,
  columnBlocks: number[][] | undefined,
): RemoteFile {
  return {
    size: objectBytes,
    cacheKey: objectKey,
    columnBlocks,
    async read(start, end) {
      const object = await bucket.get(objectKey, { range: { offset: start, length: end - start } });
      if (!object) throw new Error("The table's file is no longer there: its upload has been deleted.");
      return object.bytes();
    },
  };
}
