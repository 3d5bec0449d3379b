/** Blocks of remote files, kept in memory and on an object's SQLite. Both are bounded; what was used longest ago goes first. */
export interface BlockCache {
  has(file: string, page: number): boolean;
  get(file: string, page: number): Uint8Array | undefined;
  put(file: string, page: number, bytes: Uint8Array): void;
}

export interface BlockCacheOptions {
  /** Most bytes held in memory. */
  readonly memoryBytes?: number | undefined;
  /** Most bytes held in SQLite. */
  readonly diskBytes?: number | undefined;
}

const DEFAULT_MEMORY_BYTES = 8 * 1_048_576;
const DEFAULT_DISK_BYTES = 1_073_741_824;

interface Slot {
  readonly id: number;
  readonly length: number;
}

/**
 * A cache in two tiers: a map in memory over `sql`, which outlives the object's eviction. Without `sql` there is memory only.
 * Blocks never change (`RemoteFile.cacheKey` names the bytes, not the place), so nothing is ever invalidated.
 */
export function createBlockCache(sql: SqlStorage | undefined, options: BlockCacheOptions = {}): BlockCache {
  return new TwoTierCache(sql, options.memoryBytes ?? DEFAULT_MEMORY_BYTES, options.diskBytes ?? DEFAULT_DISK_BYTES);
}

class TwoTierCache implements BlockCache {
  readonly #sql: SqlStorage | undefined;
  readonly #memoryBytes: number;
  readonly #diskBytes: number;
  /** In order of use, the latest last. */
  readonly #memory = new Map<string, Uint8Array>();
  readonly #slots = new Map<string, Slot>();
  #memoryUsed = 0;
  #diskUsed = 0;

  constructor(sql: SqlStorage | undefined, memoryBytes: number, diskBytes: number) {
    this.#sql = sql;
    this.#memoryBytes = memoryBytes;
    this.#diskBytes = diskBytes;
    if (!sql) return;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS cache_blocks (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, data BLOB NOT NULL)`,
    );
    type Row = { id: number; name: string; length: number };
    for (const row of sql.exec<Row>("SELECT id, name, length(data) AS length FROM cache_blocks ORDER BY id")) {
      this.#slots.set(row.name, { id: row.id, length: row.length });
      this.#diskUsed += row.length;
    }
  }

  has(file: string, page: number): boolean {
    const name = nameBlock(file, page);
    return this.#memory.has(name) || this.#slots.has(name);
  }

  get(file: string, page: number): Uint8Array | undefined {
    const name = nameBlock(file, page);
    const slot = this.#slots.get(name);
    if (slot) {
      this.#slots.delete(name);
      this.#slots.set(name, slot);
    }
    const held = this.#memory.get(name);
    if (held) {
      this.#memory.delete(name);
      this.#memory.set(name, held);
      return held;
    }
    if (!slot || !this.#sql) return undefined;
    const [row] = this.#sql
      .exec<{ data: ArrayBuffer }>("SELECT data FROM cache_blocks WHERE id = ?", slot.id)
      .toArray();
    if (!row) return undefined;
    const bytes = new Uint8Array(row.data);
    this.#hold(name, bytes);
    return bytes;
  }

  put(file: string, page: number, bytes: Uint8Array): void {
    const name = nameBlock(file, page);
    this.#hold(name, bytes);
    if (!this.#sql || this.#slots.has(name) || bytes.length > this.#diskBytes) return;
    for (const [oldest, slot] of this.#slots) {
      if (this.#diskUsed + bytes.length <= this.#diskBytes) break;
      this.#sql.exec("DELETE FROM cache_blocks WHERE id = ?", slot.id);
      this.#slots.delete(oldest);
      this.#diskUsed -= slot.length;
    }
    const { id } = this.#sql
      .exec<{ id: number }>("INSERT INTO cache_blocks (name, data) VALUES (?, ?) RETURNING id", name, bytes)
      .one();
    this.#slots.set(name, { id, length: bytes.length });
    this.#diskUsed += bytes.length;
  }

  #hold(name: string, bytes: Uint8Array): void {
    if (this.#memory.has(name)) return;
    this.#memory.set(name, bytes);
    this.#memoryUsed += bytes.length;
    for (const [oldest, held] of this.#memory) {
      if (this.#memoryUsed <= this.#memoryBytes) break;
      this.#memory.delete(oldest);
      this.#memoryUsed -= held.length;
    }
  }
}

function nameBlock(file: string, page: number): string {
  return `${page}:${file}`;
}
