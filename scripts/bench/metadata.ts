import { EiderClient } from "../eider-client.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import type { DataFile } from "./data.ts";
import { ingestFile } from "./ingest.ts";
import { cancelJobs } from "./jobs.ts";
import { type Measurement, quantile } from "./report.ts";
import type { BenchServer } from "./server.ts";

const CLIENTS = 100;
const REQUESTS_EACH = 30;

/** A hundred clients at once, each reading metadata again and again. */
export async function measureMetadata(server: BenchServer, file: DataFile): Promise<Measurement[]> {
  const ingested = await ingestFile(server, file);
  await cancelJobs(new EiderClient(server.url));
  const paths = [
    "/data/uploads",
    `/uploads/${ingested.uploadId}`,
    `/jobs/${ingested.jobId}`,
    "/jobs?limit=5",
    "/data/sessions",
  ];
  const bar = new ProgressBar(`${CLIENTS} clients reading metadata`);
  const taken: number[] = [];
  const errors = new Map<string, number>();
  const note = (error: string) => errors.set(error, (errors.get(error) ?? 0) + 1);
  let done = 0;

  const readOnce = async (path: string): Promise<void> => {
    const started = performance.now();
    const response = await fetch(`${server.url}${path}`, { headers: { authorization: "Bearer local-dev-key" } });
    await response.arrayBuffer();
    taken.push(performance.now() - started);
    if (!response.ok) note(`${response.status} at ${path}`);
  };
  const client = async (first: number): Promise<void> => {
    for (let i = 0; i < REQUESTS_EACH; i++) {
      const path = paths[(first + i) % paths.length] ?? "/healthz";
      await readOnce(path).catch((error: unknown) =>
        note(`${error instanceof Error ? error.message : error} at ${path}`),
      );
      bar.update(++done / (CLIENTS * REQUESTS_EACH));
    }
  };
  // Connections and code warm up first.
  await Promise.all(
    Array.from({ length: CLIENTS }, (_, i) => readOnce(paths[i % paths.length] ?? "/healthz").catch(() => undefined)),
  );
  taken.length = 0;
  errors.clear();
  const started = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i)));
  const seconds = (performance.now() - started) / 1000;
  bar.finish(`${Math.round(taken.length / seconds)} requests/s`);

  const failed = [...errors.values()].reduce((sum, count) => sum + count, 0);
  const p50 = quantile(taken, 0.5);
  return [
    {
      what: `Errors among ${CLIENTS * REQUESTS_EACH} metadata reads`,
      measured: failed,
      unit: "",
      must: { atMost: 0 },
      details: Object.fromEntries(errors),
    },
    {
      what: "Metadata reads, p99",
      measured: quantile(taken, 0.99),
      unit: "ms",
      reference: { what: "p50", value: p50 },
      must: { atMost: 10 },
    },
    { what: "Metadata reads a second", measured: taken.length / seconds, unit: "/s" },
  ];
}
