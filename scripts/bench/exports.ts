import { EiderClient } from "../eider-client.ts";
import { formatBytes, ProgressBar } from "../terminal/progress-bar.ts";
import type { DataFile } from "./data.ts";
import { FORMAT_NAMES, ingestFile } from "./ingest.ts";
import { cancelJobs, followJob } from "./jobs.ts";
import { dropDatabase, exportNatively, ingestNatively } from "./native.ts";
import { type Measurement, memoryMeasurement, rateMeasurement } from "./report.ts";
import { watchGrowth } from "./resident-memory.ts";
import { type BenchServer, takeCounts } from "./server.ts";

const EXPORTED = ["csv", "parquet"] as const;

/**
 * Exports of a table, against native COPY. The table comes from a Parquet file: a CSV file that is asked for as CSV would be handed out as
 * it came.
 *
 * @param csvBytes what the rows take as CSV, which the measurements are named after.
 */
export async function measureExports(server: BenchServer, file: DataFile, csvBytes: number): Promise<Measurement[]> {
  const client = new EiderClient(server.url);
  const { uploadId } = await ingestFile(server, file);
  await cancelJobs(client);
  const { database } = await ingestNatively({ ...file, format: "parquet" });
  const measurements: Measurement[] = [];
  for (const format of EXPORTED) measurements.push(...(await measureExport(format)));
  await client.deleteUpload(uploadId);
  dropDatabase(database);
  return measurements;

  async function measureExport(format: (typeof EXPORTED)[number]): Promise<Measurement[]> {
    const what = `${FORMAT_NAMES[format]} export, ${formatBytes(csvBytes)} of CSV`;
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
    bar.finish(`${result.seconds.toFixed(1)} s, native ${nativeSeconds.toFixed(1)} s`);
    // Nobody is going to download it.
    const { objects } = await server.bucket.list({ prefix: "exports/" });
    await server.bucket.delete(objects.map((object) => object.key));
    return [
      rateMeasurement(
        { what },
        { bytes, rows: file.rows, seconds: result.seconds },
        { what: "native", seconds: nativeSeconds },
      ),
      memoryMeasurement(what, peakMemoryBytes),
      ...(growthMib === undefined ? [] : [{ what: `${what}: workerd grows by`, measured: growthMib, unit: "MiB" }]),
    ];
  }
}
