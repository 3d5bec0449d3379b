/**
 * What DuckDB's Emscripten code sees under the names of a few globals. The build puts an import of these names on top of that
 * code (scripts/engine/build.ts), so nothing global is patched and nothing else in the isolate notices.
 */
import trampolines from "../../.eider/engine/trampolines.wasm";

/** The part of the JSPI and type-reflection proposals that TypeScript does not know yet. */
interface WebAssemblyNamespace {
  Module: { imports(module: WebAssembly.Module): { module: string; name: string }[] };
  Instance: new (module: WebAssembly.Module, imports: Record<string, Record<string, unknown>>) => WebAssembly.Instance;
}

const platform = globalThis.WebAssembly as unknown as WebAssemblyNamespace;
const LETTERS: Record<string, string> = { i32: "i", i64: "j", f32: "f", f64: "d" };
const unused = Object.fromEntries(platform.Module.imports(trampolines).map(({ name }) => [name, () => {}]));

/**
 * `WebAssembly.Function` of the type-reflection proposal, by way of a module prepared at build time: Workers compile no
 * WebAssembly at run time, which is what Emscripten does without it.
 */
function WasmFunction(
  type: { parameters: string[]; results: string[] },
  body: (...args: number[]) => unknown,
): unknown {
  const letters = (types: string[]) => types.map((name) => LETTERS[name]).join("");
  const signature = (letters(type.results) || "v") + letters(type.parameters);
  if (!(signature in unused)) throw new TypeError(`No trampoline for the signature "${signature}".`);
  return new platform.Instance(trampolines, { e: { ...unused, [signature]: body } }).exports[signature];
}

const scopedWebAssembly: object = Object.assign(Object.create(globalThis.WebAssembly), { Function: WasmFunction });

export { scopedWebAssembly as WebAssembly };

/** Without it the code takes Workers for Node, since `nodejs_compat` has a `process`, and asks for `fs`. */
export const process = undefined;

export const self = { location: { href: "" } };

/** DuckDB tries to download an extension with it where a function is missing: always "not found", so that just the query fails. */
export class XMLHttpRequest {
  readonly status = 404;
  readonly response = null;
  open(): void {}
  setRequestHeader(): void {}
  send(): void {}
}

/** In the place of `eval`, which the code only needs for JavaScript inside of strings. */
export function refuseEval(): never {
  throw new Error("DuckDB asked for JavaScript to be evaluated, which a Worker cannot do.");
}
