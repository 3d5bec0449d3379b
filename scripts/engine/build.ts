/**
 * Makes the engine's files from the npm package @duckdb/duckdb-wasm, into `.eider/engine/`:
 *
 * - `duckdb.wasm`: the package's module for native WebAssembly exceptions, cut to what can be called. As shipped it exports
 *   75,000 C++ functions for extensions to link against; none is ever loaded here, and without them most of the start-up time
 *   and a quarter of the size go. It opens its database once, not twice.
 * - `duckdb-module.js`: the Emscripten code that belongs to it, with the few globals it looks for bound to
 *   `src/engine/duckdb-scope.ts` instead.
 * - `trampolines.wasm`: see trampolines.ts.
 *
 * Runs as `node scripts/engine/build.ts`. Does nothing when the result of the same inputs is there.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { writeTrampolines } from "./trampolines.ts";
import {
  findSection,
  readExportedSlots,
  readExports,
  readImports,
  readSections,
  replaceCall,
  SECTION,
  writeExports,
  writeSections,
} from "./wasm-binary.ts";

const ROOT = join(import.meta.dirname, "../..");
const PACKAGE = join(ROOT, "node_modules/@duckdb/duckdb-wasm");
const OUTPUT = join(ROOT, ".eider/engine");
const GLUE_SOURCE = "duckdb-eh.js";
const WASM_OPT_ARGUMENTS = ["--all-features", "--disable-compact-imports", "--remove-unused-module-elements"];

/** Globals that the Emscripten code finds in `duckdb-scope.ts` rather than in the isolate. */
const SCOPED_GLOBALS = ["process", "self", "XMLHttpRequest"];
/** Where the Emscripten code goes through the table, 25,000 functions, to know the slots of the few that are exported. */
const TABLE_SEARCH = "functionsInTableMap = new WeakMap;\n                    updateTableMap(0, wasmTable.length)";

async function hashInputs(): Promise<string> {
  const hash = createHash("sha256");
  for (const folder of ["@duckdb/duckdb-wasm", "binaryen"]) {
    const { name, version } = JSON.parse(await readFile(join(ROOT, "node_modules", folder, "package.json"), "utf8"));
    hash.update(`${name}@${version}\n`);
  }
  for (const file of (await readdir(import.meta.dirname)).sort()) {
    hash.update(await readFile(join(import.meta.dirname, file)));
  }
  return hash.digest("hex");
}

/** The Emscripten code as the package's own source map ships it: readable, and without the bindings around it. */
async function readGlue(): Promise<string> {
  const map = JSON.parse(await readFile(join(PACKAGE, "dist/duckdb-browser-blocking.mjs.map"), "utf8")) as {
    sources: string[];
    sourcesContent: (string | null)[];
  };
  const index = map.sources.findIndex((source) => source.endsWith(`/${GLUE_SOURCE}`));
  const source = map.sourcesContent[index];
  if (!source) throw new Error(`The source map of @duckdb/duckdb-wasm no longer holds ${GLUE_SOURCE}.`);
  return source;
}

function matchAll(source: string, pattern: RegExp): Set<string> {
  return new Set([...source.matchAll(pattern)].map((match) => match[1]!));
}

/**
 * DuckDB-WASM opens a database, with all its built-in functions, as soon as it is asked for anything, and again when it is told how to.
 * The first time goes: its constructor calls a function of the same signature that says "OK" and does nothing.
 */
function openOnce(wasm: Uint8Array): Uint8Array {
  return replaceCall(
    wasm,
    "_ZN6duckdb3web5WebDBC1ENS0_6WebTagE",
    "_ZN6duckdb3web5WebDB4OpenENSt3__217basic_string_viewIcNS2_11char_traitsIcEEEE",
    "_ZN5arrow2io16RandomAccessFile8WillNeedERKNSt3__26vectorINS0_9ReadRangeENS2_9allocatorIS4_EEEE",
  );
}

/** Keeps the exports that the Emscripten code names, and those the module itself asks for by way of its import tables. */
function trimExports(wasm: Uint8Array, glue: string): Uint8Array {
  const imports = readImports(findSection(wasm, "import")).map(({ name }) => name);
  const needed = new Set([...imports, ...matchAll(glue, /wasmExports\["([^"]+)"\]/g)]);
  const kept = readExports(findSection(wasm, "export")).filter(({ name }) => needed.has(name));
  return writeSections(
    readSections(wasm).map((section) => (section.id === SECTION.export ? writeExports(kept) : section)),
  );
}

function scopeGlue(source: string, wasm: Uint8Array): string {
  if (!source.includes(TABLE_SEARCH)) throw new Error(`${GLUE_SOURCE} no longer looks through the table as expected.`);
  const glue = source
    // Only code in strings would need it, and there is none: Workers have no eval.
    .replaceAll(/\beval\(/g, "refuseEval(")
    .replace(
      TABLE_SEARCH,
      "functionsInTableMap = new WeakMap(Object.entries(TABLE_SLOTS).map(([name, slot]) => [wasmExports[name], slot]))",
    );
  const end = glue.lastIndexOf("if (typeof exports === 'object'");
  if (end < 0) throw new Error(`${GLUE_SOURCE} no longer ends as expected.`);
  return [
    "// Generated by scripts/engine/build.ts from @duckdb/duckdb-wasm. See there.",
    `import { ${[...SCOPED_GLOBALS, "refuseEval"].join(", ")} } from "../../src/engine/duckdb-scope.ts";`,
    `const TABLE_SLOTS = ${JSON.stringify(readExportedSlots(wasm))};`,
    glue.slice(0, end),
    "export { DuckDB as createDuckDBModule };\n",
  ].join("\n");
}

/** Signatures of the JavaScript functions whose addresses the module takes, by the names it knows them under. */
function listSignatures(glue: string, wasm: Uint8Array): Map<string, string> {
  const readPairs = (text: string, pattern: RegExp) =>
    new Map([...text.matchAll(pattern)].map((match) => [match[1]!, match[2]!]));
  const start = glue.indexOf("var wasmImports = {");
  const functions = readPairs(glue.slice(start, glue.indexOf("}", start)), /([\w$]+): ([\w$]+)/g);
  const aliases = readPairs(glue, /var ([\w$]+) = ([\w$]+);/g);
  const signatures = readPairs(glue, /([\w$]+)\.sig = "(\w+)"/g);
  const found = new Map<string, string>();
  for (const { module, name } of readImports(findSection(wasm, "import"))) {
    if (module !== "GOT.func") continue;
    let own = functions.get(name) ?? "";
    while (aliases.has(own) && !signatures.has(own)) own = aliases.get(own)!;
    const signature = signatures.get(own);
    if (!signature) throw new Error(`${GLUE_SOURCE} has no signature for ${name}.`);
    found.set(name, signature);
  }
  return found;
}

async function optimize(input: string, output: string): Promise<void> {
  const args = [join(ROOT, "node_modules/binaryen/bin/wasm-opt"), ...WASM_OPT_ARGUMENTS, input, "-o", output];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`wasm-opt ended with exit code ${code}.`);
}

/** Calls `report` each second until `work` is done. */
async function withTicks<T>(work: Promise<T>, report: (seconds: number) => void): Promise<T> {
  const started = Date.now();
  const timer = setInterval(() => report(Math.round((Date.now() - started) / 1000)), 1000);
  return work.finally(() => clearInterval(timer));
}

function show(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

async function build(): Promise<void> {
  const stamp = join(OUTPUT, "inputs.sha256");
  const inputs = await hashInputs();
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === inputs) {
    console.log("Engine: up to date.");
    return;
  }
  const work = `${OUTPUT}.${process.pid}`;
  await mkdir(work, { recursive: true });
  try {
    if (!process.stdout.isTTY) console.log("Engine: trimming DuckDB-WASM (about 15 s, once).");
    const glue = await readGlue();
    const shipped = await readFile(join(PACKAGE, "dist/duckdb-eh.wasm"));
    await writeFile(join(work, "cut.wasm"), trimExports(openOnce(shipped), glue));
    await withTicks(optimize(join(work, "cut.wasm"), join(work, "duckdb.wasm")), (seconds) =>
      show(`Engine: trimming DuckDB-WASM, ${seconds} s of about 15 s`),
    );
    await rm(join(work, "cut.wasm"));
    await writeFile(join(work, "trampolines.wasm"), writeTrampolines(listSignatures(glue, shipped)));
    await writeFile(join(work, "duckdb-module.js"), scopeGlue(glue, await readFile(join(work, "duckdb.wasm"))));
    await writeFile(join(work, "inputs.sha256"), inputs);
    // Builds may run side by side: the last one to finish wins, and nobody sees half a file.
    await mkdir(OUTPUT, { recursive: true });
    for (const file of ["duckdb.wasm", "trampolines.wasm", "duckdb-module.js", "inputs.sha256"]) {
      await rename(join(work, file), join(OUTPUT, file));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const { size } = await stat(join(OUTPUT, "duckdb.wasm"));
  const packed = gzipSync(await readFile(join(OUTPUT, "duckdb.wasm"))).length;
  show("");
  console.log(`Engine: ready, ${megabytes(size)} (${megabytes(packed)} gzip).`);
}

await build();
