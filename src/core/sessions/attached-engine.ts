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
  const layouts = await Promise.all(tables.map((table) => readLayout(bucket, table.layoutKey)));
  const engine = await createEngine({ disk, cache });
  try {
    for (const [i, table] of tables.entries()) {
      const file = `${catalogOf(i)}.duckdb`;
      const source = tableSource({ catalog: catalogOf(i), table: "data" }, table.columnCount);
      engine.registerRemote(file, remoteFile(bucket, table, layouts[i]));
      await engine.run(`ATTACH '${file}' AS ${quoteIdentifier(catalogOf(i))} (READ_ONLY)`);
      await engine.run(`CREATE VIEW ${quoteIdentifier(table.name)} AS SELECT * FROM ${source}`);
    }
    await engine.lock();
    return engine;
  } catch (error) {
    await engine.end();
    throw error;
  }
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
