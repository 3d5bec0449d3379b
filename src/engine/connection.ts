import { MessageReader } from "apache-arrow";
import type { DuckDBModule } from "./duckdb-module.ts";
import { EngineError } from "./errors.ts";
import type { FileFunctions } from "./file-functions.ts";
import { SCALAR_DECLARATIONS } from "./scalar-functions.ts";
import type { QueryOptions } from "./types.ts";

const encoder = new TextEncoder();

/** Status codes of a response; other values are Arrow's error codes. */
const STATUS = { success: 0, retry: 256 } as const;
/** How an Arrow IPC stream ends. */
const END_OF_STREAM = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
/** A poll runs one task of DuckDB, at most some fifty vectors of 2,048 rows: others get their turn after this many, … */
const POLLS_A_TURN = 16;
/** … or after this long. (In production the clock stands still while a Worker computes, so that time alone would not do.) */
const TURN_MS = 20;
/** How long a turn is where others used theirs: a body that streams past needs one for each of its chunks. */
const SHARED_TURN_MS = 4;
/** A turn that was longer than this was used by others. */
const IDLE_TURN_MS = 1;

interface Response {
  readonly status: number;
  readonly bytes: Uint8Array | undefined;
}

/** Turns DuckDB's calls and their outcomes into promises and `EngineError`s. One call at a time: the caller sees to that. */
export class Connection {
  /** Why no further call is possible. */
  finished: EngineError | undefined;
  readonly #module: DuckDBModule;
  readonly #files: FileFunctions;
  readonly #handle: number;
  readonly #response: number;

  constructor(module: DuckDBModule, files: FileFunctions) {
    this.#module = module;
    this.#files = files;
    this.#response = module.allocate(24);
    this.#call("duckdb_web_open", OPEN_OPTIONS);
    this.#handle = module.call("duckdb_web_connect");
  }

  /** Starts a statement and runs it until its schema, as an Arrow IPC message, is there. */
  async start(sql: string, watch: Watch): Promise<Uint8Array> {
    let response = await this.#withBytes([encoder.encode(sql)], (pointer, length) =>
      this.#callAsync("duckdb_web_pending_query_start_buffer", this.#handle, pointer, length, 1),
    );
    while (!response.bytes) {
      const stop = await watch.pass();
      if (stop) {
        await this.cancel();
        throw stop;
      }
      response = await this.#callAsync("duckdb_web_pending_query_poll", this.#handle);
    }
    return response.bytes;
  }

  /** The next rows of the statement started last, as an Arrow IPC message; undefined at the end. */
  async fetch(watch: Watch): Promise<Uint8Array | undefined> {
    for (;;) {
      const stop = await watch.pass();
      if (stop) {
        await this.cancel();
        throw stop;
      }
      const response = await this.#callAsync("duckdb_web_query_fetch_results", this.#handle);
      if (response.status !== STATUS.retry) return response.bytes?.length ? response.bytes : undefined;
    }
  }

  /** Ends the statement under way, if any, and frees what it holds. */
  async cancel(): Promise<void> {
    if (this.finished) return;
    this.#module.call("duckdb_web_pending_query_cancel", this.#handle);
    // A streamed result is only let go when the connection turns to something else.
    await this.#withBytes([encoder.encode("SELECT 1")], (pointer, length) =>
      this.#callAsync("duckdb_web_query_run_buffer", this.#handle, pointer, length),
    );
  }

  /** Appends rows to a table of the database in use. The pieces make up one stream. */
  async insertArrow(ipcStream: readonly Uint8Array[], options: { name: string; schema: string }): Promise<void> {
    const text = this.#guard(() => this.#module.allocateString(JSON.stringify({ ...options, create: false })));
    try {
      await this.#withBytes([...ipcStream, END_OF_STREAM], async (pointer, length) => {
        const stream = this.#module.bytes.subarray(pointer, pointer + length - END_OF_STREAM.length);
        const streamLength = checkStream(stream) ? stream.length : length;
        await this.#appendStream(pointer, streamLength, text);
      });
    } finally {
      if (!this.finished) this.#module.free(text);
    }
  }

  async #appendStream(pointer: number, length: number, options: number): Promise<void> {
    try {
      await this.#callAsync("duckdb_web_insert_arrow_from_ipc_stream", this.#handle, pointer, length, options);
    } catch (error) {
      // Bytes that are no Arrow stream leave DuckDB-WASM in the middle of one.
      const isDuckDBs = error instanceof EngineError && /^[A-Z][\w ]+ Error: /.test(error.message);
      if (error instanceof EngineError && !isDuckDBs) this.finished ??= error;
      throw error;
    }
  }

  registerBuffer(name: string, bytes: Uint8Array): void {
    this.#guard(() => {
      const pointer = this.#module.allocateBytes(bytes); // DuckDB owns and frees it.
      this.#call("duckdb_web_fs_register_file_buffer", name, pointer, bytes.length);
    });
  }

  dropBuffer(name: string): void {
    this.#guard(() => this.#call("duckdb_web_fs_drop_file", name));
  }

  /** Runs several statements at once, without turns for others. For the engine's own short ones. */
  async runScript(statements: readonly string[]): Promise<void> {
    await this.#withBytes([encoder.encode(statements.join(";\n"))], (pointer, length) =>
      this.#callAsync("duckdb_web_query_run_buffer", this.#handle, pointer, length),
    );
  }

  /** Makes the functions of scalar-functions.ts known. Only once DuckDB may no longer look for them in an extension. */
  declareFunctions(): void {
    for (const declaration of SCALAR_DECLARATIONS) {
      this.#guard(() => {
        const pointer = this.#module.allocateString(declaration);
        this.#module.call("duckdb_web_udf_scalar_create", this.#response, this.#handle, pointer);
        this.#readResponse();
        this.#module.free(pointer);
      });
    }
  }

  async #withBytes<T>(
    pieces: readonly Uint8Array[],
    body: (pointer: number, length: number) => Promise<T>,
  ): Promise<T> {
    const pointer = this.#guard(() => this.#module.allocateBytes(...pieces));
    try {
      return await body(
        pointer,
        pieces.reduce((sum, piece) => sum + piece.length, 0),
      );
    } finally {
      if (!this.finished) this.#module.free(pointer);
    }
  }

  /** A call that touches no remote file, with one string. */
  #call(name: string, text: string, ...args: number[]): Response {
    const pointer = this.#module.allocateString(text);
    try {
      this.#module.call(name, this.#response, pointer, ...args);
      return this.#readResponse();
    } finally {
      this.#module.free(pointer);
    }
  }

  async #callAsync(name: string, ...args: number[]): Promise<Response> {
    if (this.finished) throw this.finished;
    this.#files.failure = undefined;
    try {
      await this.#module.callAsync(name, this.#response, ...args);
      const response = this.#readResponse();
      for (const log of this.#files.staleLogs) {
        this.#files.staleLogs.delete(log);
        this.#call("duckdb_web_fs_drop_file", log);
      }
      return response;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #guard<T>(body: () => T): T {
    if (this.finished) throw this.finished;
    try {
      return body();
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #readResponse(): Response {
    const at = this.#response / 8;
    const [status = 0, data = 0, length = 0] = this.#module.doubles.subarray(at, at + 3);
    if (status !== STATUS.success && status !== STATUS.retry) {
      const message = this.#module.readString(data, length);
      this.#module.call("duckdb_web_clear_response");
      throw new DuckDBFailure(readMessage(message));
    }
    const bytes = data === 0 ? undefined : this.#module.bytes.slice(data, data + length);
    this.#module.call("duckdb_web_clear_response");
    return { status, bytes };
  }

  #explain(error: unknown): EngineError {
    if (error instanceof EngineError) return error;
    const failure = this.#files.failure;
    let explained = explainFailure(error, failure);
    // Where the memory is at its end, a crash is a failed allocation that nobody checked.
    if (
      explained.code === "engine_crashed" &&
      this.#module.memory.buffer.byteLength > 0.95 * this.#module.maximumBytes
    ) {
      explained = new EngineError("out_of_memory", OUT_OF_MEMORY_MESSAGE, { cause: error });
    }
    if (explained.code === "out_of_memory" || explained.code === "engine_crashed") this.finished = explained;
    return explained;
  }
}

/** Values come out as Arrow has them: no 64-bit integer or decimal becomes a double, no timestamp a date. */
const OPEN_OPTIONS = JSON.stringify({
  path: ":memory:",
  maximumThreads: 1,
  // Without it a page buffer stands in between, and writes inside a file land at its end.
  useDirectIO: true,
  query: {
    // One task a poll; connection.ts decides when to give others their turn.
    queryPollingInterval: 0,
    castBigIntToDouble: false,
    castTimestampToDate: false,
    castDurationToTime64: false,
    castDecimalToDouble: false,
  },
});

/**
 * Checks that a stream consists of whole messages: DuckDB-WASM would wait for the rest, and take the next stream for it.
 *
 * @returns whether it has its end mark, without which DuckDB-WASM would wait as well.
 */
function checkStream(stream: Uint8Array): boolean {
  try {
    const reader = new MessageReader(stream);
    for (const message of reader) {
      const body = reader.readMessageBody(message.bodyLength);
      if (body.byteLength < message.bodyLength) throw new Error("The last message is cut off.");
    }
  } catch (error) {
    throw new EngineError("query_failed", "The rows to insert are not one whole Arrow IPC stream.", { cause: error });
  }
  if (stream.length < END_OF_STREAM.length)
    throw new EngineError("query_failed", "The rows to insert are not one whole Arrow IPC stream.");
  return END_OF_STREAM.every((byte, index) => stream.at(index - END_OF_STREAM.length) === byte);
}

class DuckDBFailure extends Error {}

const OUT_OF_MEMORY =
  /^(?:\w+: )?(?:Out of Memory Error|(?:\w+ Error: )?(?:std::)?bad[_ ]alloc)|Allocation failure$|memory has no room for|failed to (?:pin|allocate) block/i;
const INVALIDATED = /^FATAL Error|database has been invalidated/;

/** Some calls answer with DuckDB's exception as JSON. */
function readMessage(text: string): string {
  if (!text.startsWith('{"exception_type"')) return text;
  try {
    const { exception_type, exception_message } = JSON.parse(text) as Record<string, string>;
    return `${exception_type} Error: ${exception_message}`;
  } catch {
    return text;
  }
}

function explainFailure(error: unknown, fileFailure: unknown): EngineError {
  if (error instanceof RangeError && !(error instanceof DuckDBFailure)) {
    return new EngineError("out_of_memory", OUT_OF_MEMORY_MESSAGE, { cause: error });
  }
  if (!(error instanceof DuckDBFailure)) {
    return new EngineError(
      "engine_crashed",
      "The query engine stopped unexpectedly. It is started again for the next query.",
      {
        cause: error,
      },
    );
  }
  const message = error.message;
  if (OUT_OF_MEMORY.test(message)) return new EngineError("out_of_memory", OUT_OF_MEMORY_MESSAGE, { cause: error });
  if (INVALIDATED.test(message)) return new EngineError("engine_crashed", message, { cause: error });
  if (fileFailure instanceof EngineError) return fileFailure;
  if (fileFailure !== undefined) {
    const reason = fileFailure instanceof Error ? fileFailure.message : String(fileFailure);
    return new EngineError("storage_failed", `Stored data could not be read or written: ${reason}`, {
      cause: fileFailure,
    });
  }
  return new EngineError("query_failed", explainMissing(message) ?? message, { cause: error });
}

const ICU_NEEDED =
  "DuckDB's icu extension (named collations, and calculating with TIMESTAMP WITH TIME ZONE) is not available here. Cast to TIMESTAMP, which is UTC (x::TIMESTAMP), or take the local time (x AT TIME ZONE 'Europe/Berlin') before date functions and arithmetic.";
const JSON_FUNCTIONS =
  "json_extract, json_extract_string, ->, ->>, json_array_length, json_keys, json_type, json_valid and json_exists";

/** Plain words for what DuckDB would load an extension for. */
function explainMissing(message: string): string | undefined {
  const extension = /exists in the (\w+) extension|required extension '(\w+)'/.exec(message);
  const name = extension?.[1] ?? extension?.[2];
  const what = /with name "?([^" ]+)"? is not in the catalog/.exec(message)?.[1];
  const subject = what ? `"${what}"` : "This";
  if (name === "icu") return what ? `${subject} is not available. ${ICU_NEEDED}` : ICU_NEEDED;
  if (name === "json")
    return `${subject} is not available here. Of DuckDB's JSON functions there are ${JSON_FUNCTIONS}.`;
  if (name) return `${subject} needs DuckDB's extension "${name}", which is not available here.`;
  if (/^Binder Error.*No function matches.*TIMESTAMP WITH TIME ZONE/.test(message))
    return `${ICU_NEEDED}\n\n${message}`;
  if (/^Conversion Error: Unimplemented type for cast.*TIMESTAMP WITH TIME ZONE/.test(message)) return ICU_NEEDED;
  return undefined;
}

const OUT_OF_MEMORY_MESSAGE =
  "The query needs more memory than there is. Filter rows earlier, name fewer columns, group by something with fewer distinct values, or use approx_count_distinct and approx_quantile.";

/** Sees to it that others get their turn, and that a query ends when it should. */
export class Watch {
  readonly #signal: AbortSignal | undefined;
  readonly #limitMs: number | undefined;
  readonly #deadline: number;
  #turnStarted = Date.now();
  #turnMs = TURN_MS;
  #polls = 0;

  constructor(options: QueryOptions = {}) {
    this.#signal = options.signal;
    this.#limitMs = options.timeLimitMs;
    this.#deadline = Date.now() + (options.timeLimitMs ?? Number.POSITIVE_INFINITY);
  }

  /** Called between two polls; the error to end the query with, or undefined to go on. */
  async pass(): Promise<EngineError | undefined> {
    if (++this.#polls >= POLLS_A_TURN || Date.now() - this.#turnStarted >= this.#turnMs) {
      const left = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#polls = 0;
      this.#turnStarted = Date.now();
      this.#turnMs = this.#turnStarted - left > IDLE_TURN_MS ? SHARED_TURN_MS : TURN_MS;
    }
    if (this.#signal?.aborted) return new EngineError("query_cancelled", "The query was cancelled.");
    if (Date.now() < this.#deadline) return undefined;
    const seconds = (this.#limitMs ?? 0) / 1000;
    return new EngineError(
      "query_timeout",
      `The query ran longer than its limit of ${seconds} s and was stopped. Filter rows earlier or ask for less at once.`,
    );
  }
}
