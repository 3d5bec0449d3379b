import { EiderClient } from "../eider-client.ts";
import { formatBytes, ProgressBar } from "../terminal/progress-bar.ts";
import type { DataFile } from "./data.ts";
import { FORMAT_NAMES, ingestFile } from "./ingest.ts";
import { cancelJobs, followJob } from "./jobs.ts";
import { dropDatabase, exportNatively, ingestNatively } from "./native.ts";
import { type Measurement, memoryMeasurement, rateMeasurement } from "./report.ts";
import { watchGrowth } from "./resident-memory.ts";
import { type BenchServer, takeCounts } from "./server.ts";

/** Each is written from a file of another format: one that is asked for as what it is would be handed out as it came. */
const EXPORTED = { csv: "parquet", ndjson: "parquet", parquet: "csv" } as const;
type Exported = keyof typeof EXPORTED;

/** A query's answer is limited to 100 MB. */
const MOST_ANSWER_BYTES = 90_000_000;
const ANSWER_RUNS = 4;
const SESSION = "Benchmark of answers";

/** Files with the same rows. */
export type SourceFiles = Record<(typeof EXPORTED)[Exported], DataFile>;

/** Exports of a table, against native COPY and against what writing so many bytes to R2 takes here. */
export async function measureExports(server: BenchServer, sources: SourceFiles): Promise<Measurement[]> {
  const client = new EiderClient(server.url);
  const { database } = await ingestNatively({ ...sources.parquet, format: "parquet" });
  const measurements: Measurement[] = [];
  for (const source of ["parquet", "csv"] as const) {
    const { uploadId } = await ingestFile(server, sources[source]);
    await cancelJobs(client);
    for (const format of Object.keys(EXPORTED) as Exported[])
      if (EXPORTED[format] === source) measurements.push(...(await measureExport(uploadId, format)));
    if (source === "parquet" && sources.csv.bytes < MOST_ANSWER_BYTES) measurements.push(await measureAnswer(uploadId));
    await client.deleteUpload(uploadId);
  }
  dropDatabase(database);
  return measurements;

  async function measureAnswer(uploadId: string): Promise<Measurement> {
    const what = `CSV answer of a query, ${formatBytes(sources.csv.bytes)}`;
    const bar = new ProgressBar(what);
    const answer = await streamCsv(client, uploadId);
    const native = { what: "native", seconds: await exportNatively(database, "csv") };
    bar.finish(`${answer.seconds.toFixed(1)} s, native ${native.seconds.toFixed(1)} s`);
    return rateMeasurement({ what }, { ...answer, rows: sources.csv.rows }, native);
  }

  async function measureExport(uploadId: string, format: Exported): Promise<Measurement[]> {
    const what = `${FORMAT_NAMES[format]} export, ${formatBytes(sources.csv.bytes)} of CSV`;
    const bar = new ProgressBar(what);
    await takeCounts(server);
    const { result, growthMib } = await watchGrowth(async () => {
      const started = await client.call<{ export_id: string; job_id: string }>("POST", "/data/export", {
        upload_id: uploadId,
        format,
      });
      return { ...started, seconds: await followJob(client, started.job_id, bar) };
    });
    const { peakMemoryBytes } = await takeCounts(server);
    const { files } = await client.call<{ files: { size_bytes: number }[] }>("GET", `/data/export/${result.export_id}`);
    const bytes = files[0]?.size_bytes ?? 0;
    const nativeSeconds = await exportNatively(database, format);
    const writingSeconds = await writeAlone(server, bytes);
    bar.finish(`${result.seconds.toFixed(1)} s, native ${nativeSeconds.toFixed(1)} s`);
    // Nobody is going to download it.
    const { objects } = await server.bucket.list({ prefix: "exports/" });
    await server.bucket.delete(objects.map((object) => object.key));
    return [
      rateMeasurement(
        { what },
        { bytes, rows: sources.csv.rows, seconds: result.seconds },
        { what: "native", seconds: nativeSeconds },
      ),
      {
        what: `${what}: time beside writing its bytes to R2`,
        measured: result.seconds,
        unit: "s",
        reference: { what: "writing", value: writingSeconds },
      },
      memoryMeasurement(what, peakMemoryBytes),
      ...(growthMib === undefined ? [] : [{ what: `${what}: workerd grows by`, measured: growthMib, unit: "MiB" }]),
    ];
  }
}

/** The rows of a table as the CSV answer of a query, which is what an export does but without R2; the best of some runs. */
async function streamCsv(client: EiderClient, uploadId: string): Promise<{ bytes: number; seconds: number }> {
  const session = await client.openSession(uploadId, SESSION);
  const sql = `SELECT * FROM ${session.tables[0]?.name}`;
  let best = { bytes: 0, seconds: Number.POSITIVE_INFINITY };
  for (let run = 0; run < ANSWER_RUNS; run++) {
    const started = performance.now();
    let bytes = 0;
    for await (const chunk of await client.streamCsv(session.session_id, sql)) bytes += chunk.length;
    const seconds = (performance.now() - started) / 1000;
    if (seconds < best.seconds) best = { bytes, seconds };
  }
  await client.endSessions(SESSION);
  return best;
}

/** Seconds that an object of so many bytes takes to be written, as an export writes it. */
async function writeAlone(server: BenchServer, bytes: number): Promise<number> {
  const response = await fetch(`${server.url}/bench/write?bytes=${bytes}`);
  return ((await response.json()) as { milliseconds: number }).milliseconds / 1000;
}
