import type { BlockDisk } from "./types.ts";

/** DuckDB's block size, and the bytes of its three headers in front of the first block. */
export const BLOCK_BYTES = 262_144;
export const HEADER_BYTES = 12_288;
const LOG_PAGE_BYTES = 16_384;

/** How a file is cut into pages: page 0 is `[0, first)`, page `n` is `[first + (n - 1) * rest, first + n * rest)`. */
export interface PageGrid {
  readonly first: number;
  readonly rest: number;
}

/** DuckDB's own grid, so that each block is one page and a block written whole needs no page read. */
export const DATABASE_GRID: PageGrid = { first: HEADER_BYTES, rest: BLOCK_BYTES };
/** Spill files have blocks, but no header. */
const SPILL_GRID: PageGrid = { first: BLOCK_BYTES, rest: BLOCK_BYTES };
/** A write-ahead log grows by small pieces. */
const LOG_GRID: PageGrid = { first: LOG_PAGE_BYTES, rest: LOG_PAGE_BYTES };

export function chooseGrid(file: string): PageGrid {
  if (file.endsWith(".wal")) return LOG_GRID;
  return file.endsWith(".tmp") || file.endsWith(".block") ? SPILL_GRID : DATABASE_GRID;
}

/** A piece of one page: bytes `[from, from + length)` of page `page`, which belong at `at` in the range asked for. */
export interface PageSpan {
  readonly page: number;
  readonly from: number;
  readonly length: number;
  readonly at: number;
}

/** Cuts bytes `[offset, offset + length)` of a file at the borders of its pages. */
export function splitRange(grid: PageGrid, offset: number, length: number): PageSpan[] {
  const spans: PageSpan[] = [];
  for (let at = 0; at < length; ) {
    const position = offset + at;
    const page = position < grid.first ? 0 : 1 + Math.floor((position - grid.first) / grid.rest);
    const start = page === 0 ? 0 : grid.first + (page - 1) * grid.rest;
    const size = page === 0 ? grid.first : grid.rest;
    const from = position - start;
    const span = { page, from, length: Math.min(size - from, length - at), at };
    spans.push(span);
    at += span.length;
  }
  return spans;
}

export interface SqliteDiskOptions {
  /** Most bytes that all files together may hold. */
  readonly maximumBytes?: number | undefined;
}

interface FileEntry {
  readonly id: number;
  size: number;
}

/** An object's SQLite holds 10 GB; leave room for the block cache and what else is there. */
const DEFAULT_MAXIMUM_BYTES = 8_000_000_000;

/**
 * Files on a Durable Object's own SQLite. A page is a row, at most 256 KB; bytes past its end are zero. All calls are
 * synchronous, and what they wrote is as durable as anything the object writes to its storage.
 *
 * Throws where a write would go beyond `maximumBytes`.
 */
export function createSqliteDisk(sql: SqlStorage, options: SqliteDiskOptions = {}): BlockDisk {
  return new SqliteDisk(sql, options.maximumBytes ?? DEFAULT_MAXIMUM_BYTES);
}

class SqliteDisk implements BlockDisk {
  readonly #sql: SqlStorage;
  readonly #maximumBytes: number;
  readonly #files = new Map<string, FileEntry>();
  #storedBytes: number;

  constructor(sql: SqlStorage, maximumBytes: number) {
    this.#sql = sql;
    this.#maximumBytes = maximumBytes;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS disk_files (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER NOT NULL)`,
    );
    sql.exec(`CREATE TABLE IF NOT EXISTS disk_pages (
      file INTEGER NOT NULL, page INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (file, page))`);
    for (const row of sql.exec<{ id: number; name: string; size: number }>("SELECT id, name, size FROM disk_files")) {
      this.#files.set(row.name, { id: row.id, size: row.size });
    }
    this.#storedBytes = sql.exec<{ n: number }>("SELECT coalesce(sum(length(data)), 0) AS n FROM disk_pages").one().n;
  }

  size(file: string): number | undefined {
    return this.#files.get(file)?.size;
  }

  create(file: string): void {
    if (this.#files.has(file)) return;
    const { id } = this.#sql
      .exec<{ id: number }>("INSERT INTO disk_files (name, size) VALUES (?, 0) RETURNING id", file)
      .one();
    this.#files.set(file, { id, size: 0 });
  }

  truncate(file: string, size: number): void {
    const entry = this.#entry(file);
    if (size < entry.size) {
      const grid = chooseGrid(file);
      const [last] = splitRange(grid, size, 1);
      if (last!.from > 0) {
        const page = this.#readPage(entry, last!.page);
        if (page && page.length > last!.from)
          this.#writePage(entry, last!.page, page.slice(0, last!.from), page.length);
      }
      const firstGone = last!.from > 0 ? last!.page + 1 : last!.page;
      this.#forget(entry, firstGone);
    }
    this.#resize(entry, size);
  }

  remove(file: string): void {
    const entry = this.#files.get(file);
    if (!entry) return;
    this.#forget(entry, 0);
    this.#sql.exec("DELETE FROM disk_files WHERE id = ?", entry.id);
    this.#files.delete(file);
  }

  rename(from: string, to: string): void {
    const entry = this.#entry(from);
    if (chooseGrid(from) !== chooseGrid(to))
      throw new Error(`"${from}" cannot be renamed to "${to}": another kind of file.`);
    this.remove(to);
    this.#sql.exec("UPDATE disk_files SET name = ? WHERE id = ?", to, entry.id);
    this.#files.delete(from);
    this.#files.set(to, entry);
  }

  read(file: string, offset: number, target: Uint8Array): void {
    const entry = this.#entry(file);
    for (const span of splitRange(chooseGrid(file), offset, target.length)) {
      const page = this.#readPage(entry, span.page);
      const found = page?.subarray(span.from, span.from + span.length);
      if (found) target.set(found, span.at);
      target.fill(0, span.at + (found?.length ?? 0), span.at + span.length);
    }
  }

  write(file: string, offset: number, source: Uint8Array): void {
    const entry = this.#entry(file);
    const grid = chooseGrid(file);
    for (const span of splitRange(grid, offset, source.length)) {
      const piece = source.subarray(span.at, span.at + span.length);
      const pageSize = span.page === 0 ? grid.first : grid.rest;
      if (span.length === pageSize) {
        this.#writePage(entry, span.page, piece.slice(), this.#pageLength(entry, span.page));
        continue;
      }
      const old = this.#readPage(entry, span.page);
      const page = new Uint8Array(Math.max(old?.length ?? 0, span.from + span.length));
      if (old) page.set(old);
      page.set(piece, span.from);
      this.#writePage(entry, span.page, page, old?.length ?? 0);
    }
    this.#resize(entry, Math.max(entry.size, offset + source.length));
  }

  #entry(file: string): FileEntry {
    const entry = this.#files.get(file);
    if (!entry) throw new Error(`There is no file "${file}".`);
    return entry;
  }

  #resize(entry: FileEntry, size: number): void {
    if (size === entry.size) return;
    entry.size = size;
    this.#sql.exec("UPDATE disk_files SET size = ? WHERE id = ?", size, entry.id);
  }

  #readPage(entry: FileEntry, page: number): Uint8Array | undefined {
    const [row] = this.#sql
      .exec<{ data: ArrayBuffer }>("SELECT data FROM disk_pages WHERE file = ? AND page = ?", entry.id, page)
      .toArray();
    return row && new Uint8Array(row.data);
  }

  #pageLength(entry: FileEntry, page: number): number {
    const [row] = this.#sql
      .exec<{ n: number }>("SELECT length(data) AS n FROM disk_pages WHERE file = ? AND page = ?", entry.id, page)
      .toArray();
    return row?.n ?? 0;
  }

  #writePage(entry: FileEntry, page: number, data: Uint8Array, oldLength: number): void {
    const stored = this.#storedBytes + data.length - oldLength;
    if (stored > this.#maximumBytes && data.length > oldLength) {
      const limit = Math.floor(this.#maximumBytes / 1_000_000).toLocaleString("en-US");
      throw new Error(
        `The scratch disk is full (${limit} MB). Ask for less at once: filter rows, name fewer columns, or sort and group by less.`,
      );
    }
    this.#sql.exec("INSERT OR REPLACE INTO disk_pages (file, page, data) VALUES (?, ?, ?)", entry.id, page, data);
    this.#storedBytes = stored;
  }

  #forget(entry: FileEntry, firstPage: number): void {
    const { n } = this.#sql
      .exec<{ n: number }>(
        "SELECT coalesce(sum(length(data)), 0) AS n FROM disk_pages WHERE file = ? AND page >= ?",
        entry.id,
        firstPage,
      )
      .one();
    this.#sql.exec("DELETE FROM disk_pages WHERE file = ? AND page >= ?", entry.id, firstPage);
    this.#storedBytes -= n;
  }
}
