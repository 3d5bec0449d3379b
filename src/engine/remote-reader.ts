import type { BlockCache } from "./block-cache.ts";
import type { Piece, RemoteReader } from "./file-functions.ts";
import { createReadPlanner, type PageRun, planGets, type ReadPlanner } from "./read-ahead.ts";
import { DATABASE_GRID, type PageSpan, splitRange } from "./sqlite-disk.ts";
import type { RemoteFile } from "./types.ts";

const FIRST = DATABASE_GRID.first;
const REST = DATABASE_GRID.rest;

/** Workers have six connections open at once. */
const MAXIMUM_GETS_IN_FLIGHT = 6;
/** Most blocks in one get: 2 MB, all of it in memory while it is on its way. */
const MAXIMUM_BLOCKS_A_GET = 8;

export interface ReadCounts {
  gets: number;
  bytes: number;
}

/**
 * Reads remote files by the blocks of DuckDB's storage, through a cache. Missing neighbours are one get; what is going to be
 * needed next is on its way at the same time, by up to six gets.
 */
export function createRemoteReader(cache: BlockCache): RemoteReader & { readonly counts: ReadCounts } {
  const counts: ReadCounts = { gets: 0, bytes: 0 };
  const files = new WeakMap<RemoteFile, FileReader>();
  return {
    counts,
    read(file, offset, length) {
      let reader = files.get(file);
      if (!reader) {
        reader = new FileReader(file, cache, counts);
        files.set(file, reader);
      }
      return reader.read(splitRange(DATABASE_GRID, offset, length));
    },
  };
}

class FileReader {
  readonly #file: RemoteFile;
  readonly #cache: BlockCache;
  readonly #counts: ReadCounts;
  readonly #planner: ReadPlanner;
  /** Pages on their way; each resolves to its own bytes. */
  readonly #coming = new Map<number, Promise<Uint8Array>>();
  #gets = 0;

  constructor(file: RemoteFile, cache: BlockCache, counts: ReadCounts) {
    this.#file = file;
    this.#cache = cache;
    this.#counts = counts;
    const pageCount = 1 + Math.ceil(Math.max(0, file.size - FIRST) / REST);
    // Block n of DuckDB is page n + 1 of the file.
    const columns = file.columnBlocks?.map((blocks) => blocks.map((block) => block + 1));
    this.#planner = createReadPlanner(pageCount, MAXIMUM_BLOCKS_A_GET, columns);
  }

  read(spans: readonly PageSpan[]): Piece[] | Promise<Piece[]> {
    const pieces: Piece[] = [];
    for (const span of spans) {
      this.#planner.note(span.page);
      const bytes = this.#cache.get(this.#file.cacheKey, span.page);
      if (!bytes) return this.#readMissing(spans);
      pieces.push(cut(bytes, span));
    }
    return pieces;
  }

  async #readMissing(spans: readonly PageSpan[]): Promise<Piece[]> {
    const pieces: Piece[] = [];
    for (const span of spans) pieces.push(cut(await this.#page(span.page), span));
    return pieces;
  }

  #page(page: number): Uint8Array | Promise<Uint8Array> {
    const bytes = this.#cache.get(this.#file.cacheKey, page);
    if (bytes) return bytes;
    const isAtHand = (other: number) => this.#coming.has(other) || this.#cache.has(this.#file.cacheKey, other);
    const coming = this.#coming.get(page);
    if (coming) return coming;
    for (const run of planGets(this.#planner.plan(page, isAtHand), MAXIMUM_BLOCKS_A_GET)) {
      const isWanted = run.first <= page && page <= run.last;
      if (isWanted || this.#gets < MAXIMUM_GETS_IN_FLIGHT) this.#load(run);
    }
    return this.#coming.get(page)!;
  }

  /** Starts a get. A page that nobody waits for and that fails is simply asked for again when it is needed. */
  #load({ first, last }: PageRun): void {
    const start = first === 0 ? 0 : FIRST + (first - 1) * REST;
    const end = Math.min(this.#file.size, last === 0 ? FIRST : FIRST + last * REST);
    this.#gets++;
    this.#counts.gets++;
    this.#counts.bytes += end - start;
    const all = this.#file.read(start, end).then((bytes) => {
      if (bytes.length === end - start) return bytes;
      throw new Error(
        `A stored table is shorter than it should be: ${bytes.length} of ${end - start} bytes at ${start}.`,
      );
    });
    const pages: Promise<Uint8Array>[] = [];
    for (let page = first; page <= last; page++) {
      const at = page === 0 ? 0 : FIRST + (page - 1) * REST - start;
      // A copy of its own, or one small page would keep the whole get in memory.
      const bytes = all.then((whole) => {
        const copy = whole.slice(at, at + (page === 0 ? FIRST : REST));
        this.#cache.put(this.#file.cacheKey, page, copy);
        return copy;
      });
      pages.push(bytes);
      this.#coming.set(page, bytes);
    }
    void Promise.allSettled(pages).then(() => {
      this.#gets--;
      for (let page = first; page <= last; page++) this.#coming.delete(page);
    });
  }
}

function cut(bytes: Uint8Array, { at, from, length }: PageSpan): Piece {
  return { at, bytes: bytes.subarray(from, from + length) };
}
