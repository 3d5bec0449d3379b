import type { BlockCache, BlockDisk, Engine, RemoteFile } from "../../engine/index.ts";
import { quoteIdentifier } from "../../engine/sql-text.ts";
import type { SessionSetup } from "../services.ts";
import { tableSource } from "../tables/table-layout.ts";

/** Makes engines for a session, each with all of its tables attached, read-only and locked. */
export interface AttachOptions {
  setup: SessionSetup;
  bucket: R2Bucket;
  createEngine: (options: { disk: BlockDisk; cache: BlockCache }) => Promise<Engine>;
  disk: BlockDisk;
  cache: BlockCache;
}

/**
 * Starts an engine in which every table of the session is a view under the name that queries use. After this nothing else can be
 * attached, read or set: DuckDB itself refuses.
 */
export async function startAttachedEngine({
  setup,
  bucket,
  createEngine,
  disk,
  cache,
}: AttachOptions): Promise<Engine> {
  const engine = await createEngine({ disk, cache });
  try {
    for (const [i, table] of setup.tables.entries()) {
      const file = `table_${i}.duckdb`;
      engine.registerRemote(file, remoteFile(bucket, table.objectKey, table.objectBytes));
      await engine.run(`ATTACH '${file}' AS ${quoteIdentifier(`table_${i}`)} (READ_ONLY)`);
      await engine.run(
        `CREATE VIEW ${quoteIdentifier(table.name)} AS SELECT * FROM ${tableSource({ catalog: `table_${i}`, table: "data" }, table.columnCount)}`,
      );
    }
    await engine.lock();
    return engine;
  } catch (error) {
    await engine.end();
    throw error;
  }
}

/** A table file in R2. Its key is new for each parse, so the key alone tells the bytes. */
function remoteFile(bucket: R2Bucket, key: string, size: number): RemoteFile {
  return {
    size,
    cacheKey: key,
    async read(start, end) {
      const object = await bucket.get(key, { range: { offset: start, length: end - start } });
      if (!object) throw new Error("The table's file is no longer there: its upload has been deleted.");
      return object.bytes();
    },
  };
}
