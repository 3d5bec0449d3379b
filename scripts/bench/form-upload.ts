import { ProgressBar } from "../terminal/progress-bar.ts";
import type { Measurement } from "./report.ts";
import { watchGrowth } from "./resident-memory.ts";
import { sendForm } from "./send-form.ts";
import type { BenchServer } from "./server.ts";

const SMALL_BYTES = 50_000_000;
const LARGE_BYTES = 500_000_000;
const CHUNK_BYTES = 1 << 20;
/** What one upload may hold: a part of a multipart upload in two copies, and what the runtime buffers. */
const MAX_GROWTH_MIB = 64;

/** Something that no reader takes for a table, so that nothing is ingested afterwards. */
function* makeNoise(bytes: number): Generator<Buffer> {
  const magic = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  yield magic;
  const chunk = Buffer.alloc(CHUNK_BYTES, 0);
  for (let i = 0; i < CHUNK_BYTES; i++) chunk[i] = (i * 2_654_435_761) >>> 24;
  for (let left = bytes - magic.length; left > 0; left -= CHUNK_BYTES)
    yield chunk.subarray(0, Math.min(CHUNK_BYTES, left));
}

/** By how much workerd grows while a form passes through it: a small one, then a large one. */
export async function measureFormUpload(server: BenchServer): Promise<Measurement[]> {
  const growth: (number | undefined)[] = [];
  let seconds = 0;
  // The first only fills the runtime's own caches.
  for (const bytes of [SMALL_BYTES, SMALL_BYTES, LARGE_BYTES]) {
    const bar = new ProgressBar(`Form upload of ${bytes / 1e6} MB`);
    const { growthMib } = await watchGrowth(async () => {
      const file = {
        field: "files",
        filename: "noise.png",
        contentType: "image/png",
        bytes,
        content: makeNoise(bytes),
      };
      const started = performance.now();
      await sendForm(`${server.url}/uploads`, { file }, (sent) => bar.update(sent / bytes));
      seconds = (performance.now() - started) / 1000;
    });
    growth.push(growthMib);
    bar.finish(`${seconds.toFixed(1)} s`);
  }
  const [, small, large] = growth;
  if (small === undefined || large === undefined) return [];
  return [
    { what: "Form upload, 50 MB: workerd grows by", measured: small, unit: "MiB" },
    {
      what: "Form upload, 500 MB: workerd grows by",
      measured: large,
      unit: "MiB",
      must: { atMost: MAX_GROWTH_MIB },
      details: { megabytesPerSecond: LARGE_BYTES / 1e6 / seconds },
    },
  ];
}
