/**
 * What DuckDB's Emscripten code sees under the names of a few globals. The build puts an import of these names on top of that
 * code (scripts/engine/build.ts), so nothing global is patched and nothing else in the isolate notices.
 */

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
