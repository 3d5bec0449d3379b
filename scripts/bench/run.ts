import { parseArgs } from "node:util";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { measureBundle } from "./bundle.ts";
import { measureEngineStart } from "./engine-start.ts";
import { measureFormUpload } from "./form-upload.ts";
import { measureIngest } from "./ingest.ts";
import { measureMetadata } from "./metadata.ts";
import { makeCsv } from "./native.ts";
import { measureQueries } from "./queries.ts";
import { formatMeasurements, isReached, type Measurement, readLoad, writeReport } from "./report.ts";
import { buildWorkers, startBenchServer } from "./server.ts";

/**
 * `npm run bench`: measures Eider in workerd on this machine, each figure against native DuckDB or its like in the same run. Prints a
 * table and writes `.eider/bench/<time>.json`. Ends with code 1 when something falls short of what it must reach.
 */
const { values: options } = parseArgs({
  options: {
    large: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const HELP = `npm run bench [-- --large | --quick]

  --large   also ingests 2 GB
  --quick   leaves out the 500 MB ingest
`;

/** Rows of the table that the queries read. */
const QUERIED_ROWS = 3_000_000;

async function runBenchmark(): Promise<Measurement[]> {
  const sizes: ({ megabytes: number } | { rows: number })[] = [{ megabytes: 50 }];
  if (!options.quick) sizes.push({ megabytes: 500 });
  if (options.large) sizes.push({ megabytes: 2_000 });

  const preparing = new ProgressBar("Data and Worker");
  const files = [];
  for (const [i, size] of sizes.entries()) {
    files.push(await makeCsv(size));
    preparing.update((i + 1) / (sizes.length + 2));
  }
  const queried = await makeCsv({ rows: QUERIED_ROWS });
  buildWorkers();
  preparing.finish();

  const measurements: Measurement[] = measureBundle();
  const server = await startBenchServer("trimmed");
  try {
    // First, as long as workerd has not yet grown for other reasons.
    measurements.push(...(await measureFormUpload(server)));
    measurements.push(...(await measureEngineStart(server)));
    for (const file of files) measurements.push(...(await measureIngest(server, file)).measurements);
    const ingested = await measureIngest(server, queried);
    measurements.push(...ingested.measurements);
    measurements.push(...(await measureQueries(server, ingested)));
    measurements.push(...(await measureMetadata(server, ingested)));
  } finally {
    await server.close();
  }
  return measurements;
}

if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const { load, warning } = readLoad();
if (warning) process.stderr.write(`${warning}\n\n`);
const measurements = await runBenchmark();
process.stdout.write(`\n${formatMeasurements(measurements)}\n`);
if (warning) process.stdout.write(`\n${warning}\n`);
process.stdout.write(`\nWritten to ${writeReport(measurements, options, load)}\n`);
process.exit(measurements.some((measurement) => isReached(measurement) === false) ? 1 : 0);
