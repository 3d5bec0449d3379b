import { EiderClient, putFile } from "../eider-client.ts";
import { formatBytes, ProgressBar } from "../terminal/progress-bar.ts";
import { type DataFile, ingestNatively } from "./native.ts";
import type { Measurement } from "./report.ts";
import { type BenchServer, takeCounts } from "./server.ts";

const MIB = 1_048_576;
const MEMORY_LIMIT_BYTES = 96 * MIB;

export interface Ingested {
  uploadId: string;
  jobId: string;
  /** The same table, made by native DuckDB. */
  nativeDatabase: string;
  measurements: Measurement[];
}

/** Brings a file in through its presigned URL and lets it be ingested; then the same by native DuckDB. */
export async function measureIngest(server: BenchServer, file: DataFile): Promise<Ingested> {
  const client = new EiderClient(server.url);
  const size = formatBytes(file.bytes);
  const upload = await client.createUpload("Benchmark", [
    { filename: file.name, content_type: "text/csv", size_bytes: file.bytes },
  ]);
  const target = upload.files[0];
  if (!target) throw new Error("The server gave no presigned URL.");
  const sending = new ProgressBar(`Upload of ${size}`);
  const sent = performance.now();
  await putFile(target.presigned_url, file.path, (done, total) => sending.update(done / total));
  const uploadSeconds = (performance.now() - sent) / 1000;
  sending.finish(`${uploadSeconds.toFixed(1)} s`);

  await takeCounts(server);
  const reading = new ProgressBar(`Ingest of ${size}`);
  const confirmed = performance.now();
  const { job_ids } = await client.confirmUpload(upload);
  const jobId = job_ids[0] ?? "";
  const job = (await client.finishJob(
    jobId,
    ({ progress, message }) => reading.update(progress, message ?? ""),
    500,
  )) as unknown as {
    started_at: string;
    completed_at: string;
  };
  const waited = (performance.now() - confirmed) / 1000;
  const seconds = (Date.parse(job.completed_at) - Date.parse(job.started_at)) / 1000;
  reading.finish(`${seconds.toFixed(1)} s`);
  const { peakMemoryBytes } = await takeCounts(server);

  const comparing = new ProgressBar(`Native ingest of ${size}`);
  const native = await ingestNatively(file);
  comparing.finish(`${native.seconds.toFixed(1)} s`);

  const megabytes = file.bytes / 1e6;
  return {
    uploadId: upload.upload_id,
    jobId,
    nativeDatabase: native.database,
    measurements: [
      {
        what: `CSV ingest, ${size}`,
        measured: megabytes / seconds,
        unit: "MB/s",
        reference: { what: "native", value: megabytes / native.seconds },
        must: { atLeast: 0.5 },
        details: { rows: file.rows, seconds, secondsFromConfirmToEnd: waited, nativeSeconds: native.seconds },
      },
      {
        what: `WebAssembly memory, ${size}`,
        measured: peakMemoryBytes / MIB,
        unit: "MiB",
        must: { atMost: MEMORY_LIMIT_BYTES / MIB },
      },
      { what: `Presigned upload, ${size}`, measured: megabytes / uploadSeconds, unit: "MB/s" },
    ],
  };
}
