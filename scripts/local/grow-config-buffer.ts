import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Preloaded (`node --import`) by whatever starts workerd here. Miniflare writes workerd's configuration, the engine's 24 MB included,
 * into one buffer that it grows and copies 4 KB at a time, 160 times: seconds of every start. Here it grows by half of what it has.
 * Where a later Miniflare does it differently, nothing is changed.
 */
const GROWTH = "minSize = minSize < MIN_SINGLE_SEGMENT_GROWTH ? MIN_SINGLE_SEGMENT_GROWTH : padToWord$1(minSize);";
const BY_HALF = "minSize = padToWord$1(Math.max(minSize, MIN_SINGLE_SEGMENT_GROWTH, srcBuffer.byteLength >>> 1));";

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith("/miniflare/dist/src/index.js")) return nextLoad(url, context);
    const source = readFileSync(fileURLToPath(url), "utf8").replace(GROWTH, () => BY_HALF);
    return { format: "commonjs", source, shortCircuit: true };
  },
});
