import duckdb from "../../.eider/engine/duckdb.wasm";
import { createDuckDBModule } from "../../.eider/engine/duckdb-module.js";
import trampolines from "../../.eider/engine/trampolines.wasm";

type WasmFunction = (...args: number[]) => number;
type AsyncWasmFunction = (...args: number[]) => Promise<number>;

/** JavaScript Promise Integration, which TypeScript does not know yet. */
interface PromiseIntegration {
  Suspending: new (body: (...args: number[]) => number | Promise<number>) => object;
  promising(body: WasmFunction): AsyncWasmFunction;
}

const PAGE_BYTES = 65_536;
/** The least that the module starts with: its static data and stack. */
const INITIAL_PAGES = 256;
const LOG_LINES_KEPT = 20;

/** The functions that DuckDB imports, by their names in `env`. Each gets the instance that calls it. */
// biome-ignore lint/suspicious/noExplicitAny: functions of any number of numbers
export type ImportedFunctions = Record<string, (module: DuckDBModule, ...args: any[]) => unknown>;
export type SuspendingFunctions = Record<string, (module: DuckDBModule, ...args: number[]) => number | Promise<number>>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * One instance of DuckDB: its memory, and its C functions by name. `call` is for functions that never read a remote file,
 * `callAsync` for all others; only one `callAsync` may be under way at a time, since all share one stack.
 */
export class DuckDBModule {
  readonly memory: WebAssembly.Memory;
  /** What the memory may grow to. */
  readonly maximumBytes: number;
  /** The last lines that the module printed, for error reports. */
  readonly log: string[] = [];
  #exports: Record<string, WasmFunction> = {};
  #promising = new Map<string, AsyncWasmFunction>();
  #bytes = new Uint8Array(0);

  private constructor(maximumBytes: number) {
    this.maximumBytes = maximumBytes;
    this.memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: Math.floor(maximumBytes / PAGE_BYTES) });
  }

  /** Starts an instance whose memory never grows beyond `maximumBytes`. Takes some 20 ms. */
  static async start(
    maximumBytes: number,
    functions: ImportedFunctions,
    suspending: SuspendingFunctions,
  ): Promise<DuckDBModule> {
    const module = new DuckDBModule(maximumBytes);
    const { Suspending } = WebAssembly as unknown as PromiseIntegration;
    // Own functions for each instance: the Emscripten code would look them up in one global, shared by all engines of an isolate.
    const own: Record<string, unknown> = {};
    for (const [name, body] of Object.entries(functions)) own[name] = (...args: number[]) => body(module, ...args);
    for (const [name, body] of Object.entries(suspending)) {
      own[name] = new Suspending((...args) => body(module, ...args));
    }
    const print = (line: string) => {
      module.log.push(line);
      if (module.log.length > LOG_LINES_KEPT) module.log.shift();
    };
    let failed: (cause: unknown) => void;
    const failure = new Promise<never>((_, reject) => {
      failed = reject;
    });
    const ready = createDuckDBModule({
      wasmMemory: module.memory,
      print,
      printErr: print,
      locateFile: (path) => path,
      instantiateWasm(imports, success) {
        const env = Object.assign(Object.create(imports["env"]!), own);
        const instances = Promise.all([
          WebAssembly.instantiate(duckdb, { ...imports, env } as Record<string, Record<string, never>>),
          WebAssembly.instantiate(trampolines, { e: env }),
        ]);
        // `success` has to be called later than this function returns.
        instances
          .then(([instance, wrapped]) => {
            module.#exports = instance.exports as Record<string, WasmFunction>;
            // Functions whose addresses DuckDB takes go into its table, and that holds WebAssembly functions only.
            Object.assign(imports["env"]!, wrapped.exports);
            success(instance, duckdb);
          })
          .catch(failed);
        return {};
      },
    });
    await Promise.race([ready, failure]);
    return module;
  }

  /** All of the memory, as it is now: a view taken before the memory grew is dead. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.memory.buffer) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  get doubles(): Float64Array {
    return new Float64Array(this.memory.buffer);
  }

  call(name: string, ...args: number[]): number {
    return this.#exports[name]!(...args);
  }

  callAsync(name: string, ...args: number[]): Promise<number> {
    let promising = this.#promising.get(name);
    if (!promising) {
      promising = (WebAssembly as unknown as PromiseIntegration).promising(this.#exports[name]!);
      this.#promising.set(name, promising);
    }
    return promising(...args);
  }

  allocate(length: number): number {
    // malloc(0) may be null.
    const pointer = this.call("malloc", Math.max(1, length)) >>> 0;
    if (pointer === 0) throw new RangeError(`The engine's memory has no room for ${length} bytes more.`);
    return pointer;
  }

  free(pointer: number): void {
    this.call("free", pointer);
  }

  /** Copies bytes, one piece behind the other; the caller frees them. */
  allocateBytes(...pieces: readonly Uint8Array[]): number {
    const pointer = this.allocate(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = pointer;
    for (const piece of pieces) {
      this.bytes.set(piece, at);
      at += piece.length;
    }
    return pointer;
  }

  /** A zero-terminated copy of `text`; the caller frees it. */
  allocateString(text: string): number {
    return this.allocateBytes(encoder.encode(`${text}\0`));
  }

  readString(pointer: number, length: number): string {
    return decoder.decode(this.bytes.subarray(pointer >>> 0, (pointer >>> 0) + length));
  }

  /** Throws a C++ exception with this message into the code that called an imported function. Never returns. */
  throwInto(message: string): never {
    const text = this.allocateString(message);
    try {
      this.call("duckdb_web_fail_with", text);
    } finally {
      this.free(text);
    }
    throw new Error("duckdb_web_fail_with returned.");
  }
}
