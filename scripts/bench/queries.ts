import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { EiderClient } from "../eider-client.ts";
import { ROOT } from "../local/run-wrangler.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import type { DataFile } from "./data.ts";
import { ingestFile } from "./ingest.ts";
import { cancelJobs } from "./jobs.ts";
import { dropDatabase, ingestNatively, measureColumn, queryNatively } from "./native.ts";
import { type Measurement, median, quantile } from "./report.ts";
import { type BenchServer, takeCounts } from "./server.ts";

const WARM_RUNS = 21;
const COLD_COLUMN = "amount";
const AGGREGATE = (table: string) =>
  `SELECT region, count(*) AS orders, sum(amount) AS revenue, avg(quantity) AS quantity FROM ${table} GROUP BY region`;

/** An aggregate over a table whose blocks are at hand, and a query that touches one column of a table nobody has read yet. */
export async function measureQueries(server: BenchServer, file: DataFile): Promise<Measurement[]> {
  const client = new EiderClient(server.url);
  const { uploadId } = await ingestFile(server, file);
  await cancelJobs(client);
  const session = await client.openSession(uploadId, "Benchmark");
  const table = session.tables[0]?.name ?? "";

  const coldBar = new ProgressBar("Cold query, 1 of 8 columns");
  await takeCounts(server);
  const coldStarted = performance.now();
  await client.query(session.session_id, `SELECT sum(${COLD_COLUMN}) FROM ${table}`);
  const coldMs = performance.now() - coldStarted;
  const cold = await takeCounts(server);
  const stored = await fetchTableFile(server);
  const column = await measureColumn(stored, COLD_COLUMN);
  dropDatabase(stored);
  coldBar.finish(`${Math.round(coldMs)} ms, ${cold.gets} gets`);

  const warmBar = new ProgressBar("Warm aggregate over 3 M rows");
  const inObject: number[] = [];
  const outside: number[] = [];
  for (let i = 0; i < WARM_RUNS + 2; i++) {
    const started = performance.now();
    const { execution_time_ms } = await client.query(session.session_id, AGGREGATE(table));
    if (i >= 2) {
      inObject.push(execution_time_ms);
      outside.push(performance.now() - started);
    }
    warmBar.update(i / WARM_RUNS);
  }
  const { database } = await ingestNatively({ ...file, format: "csv" });
  const native = await queryNatively(database, AGGREGATE("data"), WARM_RUNS);
  dropDatabase(database);
  warmBar.finish(`${Math.round(median(inObject))} ms`);
  await client.endSessions("Benchmark");
  await client.deleteUpload(uploadId);

  return [
    {
      what: "Warm aggregate over 3 M rows",
      measured: median(inObject),
      unit: "ms",
      reference: { what: "native", value: median(native) },
      must: { atMost: 2.5 },
      details: {
        overHttpMs: median(outside),
        p90Ms: quantile(inObject, 0.9),
        least: Math.min(...inObject),
        nativeLeast: Math.min(...native),
      },
    },
    {
      what: "Cold query: bytes read from R2",
      measured: cold.bytes / 1e6,
      unit: "MB",
      reference: { what: "the column", value: column.bytes / 1e6 },
      must: { atMost: 1.5 },
      details: { ms: coldMs },
    },
    {
      what: "Cold query: gets",
      measured: cold.gets,
      unit: "",
      reference: { what: "the column's blocks", value: column.blocks },
      must: { atMost: 0.5 },
    },
    {
      what: "Cold query: first answer",
      measured: coldMs,
      unit: "ms",
      details: { includes: "starting the engine, attaching the table, reading from R2" },
    },
  ];
}

/** The newest table file, out of R2. */
async function fetchTableFile(server: BenchServer): Promise<string> {
  const { objects } = await server.bucket.list({ prefix: "tables/" });
  const files = objects.filter((object) => object.key.endsWith(".duckdb"));
  const newest = files.sort((a, b) => b.uploaded.getTime() - a.uploaded.getTime())[0];
  const object = newest && (await server.bucket.get(newest.key));
  if (!object) throw new Error("There is no table file in the bucket.");
  const path = `${ROOT}.eider/bench/native/stored-table.duckdb`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, new Uint8Array(await object.arrayBuffer()));
  return path;
}
