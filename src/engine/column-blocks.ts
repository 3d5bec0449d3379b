import type { Engine } from "./types.ts";

/** More than this many numbers are not worth keeping beside a table. */
const MOST_BLOCKS = 40_000;

/**
 * The blocks of each column of an attached table, in the order of a scan: what `RemoteFile.columnBlocks` takes. Reads most of the
 * table, so ask while it is still on a local disk, right after it was written.
 *
 * @param table as SQL names it, with its catalog: `work.main.t`
 * @returns undefined for a table of too many blocks
 */
export async function readColumnBlocks(engine: Engine, table: string): Promise<number[][] | undefined> {
  const rows = await engine.rows<{ column_id: bigint; block_id: bigint }>(`
    SELECT column_id, unnest(list_prepend(block_id, additional_block_ids)) AS block_id
    FROM pragma_storage_info('${table.replaceAll("'", "''")}')
    WHERE persistent AND block_id >= 0
    ORDER BY column_id, row_group_id, column_path, segment_id
    LIMIT ${MOST_BLOCKS + 1}`);
  if (rows.length > MOST_BLOCKS) return undefined;
  const columns: Set<number>[] = [];
  for (const { column_id, block_id } of rows) {
    columns[Number(column_id)] ??= new Set();
    columns[Number(column_id)]!.add(Number(block_id));
  }
  return Array.from(columns, (blocks) => [...(blocks ?? [])]);
}
