import { EiderClient, putFile } from "../eider-client.ts";
import { formatBytes, ProgressBar } from "../terminal/progress-bar.ts";
import { readArrowFile } from "./arrow-file.ts";
import { CONTENT_TYPES, type DataFile, type Format } from "./data.ts";
import { cancelJobs, followJob } from "./jobs.ts";
import { dropDatabase, ingestNatively, type NativeFormat } from "./native.ts";
import { type Measurement, memoryMeasurement, rateMeasurement } from "./report.ts";
import { type BenchServer, takeCounts } from "./server.ts";

export const FORMAT_NAMES: Record<Format, string> = {
  csv: "CSV",
  parquet: "Parquet",
  ndjson: "NDJSON",
  arrow: "Arrow",
};

/** At least so many times as fast as the reference. */
const MUST: Partial<Record<Format, number>> = { csv: 0.5, parquet: 0.4 };

export interface Ingested {
  uploadId: string;
  jobId: string;
  /** From the start of the job to its end. */
  seconds: number;
  secondsFromConfirm: number;
  uploadSeconds: number;
  peakMemoryBytes: number;
}

/** Brings a file in through its presigned URL and lets it be ingested. Its statistics are being computed then. */
export async function ingestFile(server: BenchServer, file: DataFile): Promise<Ingested> {
  const client = new EiderClient(server.url);
  const size = `${formatBytes(file.bytes)} of ${FORMAT_NAMES[file.format]}`;
  const upload = await client.createUpload("Benchmark", [
    { filename: file.name, content_type: CONTENT_TYPES[file.format], size_bytes: file.bytes },
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
  const seconds = await followJob(client, jobId, reading);
  const secondsFromConfirm = (performance.now() - confirmed) / 1000;
  reading.finish(`${seconds.toFixed(1)} s`);
  const { peakMemoryBytes } = await takeCounts(server);
  return { uploadId: upload.upload_id, jobId, seconds, secondsFromConfirm, uploadSeconds, peakMemoryBytes };
}

/** Ingest of a file, and the same by native DuckDB (for Arrow, which that cannot read: by apache-arrow, which only reads it). */
export async function measureIngest(server: BenchServer, file: DataFile): Promise<Measurement[]> {
  const client = new EiderClient(server.url);
  const ingested = await ingestFile(server, file);
  await cancelJobs(client);
  await client.deleteUpload(ingested.uploadId);
  const size = formatBytes(file.bytes);
  const name = FORMAT_NAMES[file.format];
  const reference = await readOtherwise(file);
  const mustBe = MUST[file.format];
  return [
    rateMeasurement(
      { what: `${name} ingest, ${size}`, must: mustBe === undefined ? undefined : { atLeast: mustBe } },
      { ...file, seconds: ingested.seconds },
      reference,
      { secondsFromConfirmToEnd: ingested.secondsFromConfirm },
    ),
    memoryMeasurement(`${name} ingest, ${size}`, ingested.peakMemoryBytes),
    ...(file.format === "csv"
      ? [{ what: `Presigned upload, ${size}`, measured: file.bytes / 1e6 / ingested.uploadSeconds, unit: "MB/s" }]
      : []),
  ];
}

async function readOtherwise(file: DataFile): Promise<{ what: string; seconds: number }> {
  const what = file.format === "arrow" ? "apache-arrow" : "native";
  const bar = new ProgressBar(`The same by ${what === "native" ? "native DuckDB" : what}`);
  const seconds = await (async () => {
    if (file.format === "arrow") return readArrowFile(file.path);
    const native = await ingestNatively({ ...file, format: file.format satisfies NativeFormat });
    dropDatabase(native.database);
    return native.seconds;
  })();
  bar.finish(`${seconds.toFixed(1)} s`);
  return { what, seconds };
}
