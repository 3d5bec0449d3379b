import { ProgressBar } from "../terminal/progress-bar.ts";
import { type Measurement, median } from "./report.ts";
import { type BenchServer, startBenchServer } from "./server.ts";

const STARTS = 21;
const UNTRIMMED_STARTS = 7;

async function startEngines(server: BenchServer, times: number): Promise<number[]> {
  const response = await fetch(`${server.url}/bench/start?times=${times}`);
  if (!response.ok) throw new Error(`The engine could not be started in the worker: ${await response.text()}`);
  return (await response.json()) as number[];
}

/** How long an engine takes to start in an object, with Eider's file and with the one of the npm package, in the same workerd. */
export async function measureEngineStart(server: BenchServer): Promise<Measurement[]> {
  const bar = new ProgressBar("Engine starts");
  const trimmed = await startEngines(server, STARTS);
  bar.update(0.5, "now with the package's own file");
  const other = await startBenchServer("untrimmed");
  const untrimmed = await startEngines(other, UNTRIMMED_STARTS).finally(() => other.close());
  bar.finish(`${Math.round(median(trimmed))} ms`);
  return [
    {
      what: "Engine start in an object, median",
      measured: median(trimmed),
      unit: "ms",
      must: { atMost: 80 },
      details: { all: trimmed },
    },
    {
      what: "Engine start against the untrimmed",
      measured: median(trimmed),
      unit: "ms",
      reference: { what: "untrimmed", value: median(untrimmed) },
      must: { atMost: 1 / 8 },
      details: { all: untrimmed },
    },
  ];
}
