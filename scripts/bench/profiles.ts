import { createReadStream } from "node:fs";
import { EiderClient } from "../eider-client.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { CONTENT_TYPES, type DataFile } from "./data.ts";
import { ingestFile } from "./ingest.ts";
import { cancelJobs, findProfileJob, followJob } from "./jobs.ts";
import { findPandas, profileWithPandas } from "./pandas.ts";
import { type Measurement, median, memoryMeasurement, quantile } from "./report.ts";
import { sendForm } from "./send-form.ts";
import { type BenchServer, takeCounts } from "./server.ts";

const ANALYZE_RUNS = 41;
const COLUMNS = 20;

/** Statistics of two versions of a dataset against pandas' for the same figures, how fast they are answered, and their comparison. */
export async function measureProfiles(
  server: BenchServer,
  [first, second]: readonly [DataFile, DataFile],
): Promise<Measurement[]> {
  const client = new EiderClient(server.url);
  const size = `${describeRows(first.rows)} × ${COLUMNS}`;
  const project = await client.call<{ id: string }>("POST", "/api/projects", { name: "Benchmark" });
  const profile = await uploadVersion(
    server,
    "/api/datasets/upload",
    { project_id: project.id, name: "Benchmark" },
    first,
  );
  const versions = `/api/datasets/${profile.datasetId}/versions`;
  await uploadVersion(server, versions, { description: "The next year" }, second);

  const analyzed = `/api/datasets/${profile.datasetId}/analyze?version=0`;
  const taken: number[] = [];
  for (let i = 0; i < ANALYZE_RUNS + 2; i++) {
    const started = performance.now();
    await client.call("GET", analyzed);
    if (i >= 2) taken.push(performance.now() - started);
  }

  const comparing = new ProgressBar(`Comparison of two of ${size}`);
  await takeCounts(server);
  const started = performance.now();
  await client.call("GET", `/api/datasets/${profile.datasetId}/compare?v1=0&v2=1`);
  const compareSeconds = (performance.now() - started) / 1000;
  comparing.finish(`${compareSeconds.toFixed(1)} s`);
  const compared = await takeCounts(server);
  await client.deleteDataset(profile.datasetId);

  return [
    await besidePandas(first, {
      what: `Statistics of ${size}`,
      measured: profile.seconds,
      unit: "s",
      details: { notes: profile.notes },
    }),
    memoryMeasurement(`Statistics of ${size}`, profile.peakMemoryBytes),
    {
      what: "GET …/analyze afterwards, median",
      measured: median(taken),
      unit: "ms",
      must: { atMost: 20 },
      details: { p90Ms: quantile(taken, 0.9) },
    },
    { what: `Comparison of two of ${size}`, measured: compareSeconds, unit: "s", must: { atMost: 10 } },
    memoryMeasurement(`Comparison of two of ${size}`, compared.peakMemoryBytes),
  ];
}

/** Sends a file as a version of a dataset and waits for its statistics. */
async function uploadVersion(server: BenchServer, path: string, fields: Record<string, string>, file: DataFile) {
  const client = new EiderClient(server.url);
  const sending = new ProgressBar(`Dataset of ${describeRows(file.rows)} rows`);
  const answer = await sendForm(
    `${server.url}${path}`,
    {
      fields,
      file: {
        field: "file",
        filename: file.name,
        contentType: CONTENT_TYPES[file.format],
        bytes: file.bytes,
        content: createReadStream(file.path, { highWaterMark: 1 << 20 }),
      },
      headers: { prefer: "respond-async" },
    },
    (sent) => sending.update(sent / file.bytes),
  );
  const ingest = await followJob(client, String(answer["job_id"]), sending);
  await takeCounts(server);
  sending.finish(`${ingest.toFixed(1)} s`);
  const bar = new ProgressBar("Its statistics");
  const seconds = await followJob(client, await findProfileJob(client), bar);
  bar.finish(`${seconds.toFixed(1)} s`);
  const { peakMemoryBytes } = await takeCounts(server);
  const { statistics } = await client.call<{ statistics: { notes: string[] } }>(
    "GET",
    `/api/datasets/${answer["dataset_id"]}/analyze`,
  );
  return { datasetId: String(answer["dataset_id"]), seconds, peakMemoryBytes, notes: statistics.notes };
}

/** Holds the seconds against pandas', where it is installed. */
async function besidePandas(file: DataFile, measurement: Measurement): Promise<Measurement> {
  const python = findPandas();
  if (python === undefined) {
    process.stderr.write("No Python with pandas and scipy was found, so the statistics are not held against theirs.\n");
    return measurement;
  }
  const bar = new ProgressBar("The same by pandas");
  const { seconds, ...details } = await profileWithPandas(python, file, (share, words) => bar.update(share, words));
  bar.finish(`${seconds.toFixed(1)} s`);
  return {
    ...measurement,
    reference: { what: "pandas", value: seconds },
    must: { atMost: 1.5 },
    details: { ...measurement.details, pandas: details },
  };
}

/** Statistics of a table that is far longer than memory. */
export async function measureLongProfile(server: BenchServer, file: DataFile): Promise<Measurement[]> {
  const client = new EiderClient(server.url);
  const what = `Statistics of ${describeRows(file.rows)} rows`;
  const ingested = await ingestFile(server, file);
  const bar = new ProgressBar(what);
  const seconds = await followJob(client, await findProfileJob(client), bar);
  bar.finish(`${seconds.toFixed(1)} s`);
  const { peakMemoryBytes } = await takeCounts(server);
  await cancelJobs(client);
  await client.deleteUpload(ingested.uploadId);
  return [
    { what, measured: seconds, unit: "s", details: { ingestSeconds: ingested.seconds } },
    memoryMeasurement(`Ingest of ${describeRows(file.rows)} rows`, ingested.peakMemoryBytes),
    memoryMeasurement(what, peakMemoryBytes),
  ];
}

/** Comprehensive analysis of a file that has just come in: its statistics are part of the work. */
export async function measureAnalysis(server: BenchServer, file: DataFile): Promise<Measurement[]> {
  const client = new EiderClient(server.url);
  const what = `Comprehensive analysis of ${describeRows(file.rows)} × ${COLUMNS}`;
  const { uploadId } = await ingestFile(server, file);
  const bar = new ProgressBar(what);
  await takeCounts(server);
  const started = performance.now();
  const { job_id } = await client.call<{ job_id: string }>("POST", "/data/analyze", {
    upload_id: uploadId,
    analysis_type: "comprehensive",
  });
  await followJob(client, job_id, bar);
  const seconds = (performance.now() - started) / 1000;
  bar.finish(`${seconds.toFixed(1)} s`);
  const { peakMemoryBytes } = await takeCounts(server);
  await client.deleteUpload(uploadId);
  return [
    {
      what,
      measured: seconds,
      unit: "s",
      must: { atMost: 60 },
      details: { includes: "the statistics, which nobody had computed before" },
    },
    memoryMeasurement(what, peakMemoryBytes),
  ];
}

export function describeRows(rows: number): string {
  return rows >= 1e6 ? `${Number((rows / 1e6).toPrecision(3))} M` : `${Number((rows / 1e3).toPrecision(3))} k`;
}
