import { rmSync } from "node:fs";
import { ROOT, runWrangler } from "../local/run-wrangler.ts";
import type { Measurement } from "./report.ts";

/** The Worker as it would be deployed, by wrangler's own account. */
export function measureBundle(): Measurement[] {
  const out = `${ROOT}.eider/bench/deploy`;
  rmSync(out, { recursive: true, force: true });
  const said = runWrangler(["deploy", "--dry-run", "--minify", "--outdir", out]);
  const sizes = /Total Upload:\s*([\d.]+)\s*KiB\s*\/\s*gzip:\s*([\d.]+)\s*KiB/.exec(said);
  if (!sizes) throw new Error(`wrangler did not say how large the Worker is:\n${said}`);
  const [raw, packed] = [Number(sizes[1]) * 1024, Number(sizes[2]) * 1024];
  return [
    {
      what: "Worker bundle, gzip",
      measured: packed / 1e6,
      unit: "MB",
      must: { atMost: 9 },
      details: { rawMegabytes: raw / 1e6 },
    },
  ];
}
