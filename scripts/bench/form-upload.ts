import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ProgressBar } from "../terminal/progress-bar.ts";
import type { Measurement } from "./report.ts";
import type { BenchServer } from "./server.ts";

const SMALL_BYTES = 50_000_000;
const LARGE_BYTES = 500_000_000;
const CHUNK_BYTES = 1 << 20;
/** What one upload may hold: a part of a multipart upload in two copies, and what the runtime buffers. */
const MAX_GROWTH_MIB = 64;

/** Sends a form with one file of so many bytes, which no reader takes for a table, so that nothing is ingested afterwards. */
async function sendForm(server: BenchServer, bytes: number, onSent: (sent: number) => void): Promise<number> {
  const head = Buffer.from(
    '--bench\r\nContent-Disposition: form-data; name="files"; filename="noise.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n',
    "latin1",
  );
  const tail = Buffer.from("\r\n--bench--\r\n");
  const post = request(`${server.url}/uploads`, {
    method: "POST",
    headers: {
      authorization: "Bearer local-dev-key",
      "content-type": "multipart/form-data; boundary=bench",
      "content-length": head.length + bytes + tail.length,
    },
  });
  const answer = new Promise<number>((done, fail) => {
    post.once("error", fail);
    post.once("response", (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
  });
  const chunk = Buffer.alloc(CHUNK_BYTES, 0);
  for (let i = 0; i < CHUNK_BYTES; i++) chunk[i] = (i * 2_654_435_761) >>> 24;
  const write = async (piece: Buffer) => {
    if (!post.write(piece)) await new Promise((drained) => post.once("drain", drained));
  };
  await write(head);
  for (let sent = 0; sent < bytes; sent += CHUNK_BYTES) {
    await write(chunk.subarray(0, Math.min(CHUNK_BYTES, bytes - sent)));
    onSent(sent);
  }
  post.end(tail);
  return answer;
}

/** Memory of this process's workerd in bytes, as Linux counts it. */
function readWorkerdMemory(): number {
  const kilobytes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        const isOurs = new RegExp(`^PPid:\\s+${process.pid}$`, "m").test(status) && /^Name:\s+workerd$/m.test(status);
        return isOurs ? Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) : 0;
      } catch {
        return 0; // It has ended in the meantime.
      }
    });
  return Math.max(...kilobytes) * 1024;
}

/** By how much workerd grows while a form passes through it: a small one, then a large one. */
export async function measureFormUpload(server: BenchServer): Promise<Measurement[]> {
  if (!existsSync("/proc/self/status")) return [];
  const growth: number[] = [];
  let seconds = 0;
  // The first only fills the runtime's own caches.
  for (const bytes of [SMALL_BYTES, SMALL_BYTES, LARGE_BYTES]) {
    const bar = new ProgressBar(`Form upload of ${bytes / 1e6} MB`);
    await sleep(500);
    const before = readWorkerdMemory();
    let peak = before;
    const sampler = setInterval(() => {
      peak = Math.max(peak, readWorkerdMemory());
    }, 50);
    const started = performance.now();
    const status = await sendForm(server, bytes, (sent) => bar.update(sent / bytes)).finally(() =>
      clearInterval(sampler),
    );
    seconds = (performance.now() - started) / 1000;
    if (status !== 200) throw new Error(`A form of ${bytes} bytes was answered with ${status}.`);
    growth.push((peak - before) / 1_048_576);
    bar.finish(`${seconds.toFixed(1)} s`);
  }
  const [, small = 0, large = 0] = growth;
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
