import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

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

/** By how many MiB workerd grows while some work is done, at its peak; undefined where the system does not tell. */
export async function watchGrowth<T>(work: () => Promise<T>): Promise<{ result: T; growthMib: number | undefined }> {
  if (!existsSync("/proc/self/status")) return { result: await work(), growthMib: undefined };
  await sleep(500);
  const before = readWorkerdMemory();
  let peak = before;
  const sampler = setInterval(() => {
    peak = Math.max(peak, readWorkerdMemory());
  }, 50);
  try {
    const result = await work();
    return { result, growthMib: (peak - before) / 1_048_576 };
  } finally {
    clearInterval(sampler);
  }
}
