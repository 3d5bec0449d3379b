import type { DuckDBModule, ImportedFunctions, SuspendingFunctions } from "./duckdb-module.ts";
import type { BlockDisk, RemoteFile } from "./types.ts";

/** Flags of DuckDB's `FileOpenFlags`, one byte. */
const FLAG = { write: 2, create: 8, createNew: 16 } as const;
/** DuckDB-WASM's "native" data protocol: files are opened, read and written by the functions below. */
const PROTOCOL_NATIVE = 1;
/** The only platform feature claimed: BigInt64Array, so that 64-bit integers stay what they are. */
const FEATURE_BIGINT64 = 1;

/** Where to find bytes of a remote file: `bytes` belong at `at` in what was asked for. */
export interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Reads bytes `[offset, offset + length)` of a remote file: at once when they are at hand, so that DuckDB need not wait. */
export interface RemoteReader {
  read(file: RemoteFile, offset: number, length: number): Piece[] | Promise<Piece[]>;
}

interface OpenFile {
  readonly name: string;
  readonly remote: RemoteFile | undefined;
}

/**
 * The files that one engine sees: those on its disk, and the remote ones registered with it. Nothing here is shared
 * between engines.
 */
export class FileFunctions {
  readonly remotes = new Map<string, RemoteFile>();
  /** What a file function threw last, so that a failed query can name the cause. */
  failure: unknown;
  /**
   * Write-ahead logs that DuckDB read or removed since this was last emptied. DuckDB-WASM keeps what it knows of such a file, and
   * later commits fail or are lost unless it is told to forget it.
   */
  readonly staleLogs = new Set<string>();
  readonly #disk: BlockDisk | undefined;
  readonly #reader: RemoteReader;
  readonly #open = new Map<number, OpenFile>();

  constructor(disk: BlockDisk | undefined, reader: RemoteReader) {
    this.#disk = disk;
    this.#reader = reader;
  }

  /** Runs a file function; what it throws becomes a C++ exception, which ends the query and nothing more. */
  #guard<T>(module: DuckDBModule, body: () => T): T {
    try {
      return body();
    } catch (error) {
      return this.#fail(module, error);
    }
  }

  #fail(module: DuckDBModule, error: unknown): never {
    this.failure = error;
    module.throwInto(error instanceof Error ? error.message : String(error));
  }

  #file(id: number): OpenFile {
    const file = this.#open.get(id);
    if (!file) throw new Error(`The engine used a file that is not open (number ${id}).`);
    return file;
  }

  #writable(id: number): { disk: BlockDisk; name: string } {
    const { name, remote } = this.#file(id);
    if (remote || !this.#disk) throw new Error(`"${name}" can only be read.`);
    return { disk: this.#disk, name };
  }

  #size(name: string): number | undefined {
    return this.remotes.get(name)?.size ?? this.#disk?.size(name);
  }

  #openFile(module: DuckDBModule, id: number, flags: number): number {
    const name = readFileName(module, id);
    const remote = this.remotes.get(name);
    const size = this.#size(name);
    if (remote && flags & FLAG.write) throw new Error(`"${name}" can only be read: attach it with (READ_ONLY).`);
    if (size === undefined) {
      if (!this.#disk || !(flags & (FLAG.create | FLAG.createNew))) return 0;
      this.#disk.create(name);
    } else if (flags & FLAG.createNew) this.#disk?.truncate(name, 0);
    this.#open.set(id, { name, remote });
    if (name.endsWith(".wal") && !(flags & FLAG.write)) this.staleLogs.add(name);
    // Size, address of a copy in memory (none), time of last change.
    const info = module.allocate(24);
    module.doubles.set([this.#size(name) ?? 0, 0, 0], info / 8);
    return info;
  }

  #readFile(
    module: DuckDBModule,
    id: number,
    buffer: number,
    length: number,
    offset: number,
  ): number | Promise<number> {
    const { name, remote } = this.#file(id);
    const size = this.#size(name) ?? 0;
    const count = Math.max(0, Math.min(length, size - offset));
    if (count === 0) return 0;
    const target = () => module.bytes.subarray(buffer >>> 0, (buffer >>> 0) + count);
    if (!remote) {
      this.#disk?.read(name, offset, target());
      return count;
    }
    const copy = (pieces: Piece[]) => {
      // Asks for the memory only now: it may have grown while the blocks were on their way.
      for (const piece of pieces) target().set(piece.bytes, piece.at);
      return count;
    };
    const pieces = this.#reader.read(remote, offset, count);
    if (Array.isArray(pieces)) return copy(pieces);
    return pieces.then(copy).catch((error: unknown) => this.#fail(module, error));
  }

  /** The functions to import; each name is DuckDB-WASM's. */
  imports(): ImportedFunctions {
    const name = (module: DuckDBModule, pointer = 0, length = 0) => module.readString(pointer, length);
    return {
      duckdb_web_test_platform_feature: (_, feature) => feature === FEATURE_BIGINT64,
      duckdb_web_fs_get_default_data_protocol: () => PROTOCOL_NATIVE,
      duckdb_web_fs_file_open: (module, id = 0, flags = 0) =>
        this.#guard(module, () => this.#openFile(module, id, flags)),
      duckdb_web_fs_file_close: (_, id = 0) => void this.#open.delete(id),
      duckdb_web_fs_file_drop_file: () => {},
      duckdb_web_fs_file_sync: () => {},
      duckdb_web_fs_file_get_last_modified_time: () => 0,
      duckdb_web_fs_file_truncate: (module, id = 0, size = 0) =>
        this.#guard(module, () => {
          const file = this.#writable(id);
          file.disk.truncate(file.name, size);
        }),
      duckdb_web_fs_file_write: (module, id = 0, buffer = 0, length = 0, offset = 0) =>
        this.#guard(module, () => {
          const file = this.#writable(id);
          file.disk.write(file.name, offset, module.bytes.subarray(buffer >>> 0, (buffer >>> 0) + length));
          return length;
        }),
      duckdb_web_fs_file_exists: (module, path, length) => this.#size(name(module, path, length)) !== undefined,
      duckdb_web_fs_file_remove: (module, path, length) =>
        this.#guard(module, () => {
          const file = name(module, path, length);
          if (file.endsWith(".wal")) this.staleLogs.add(file);
          this.#disk?.remove(file);
        }),
      duckdb_web_fs_file_move: (module, from, fromLength, to, toLength) =>
        this.#guard(module, () => this.#disk?.rename(name(module, from, fromLength), name(module, to, toLength))),
      duckdb_web_fs_directory_exists: () => true,
      duckdb_web_fs_directory_create: () => {},
      duckdb_web_fs_directory_remove: () => {},
      duckdb_web_fs_directory_list_files: () => false,
      // A pattern only ever finds the file that it names: nobody learns which other files there are.
      duckdb_web_fs_glob: (module, pointer, length) => {
        const path = name(module, pointer, length);
        if (this.#size(path) === undefined) return;
        const text = module.allocateString(path);
        module.call("duckdb_web_fs_glob_add_path", text);
        module.free(text);
      },
    };
  }

  suspendingImports(): SuspendingFunctions {
    return {
      duckdb_web_fs_file_read: (module, id = 0, buffer = 0, length = 0, offset = 0) =>
        this.#guard(module, () => this.#readFile(module, id, buffer, length, offset)),
    };
  }
}

/** Asks DuckDB which name the file with this number has. */
function readFileName(module: DuckDBModule, id: number): string {
  const response = module.allocate(24);
  try {
    module.call("duckdb_web_fs_get_file_info_by_id", response, id, 0);
    const [status, data = 0, length = 0] = module.doubles.subarray(response / 8, response / 8 + 3);
    const text = module.readString(data, length);
    if (status !== 0) throw new Error(text);
    return (JSON.parse(text) as { fileName: string }).fileName;
  } finally {
    module.call("duckdb_web_clear_response");
    module.free(response);
  }
}
