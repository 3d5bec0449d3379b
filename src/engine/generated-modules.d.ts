/** The files that scripts/engine/build.ts makes. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  // biome-ignore lint/style/noDefaultExport: the shape of a compiled module import
  export default module;
}

declare module "*/duckdb-module.js" {
  /** What DuckDB's Emscripten code takes and gives, as far as it is used here. */
  export interface EmscriptenOptions {
    wasmMemory: WebAssembly.Memory;
    print(line: string): void;
    printErr(line: string): void;
    locateFile(path: string): string;
    instantiateWasm(
      imports: Record<string, Record<string, unknown>>,
      success: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): object;
  }
  export function createDuckDBModule(options: EmscriptenOptions): Promise<unknown>;
}
