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
    await client.deleteUpload(uploadId);
  }
  dropDatabase(database);
  return measurements;

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

/** Seconds that an object of so many bytes takes to be written, as an export writes it. */
async function writeAlone(server: BenchServer, bytes: number): Promise<number> {
  const response = await fetch(`${server.url}/bench/write?bytes=${bytes}`);
  return ((await response.json()) as { milliseconds: number }).milliseconds / 1000;
}
