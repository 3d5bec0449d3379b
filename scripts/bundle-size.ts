import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

/** `npm run bundle`: builds the Worker as it would be deployed and holds its size against Cloudflare's limit and our own. */

const ROOT = resolve(import.meta.dirname, "..");
const OUT = join(ROOT, ".eider/bundle");
/** Cloudflare takes 10 MB after gzip on the paid plan. */
const LIMIT_MB = 9;

rmSync(OUT, { recursive: true, force: true });
const build = spawnSync(
  process.execPath,
  [join(ROOT, "node_modules/wrangler/bin/wrangler.js"), "deploy", "--dry-run", "--minify", "--outdir", OUT],
  { cwd: ROOT, encoding: "utf8", env: { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" } },
);
if (build.status !== 0) {
  console.error(build.stdout + build.stderr);
  process.exit(1);
}
const files = readdirSync(OUT)
  .filter((name) => !name.endsWith(".map") && !name.endsWith(".md"))
  .map((name) => {
    const bytes = readFileSync(join(OUT, name));
    return { name, raw: bytes.length / 1e6, gzip: gzipSync(bytes, { level: 9 }).length / 1e6 };
  });
for (const file of files)
  console.log(`${file.gzip.toFixed(2).padStart(6)} MB gzip ${file.raw.toFixed(2).padStart(6)} MB  ${file.name}`);
const total = files.reduce((sum, file) => sum + file.gzip, 0);
console.log(`${total.toFixed(2).padStart(6)} MB gzip in all; the limit is ${LIMIT_MB} MB.`);
if (total > LIMIT_MB) process.exit(1);
