import { parseArgs } from "node:util";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { GROUP_NAMES, GROUPS, type GroupName } from "./groups.ts";
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
    only: { type: "string" },
    scale: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});

const HELP = `npm run bench [-- --large | --quick] [--only NAME,…] [--scale SHARE]

  --large   also CSV of 2 GB, and statistics of 50 M rows (several GB of disk, about half an hour more)
  --quick   leaves out the files of 500 MB
  --scale   makes every table smaller (0.02: a fiftieth), to try the benchmark itself
  --only    measures only some of these:

${GROUP_NAMES.map((name) => `            ${name.padEnd(10)} ${GROUPS[name].words}`).join("\n")}

Data lies in .eider/bench/data and is made once.
`;

/** @throws Error for an unknown name. */
function chooseGroups(only: string | undefined): GroupName[] {
  if (only === undefined) return GROUP_NAMES;
  const names = only.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !GROUP_NAMES.includes(name as GroupName));
  if (unknown !== undefined)
    throw new Error(`There is no group “${unknown}”. --only takes some of: ${GROUP_NAMES.join(", ")}.`);
  return GROUP_NAMES.filter((name) => names.includes(name));
}

async function runBenchmark(groups: readonly GroupName[], scale: number): Promise<Measurement[]> {
  const preparing = new ProgressBar("Worker");
  buildWorkers();
  preparing.finish();
  const measurements: Measurement[] = [];
  const server = await startBenchServer("trimmed");
  try {
    const bench = { server, large: options.large, scale, megabytes: options.quick ? [50] : [50, 500] };
    for (const name of groups) measurements.push(...(await GROUPS[name].measure(bench)));
  } finally {
    await server.close();
  }
  return measurements;
}

if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const groups = chooseGroups(options.only);
const scale = Number(options.scale);
if (!(scale > 0 && scale <= 1)) throw new Error(`--scale is a number above 0 and at most 1, not “${options.scale}”.`);
const { load, warning } = readLoad();
if (warning) process.stderr.write(`${warning}\n\n`);
const measurements = await runBenchmark(groups, scale);
process.stdout.write(`\n${formatMeasurements(measurements)}\n`);
if (warning) process.stdout.write(`\n${warning}\n`);
process.stdout.write(`\nWritten to ${writeReport(measurements, options, load)}\n`);
process.exit(measurements.some((measurement) => isReached(measurement) === false) ? 1 : 0);
