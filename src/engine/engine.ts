import { makeData, RecordBatch, RecordBatchReader, Schema, Struct } from "apache-arrow";
import { type BlockCache, createBlockCache } from "./block-cache.ts";
import { BOUNDED_FUNCTIONS } from "./bounded-functions.ts";
import { Connection, Watch } from "./connection.ts";
import { DuckDBModule } from "./duckdb-module.ts";
import { EngineError } from "./errors.ts";
import { FileFunctions } from "./file-functions.ts";
import type { FunctionGroup } from "./function-group.ts";
import { JSON_FUNCTIONS, TIME_FUNCTIONS } from "./macros.ts";
import { isNestable, presentQuery } from "./presentation.ts";
import { createRemoteReader } from "./remote-reader.ts";
import { callScalarFunction } from "./scalar-functions.ts";
import type { BlockDisk, Engine, QueryOptions, QueryResult, RemoteFile } from "./types.ts";

export interface EngineOptions {
  /** Where the engine may write: databases, and what it spills. Without it there are no writable files, and no spilling. */
  readonly disk?: BlockDisk | undefined;
  /** Blocks of remote files that are at hand already. */
  readonly cache?: BlockCache | undefined;
  /** Most bytes of WebAssembly memory. DuckDB reports out of memory when it would need more. */
  readonly memoryBytes?: number | undefined;
  /** Most bytes that a query may spill to the disk. */
  readonly scratchBytes?: number | undefined;
}

const MEGABYTE = 1_048_576;
const DEFAULT_MEMORY_BYTES = 96 * MEGABYTE;
const DEFAULT_SCRATCH_BYTES = 2_048 * MEGABYTE;
/** What DuckDB does not count: code, stack, Arrow buffers of results, and what malloc cannot give back. */
const UNCOUNTED_BYTES = 24 * MEGABYTE;
const COUNTED_SHARE = 0.75;
/** Functions in SQL, declared before the first statement that may use them: to declare all takes a third of an engine's start. */
const FUNCTION_GROUPS = [BOUNDED_FUNCTIONS, JSON_FUNCTIONS, TIME_FUNCTIONS];
/** Where queries spill to. */
const SCRATCH_FOLDER = "/scratch";

/**
 * Starts DuckDB (about 50 ms). The engine is empty: attach files to it.
 *
 * @throws EngineError `engine_crashed` when it cannot start.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const memoryBytes = options.memoryBytes ?? DEFAULT_MEMORY_BYTES;
  const reader = createRemoteReader(options.cache ?? createBlockCache(undefined));
  const files = new FileFunctions(options.disk, reader);
  let module: DuckDBModule;
  try {
    const imports = { ...files.imports(), duckdb_web_udf_scalar_call: callScalarFunction };
    module = await DuckDBModule.start(memoryBytes, imports, files.suspendingImports());
  } catch (error) {
    throw new EngineError("engine_crashed", "The query engine could not start.", { cause: error });
  }
  const engine = new DuckDBEngine(module, files, reader.counts);
  const limit = Math.floor((memoryBytes - UNCOUNTED_BYTES) * COUNTED_SHARE);
  const scratch = options.disk ? Math.floor(options.scratchBytes ?? DEFAULT_SCRATCH_BYTES) : 0;
  await engine.prepare([
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    // Every commit is a checkpoint: no write-ahead log that DuckDB-WASM's page buffer could lose.
    "SET checkpoint_threshold = '0B'",
    `SET memory_limit = '${limit}B'`,
    `SET temp_directory = '${options.disk ? SCRATCH_FOLDER : ""}'`,
    `SET max_temp_directory_size = '${scratch}B'`,
  ]);
  return engine;
}

class DuckDBEngine implements Engine {
  readonly #files: FileFunctions;
  /** All that refers to the engine's memory: dropped at its end, which is the only way to give memory back. */
  #live: { readonly module: DuckDBModule; readonly connection: Connection } | undefined;
  #finished: EngineError | undefined;
  readonly #declared = new Set<FunctionGroup>();
  #mayHavePivoted = false;
  readonly remoteReads: { readonly gets: number; readonly bytes: number };
  /** Settles when the call before has left the engine. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(module: DuckDBModule, files: FileFunctions, counts: { readonly gets: number; readonly bytes: number }) {
    this.#files = files;
    this.#live = { module, connection: new Connection(module, files) };
    this.remoteReads = counts;
  }

  get memoryBytes(): number {
    return this.#live?.module.memory.buffer.byteLength ?? 0;
  }

  get isFinished(): boolean {
    return (this.#finished ?? this.#live?.connection.finished) !== undefined;
  }

  get #connection(): Connection {
    if (!this.#live) throw this.#finished;
    return this.#live.connection;
  }

  run(sql: string, options?: QueryOptions): Promise<void> {
    return this.#exclusive(() => this.#runNow(sql, options));
  }

  /** Applies settings, and adds the functions of scalar-functions.ts. */
  async prepare(settings: readonly string[]): Promise<void> {
    await this.#connection.runScript(settings);
    this.#connection.declareFunctions();
  }

  /** Starts a statement, with the functions that it may use. */
  async #start(sql: string, watch: Watch): Promise<Uint8Array> {
    if (this.#mayHavePivoted) {
      this.#mayHavePivoted = false;
      await this.#dropPivotTypes(watch);
    }
    this.#mayHavePivoted = /\bpivot/i.test(sql);
    for (const group of FUNCTION_GROUPS) {
      if (this.#declared.has(group) || !group.usedIn.test(sql)) continue;
      await this.#connection.runScript(group.statements);
      this.#declared.add(group);
    }
    return this.#connection.start(sql, watch);
  }

  /** DuckDB makes an enum of the values that become columns, and leaves it in the catalog. */
  async #dropPivotTypes(watch: Watch): Promise<void> {
    const types = await this.#rowsNow<{ name: string }>(
      "SELECT type_name AS name FROM duckdb_types() WHERE database_name = 'temp' AND starts_with(type_name, '__pivot_enum_')",
      watch,
    );
    const drops = types.map(({ name }) => `DROP TYPE temp.main.${quoteIdentifier(name)}`);
    if (drops.length > 0) await this.#connection.runScript(drops);
  }

  /** Runs a statement for a caller whose turn it is. */
  async #runNow(sql: string, options?: QueryOptions): Promise<void> {
    const watch = new Watch(options);
    await this.#start(sql, watch);
    while (await this.#connection.fetch(watch));
  }

  async rows<T extends Record<string, unknown>>(sql: string, options?: QueryOptions): Promise<T[]> {
    const release = await this.#enter();
    try {
      return await this.#rowsNow<T>(sql, new Watch(options));
    } finally {
      release();
    }
  }

  async #rowsNow<T extends Record<string, unknown>>(sql: string, watch: Watch): Promise<T[]> {
    const rows: T[] = [];
    const { batches } = await openResult(await this.#start(sql, watch), {
      fetch: () => this.#connection.fetch(watch),
      drop: () => this.#connection.cancel(),
      release: () => {},
    });
    for await (const batch of batches) for (const row of batch) if (row) rows.push(row.toJSON() as T);
    return rows;
  }

  /** The query as it has to be run so that all of its values arrive as Arrow. */
  async #present(sql: string, watch: Watch, keepsIntervals = false): Promise<string> {
    if (!isNestable(sql)) return sql;
    type Description = { column_name: string; column_type: string };
    let columns: Description[];
    try {
      columns = await this.#rowsNow<Description>(`DESCRIBE ${sql}`, watch);
    } catch (error) {
      // The query's own error names the right place in the SQL.
      if (error instanceof EngineError && error.code === "query_failed") return sql;
      throw error;
    }
    const described = columns.map(({ column_name, column_type }) => ({ name: column_name, type: column_type }));
    return presentQuery(sql, described, { keepsIntervals }) ?? sql;
  }

  async query(sql: string, options?: QueryOptions): Promise<QueryResult> {
    const release = await this.#enter();
    const watch = new Watch(options);
    try {
      const header = await this.#start(await this.#present(sql, watch, options?.keepsIntervals), watch);
      return await openResult(header, {
        fetch: () => this.#connection.fetch(watch),
        drop: () => this.#connection.cancel(),
        release,
      });
    } catch (error) {
      release();
      throw error;
    }
  }

  registerBuffer(name: string, bytes: Uint8Array): Promise<void> {
    return this.#exclusive(async () => this.#connection.registerBuffer(name, bytes));
  }

  dropBuffer(name: string): Promise<void> {
    return this.#exclusive(async () => this.#connection.dropBuffer(name));
  }

  registerRemote(name: string, file: RemoteFile): void {
    this.#files.remotes.set(name, file);
  }

  insertArrow(
    table: { catalog?: string; schema?: string; name: string },
    ipcStream: readonly Uint8Array[],
  ): Promise<void> {
    return this.#exclusive(async () => {
      // The call itself takes a schema and a name only.
      const home = [table.catalog ?? "memory", table.schema ?? "main"].map(quoteIdentifier).join(".");
      await this.#connection.runScript([`USE ${home}`]);
      try {
        await this.#connection.insertArrow(ipcStream, { schema: table.schema ?? "main", name: table.name });
      } finally {
        if (!this.isFinished) await this.#connection.runScript(["USE memory.main"]);
      }
    });
  }

  async lock(): Promise<void> {
    await this.run("SET enable_external_access = false");
    await this.run("SET lock_configuration = true");
  }

  async end(): Promise<void> {
    this.#finished ??= new EngineError("engine_crashed", "The query engine was ended.");
    if (this.#live) this.#live.connection.finished ??= this.#finished;
    this.#live = undefined;
  }

  /** Waits for its turn; the returned function hands the engine to the next caller. */
  async #enter(): Promise<() => void> {
    let release = () => {};
    const before = this.#turn;
    this.#turn = new Promise<void>((resolve) => {
      release = resolve;
    });
    await before;
    const finished = this.#finished ?? this.#live?.connection.finished;
    if (finished) {
      release();
      throw finished;
    }
    return release;
  }

  async #exclusive<T>(body: () => Promise<T>): Promise<T> {
    const release = await this.#enter();
    try {
      return await body();
    } finally {
      release();
    }
  }
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Gives columns of one name different ones, as DuckDB does for a subquery: `x`, `x_1`, … Arrow for JavaScript mixes up the types
 * of columns with the same name, and rows as objects would lose all but one.
 */
function nameApart(schema: Schema): Schema {
  const taken = new Set(schema.fields.map(({ name }) => name));
  if (taken.size === schema.fields.length) return schema;
  const seen = new Set<string>();
  const fields = schema.fields.map((field) => {
    let name = field.name;
    for (let number = 1; seen.has(name); number++) {
      const candidate = `${field.name}_${number}`;
      if (!taken.has(candidate)) name = candidate;
    }
    seen.add(name);
    taken.add(name);
    return name === field.name ? field : field.clone({ name });
  });
  return new Schema(fields, schema.metadata);
}

function applySchema(schema: Schema, batch: RecordBatch): RecordBatch {
  const type = new Struct(schema.fields);
  return new RecordBatch(
    schema,
    makeData({ type, length: batch.numRows, nullCount: 0, children: batch.data.children }),
  );
}

interface ResultSource {
  fetch(): Promise<Uint8Array | undefined>;
  drop(): Promise<void>;
  release(): void;
}

/** Reads the schema at once and record batches on demand; gives the engine back at the end, on an error, or when dropped. */
async function openResult(header: Uint8Array, source: ResultSource): Promise<QueryResult> {
  let isOpen = true;
  const close = () => {
    isOpen = false;
    source.release();
  };
  async function* messages(): AsyncGenerator<Uint8Array> {
    yield header;
    for (let bytes = await source.fetch(); bytes; bytes = await source.fetch()) yield bytes;
  }
  const reader = await RecordBatchReader.from(messages());
  await reader.open();
  const schema = nameApart(reader.schema as Schema);
  const isRenamed = schema !== reader.schema;
  const iterator: AsyncIterator<RecordBatch> = {
    async next() {
      if (!isOpen) return { done: true, value: undefined };
      try {
        const result = (await reader.next()) as IteratorResult<RecordBatch>;
        if (result.done) close();
        else if (isRenamed) return { done: false, value: applySchema(schema, result.value) };
        return result;
      } catch (error) {
        close();
        throw error;
      }
    },
    async return() {
      if (isOpen) {
        try {
          await source.drop();
        } finally {
          close();
        }
      }
      return { done: true, value: undefined };
    },
  };
  return { schema, batches: { [Symbol.asyncIterator]: () => iterator } };
}
