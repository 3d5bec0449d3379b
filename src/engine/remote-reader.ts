import type { BlockCache } from "./block-cache.ts";
import type { Piece, RemoteReader } from "./file-functions.ts";
import { planGets } from "./read-ahead.ts";
import { DATABASE_GRID, type PageSpan, splitRange } from "./sqlite-disk.ts";
import type { RemoteFile } from "./types.ts";

const FIRST = DATABASE_GRID.first;
const REST = DATABASE_GRID.rest;

/** Workers have six connections open at once. */
const MAXIMUM_GETS_IN_FLIGHT = 6;
/** Most blocks in one get: 4 MB, all of it in memory while it is on its way. */
const MAXIMUM_BLOCKS_A_GET = 16;

export interface ReadCounts {
  gets: number;
  bytes: number;
}

/**
 * Reads remote files by the blocks of DuckDB's storage, through a cache. Missing neighbours are one get; several gets are on
 * their way at once.
 */
export function createRemoteReader(cache: BlockCache): RemoteReader & { readonly counts: ReadCounts } {
  const counts: ReadCounts = { gets: 0, bytes: 0 };

  async function fetchPages(file: RemoteFile, first: number, last: number): Promise<Uint8Array> {
    const start = first === 0 ? 0 : FIRST + (first - 1) * REST;
    const end = Math.min(file.size, last === 0 ? FIRST : FIRST + last * REST);
    counts.gets++;
    counts.bytes += end - start;
    const bytes = await file.read(start, end);
    if (bytes.length !== end - start) {
      throw new Error(
        `A stored table is shorter than it should be: ${bytes.length} of ${end - start} bytes at ${start}.`,
      );
    }
    return bytes;
  }

  /** Gets pages `[first, last]` and hands each to the cache; `wanted` receives the ones asked for right now. */
  async function load(file: RemoteFile, first: number, last: number, wanted: Map<number, Uint8Array>): Promise<void> {
    const bytes = await fetchPages(file, first, last);
    let at = 0;
    for (let page = first; page <= last && at < bytes.length; page++) {
      const length = page === 0 ? FIRST : REST;
      // A copy of its own, or one small page would keep the whole get in memory.
      const data = bytes.slice(at, at + length);
      at += length;
      cache.put(file.cacheKey, page, data);
      if (wanted.has(page)) wanted.set(page, data);
    }
  }

  async function readMissing(file: RemoteFile, spans: readonly PageSpan[]): Promise<Piece[]> {
    const wanted = new Map(spans.map(({ page }) => [page, cache.get(file.cacheKey, page) ?? new Uint8Array(0)]));
    const missing = [...wanted].filter(([, bytes]) => bytes.length === 0).map(([page]) => page);
    const gets = planGets(missing, MAXIMUM_BLOCKS_A_GET);
    for (let next = 0; next < gets.length; next += MAXIMUM_GETS_IN_FLIGHT) {
      const batch = gets.slice(next, next + MAXIMUM_GETS_IN_FLIGHT);
      await Promise.all(batch.map(({ first, last }) => load(file, first, last, wanted)));
    }
    return spans.map(({ page, from, length, at }) => ({ at, bytes: wanted.get(page)!.subarray(from, from + length) }));
  }

  return {
    counts,
    read(file, offset, length) {
      const spans = splitRange(DATABASE_GRID, offset, length);
      const pieces: Piece[] = [];
      for (const { page, from, length: count, at } of spans) {
        const bytes = cache.get(file.cacheKey, page);
        if (!bytes) return readMissing(file, spans);
        pieces.push({ at, bytes: bytes.subarray(from, from + count) });
      }
      return pieces;
    },
  };
}
