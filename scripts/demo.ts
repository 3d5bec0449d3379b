import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type DevServer, endOfLog, startDevServer } from "./dev-server.ts";
import { EiderClient, putFile } from "./eider-client.ts";
import { formatBytes, ProgressBar } from "./terminal/progress-bar.ts";
import { formatTable } from "./terminal/table.ts";

/**
 * `npm run demo`: starts Eider on this machine, brings two real CSV files in through their presigned URLs, waits until they are parsed,
 * joins them in SQL, and stays up until Ctrl-C.
 */

const DATA = resolve(import.meta.dirname, "../node_modules/vega-datasets/data");
const PATHS = [`${DATA}/airports.csv`, `${DATA}/flights-airport.csv`];
const KEY = "local-dev-key";
const SESSION_NAME = "Demo";

const say = (text = "") => process.stdout.write(`${text}\n`);
const stop = Promise.withResolvers<"interrupted">();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.resolve("interrupted"));

/** Runs a step; a signal in the meantime ends it. */
async function orInterrupted<T>(work: Promise<T>): Promise<T> {
  const outcome = await Promise.race([work, stop.promise]);
  if (outcome === "interrupted") throw new Interrupted();
  return outcome as T;
}
class Interrupted extends Error {}

function checkData(): void {
  const missing = PATHS.find((path) => !existsSync(path));
  if (missing) throw new Error(`${missing} is missing. Run “npm ci” to install the packages again.`);
}

async function bringFiles(client: EiderClient) {
  const upload = await client.createUpload(
    "Flights between US airports",
    PATHS.map((path) => ({ filename: basename(path), content_type: "text/csv", size_bytes: statSync(path).size })),
  );
  for (const [i, path] of PATHS.entries()) {
    const target = upload.files[i];
    if (!target) throw new Error(`The server gave no presigned URL for ${basename(path)}.`);
    const bar = new ProgressBar(`Uploading ${basename(path)}`);
    await putFile(target.presigned_url, path, (sent, total) =>
      bar.update(sent / total, `${formatBytes(sent)} of ${formatBytes(total)}`),
    );
    bar.finish(formatBytes(statSync(path).size));
  }
  const { job_ids } = await client.confirmUpload(upload);
  for (const [i, jobId] of job_ids.entries()) {
    const name = upload.files[i]?.filename ?? jobId;
    const bar = new ProgressBar(`Reading ${name}`);
    await client
      .finishJob(jobId, (job) => bar.update(job.progress, job.message ?? job.status))
      .catch((error: unknown) => {
        bar.stop();
        throw error;
      });
    const file = (await client.getUpload(upload.upload_id)).files.find((candidate) => candidate.filename === name);
    bar.finish(`${file?.rows?.toLocaleString("en-US") ?? "?"} rows, ${file?.columns ?? "?"} columns`);
  }
  return upload;
}

/** Busiest states by departures. */
const busiestStates = (
  airports: string,
  flights: string,
) => `SELECT a.state, count(DISTINCT a.iata) AS airports, count(*) AS routes,
       sum(f.count)::BIGINT AS departures, round(avg(f.count), 1) AS departures_per_route
FROM ${flights} AS f JOIN ${airports} AS a ON a.iata = f.origin
GROUP BY a.state ORDER BY departures DESC LIMIT 10`;

async function runDemo(server: DevServer): Promise<void> {
  const client = new EiderClient(server.url, KEY);
  const upload = await bringFiles(client);
  // An earlier demo's session is still open when it was stopped.
  await client.endSessions(SESSION_NAME);
  const session = await client.openSession(upload.upload_id, SESSION_NAME);
  const tableOf = (filename: string) => session.tables.find((table) => table.filename === filename)?.name ?? filename;
  const airports = tableOf("airports.csv");
  const flights = tableOf("flights-airport.csv");
  const sql = busiestStates(airports, flights);
  const result = await client.query(session.session_id, sql);

  say();
  say(sql);
  say();
  say(formatTable(result.columns, result.rows));
  say(`${result.rows.length} rows in ${Math.round(result.execution_time_ms)} ms`);
  say();
  say("Eider is running. Go on from here:");
  say(`  API reference   ${server.url}/docs/`);
  say(`  This upload     ${server.url}/uploads/${upload.upload_id}`);
  say(`  Its first rows  ${server.url}/data/uploads/${upload.upload_id}/files/airports.csv/preview`);
  say(`  The key         Authorization: Bearer ${KEY}`);
  say();
  say("Another query, ready to paste:");
  const body = {
    session_id: session.session_id,
    query_type: "sql",
    query: `SELECT origin, destination, count FROM ${flights} ORDER BY count DESC LIMIT 5`,
  };
  say(`  curl -s ${server.url}/data/query -H 'Authorization: Bearer ${KEY}' -H 'Content-Type: application/json' \\`);
  say(`    -d '${JSON.stringify(body)}'`);
  say();
  say("Ctrl-C ends it.");
}

/** Says what takes a while, and on a terminal for how long already. @returns to be called when it is over. */
function announce(what: string): () => void {
  if (!process.stdout.isTTY) {
    say(`${what} …`);
    return () => undefined;
  }
  const started = Date.now();
  const show = () => process.stdout.write(`\r${what} … ${Math.round((Date.now() - started) / 1000)} s`);
  show();
  const timer = setInterval(show, 1_000);
  return () => {
    clearInterval(timer);
    process.stdout.write("\n");
  };
}

async function main(): Promise<number> {
  let server: DevServer | undefined;
  try {
    checkData();
    server = await orInterrupted(startDevServer().finally(announce("Starting Eider (wrangler dev)")));
    say(`Ready at ${server.url}; its log is ${server.logFile}`);
    say();
    await orInterrupted(runDemo(server));
    const what = await Promise.race([stop.promise, server.ended.then(() => "ended" as const)]);
    if (what === "ended") throw new Error("The server ended by itself.");
    throw new Interrupted();
  } catch (error) {
    if (error instanceof Interrupted) {
      say();
      say("Eider has stopped. What was uploaded is kept under .wrangler/state.");
      return 0;
    }
    // What the server has to say about it comes a moment later.
    if (server) await sleep(1_000);
    await server?.stop();
    process.stderr.write(`\nThe demo failed. ${error instanceof Error ? error.message : String(error)}\n`);
    if (server)
      process.stderr.write(`\nThe end of the server's log (${server.logFile}):\n${endOfLog(server.logFile)}\n`);
    return 1;
  } finally {
    await server?.stop();
  }
}

process.exit(await main());
