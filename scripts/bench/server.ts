import "../local/grow-config-buffer.ts";
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createTestHarness, type TestHarness } from "wrangler";
import { OFFLINE_ENVIRONMENT } from "../dev-server.ts";
import { readExportedSlots } from "../engine/wasm-binary.ts";
import { ROOT, runWrangler } from "../local/run-wrangler.ts";

const CONFIG = `${ROOT}scripts/bench/worker/wrangler.toml`;
const BUILT = `${ROOT}.eider/bench/worker`;
const UNTRIMMED = `${ROOT}.eider/bench/worker-untrimmed`;
const PACKAGE_WASM = `${ROOT}node_modules/@duckdb/duckdb-wasm/dist/duckdb-eh.wasm`;

export interface BenchServer {
  url: string;
  bucket: R2Bucket;
  close(): Promise<void>;
}

/** What the worker has counted since the last time it was asked. */
export interface Taken {
  gets: number;
  bytes: number;
  peakMemoryBytes: number;
}

/** Bundles the worker under measurement, and a second one with the engine file as the npm package ships it. */
export function buildWorkers(): void {
  rmSync(BUILT, { recursive: true, force: true });
  rmSync(UNTRIMMED, { recursive: true, force: true });
  mkdirSync(BUILT, { recursive: true });
  runWrangler(["deploy", "--dry-run", "--config", CONFIG, "--outdir", BUILT]);
  cpSync(BUILT, UNTRIMMED, { recursive: true });
  const engine = readdirSync(UNTRIMMED).find((name) => name.endsWith("duckdb.wasm"));
  if (!engine) throw new Error(`There is no duckdb.wasm in ${UNTRIMMED}; has the bundler's naming changed?`);
  copyFileSync(PACKAGE_WASM, `${UNTRIMMED}/${engine}`);
  const script = `${UNTRIMMED}/index.js`;
  const slots = JSON.stringify(readExportedSlots(readFileSync(PACKAGE_WASM)));
  writeFileSync(
    script,
    readFileSync(script, "utf8").replace(/TABLE_SLOTS = \{[^}]*\}/, () => `TABLE_SLOTS = ${slots}`),
  );
}

/** Starts a built worker in workerd with empty storage. */
export async function startBenchServer(which: "trimmed" | "untrimmed"): Promise<BenchServer> {
  Object.assign(process.env, OFFLINE_ENVIRONMENT);
  const harness: TestHarness = createTestHarness({
    root: ROOT,
    workers: [{ configPath: CONFIG, prebuiltWorkerDir: which === "trimmed" ? BUILT : UNTRIMMED }],
  });
  const { url } = await harness.listen();
  const worker = harness.getWorker<{ BUCKET: R2Bucket; DB: D1Database }>();
  await worker.applyD1Migrations("DB");
  return { url: url.origin, bucket: (await worker.getEnv()).BUCKET, close: () => harness.close() };
}

export async function takeCounts(server: BenchServer): Promise<Taken> {
  return (await (await fetch(`${server.url}/bench/take`)).json()) as Taken;
}
