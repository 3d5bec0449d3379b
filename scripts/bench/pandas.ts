import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { DataFile } from "./data.ts";

const SCRIPT = `${import.meta.dirname}/profile-with-pandas.py`;
/** Also where the system's packages are, should another Python stand before it. */
const PYTHONS = ["python3", "/usr/bin/python3"];

/** A Python that has pandas and scipy; undefined where there is none. */
export function findPandas(): string | undefined {
  return PYTHONS.find((python) => spawnSync(python, ["-c", "import pandas, scipy"], { stdio: "ignore" }).status === 0);
}

/** Computes the figures of a profile with pandas. @returns the seconds they took, without reading the file, and pandas' version. */
export async function profileWithPandas(
  python: string,
  file: DataFile,
  onProgress: (share: number, words: string) => void,
): Promise<{ seconds: number; pandas: string; steps: Record<string, number> }> {
  // One thread, as Eider has: numpy's linear algebra would take more.
  const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  const child = spawn(python, [SCRIPT, file.path], { env, stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (piece) => {
    complaint += piece;
  });
  const ended = new Promise<number | null>((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  let last = "{}";
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    const { share, step } = JSON.parse(line);
    if (share !== undefined) onProgress(share, step);
  }
  if ((await ended) !== 0) throw new Error(`pandas could not profile ${file.name}:\n${complaint.slice(-2_000)}`);
  return JSON.parse(last);
}
