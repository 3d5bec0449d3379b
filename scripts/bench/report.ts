import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { ROOT } from "../local/run-wrangler.ts";
import { formatTable } from "../terminal/table.ts";

/** One line of the benchmark: what was measured, what it is held against, and whether it reaches what it must. */
export interface Measurement {
  what: string;
  measured: number;
  unit: string;
  /** The same figure in another unit. */
  also?: { value: number; unit: string } | undefined;
  /** The same work done otherwise in the same run (native DuckDB, the untrimmed engine, …). */
  reference?: { what: string; value: number } | undefined;
  /** Held against `measured`, or against `measured / reference` where there is a reference. */
  must?: { atMost?: number; atLeast?: number } | undefined;
  /** Anything more that helps to read the figure. */
  details?: Record<string, unknown> | undefined;
}

/** What an engine may come to use. */
const MEMORY_LIMIT_BYTES = 96 * 1_048_576;

/** The largest WebAssembly memory of any engine while something was done. */
export function memoryMeasurement(during: string, peakBytes: number): Measurement {
  return {
    what: `${during}: WebAssembly memory`,
    measured: peakBytes / 1_048_576,
    unit: "MiB",
    must: { atMost: MEMORY_LIMIT_BYTES / 1_048_576 },
  };
}

/** How fast rows go through, in bytes of their file and in rows, against the same rows by other means. */
export function rateMeasurement(
  { what, must }: Pick<Measurement, "what" | "must">,
  { bytes, rows, seconds }: { bytes: number; rows: number; seconds: number },
  reference: { what: string; seconds: number },
  details: Record<string, unknown> = {},
): Measurement {
  return {
    what,
    measured: bytes / 1e6 / seconds,
    unit: "MB/s",
    also: { value: rows / 1e3 / seconds, unit: "k rows/s" },
    reference: { what: reference.what, value: bytes / 1e6 / reference.seconds },
    must,
    details: { rows, bytes, seconds, referenceSeconds: reference.seconds, ...details },
  };
}

export function ratioOf({ measured, reference }: Measurement): number | undefined {
  return reference && reference.value > 0 ? measured / reference.value : undefined;
}

/** Undefined where nothing was promised. */
export function isReached(measurement: Measurement): boolean | undefined {
  const { must } = measurement;
  if (!must) return undefined;
  const value = ratioOf(measurement) ?? measurement.measured;
  return (must.atMost === undefined || value <= must.atMost) && (must.atLeast === undefined || value >= must.atLeast);
}

export function formatMeasurements(measurements: readonly Measurement[]): string {
  return formatTable(
    ["what", "measured", "against", "ratio", "must be", "reached"],
    measurements.map((m) => {
      const reached = isReached(m);
      return [
        m.what,
        `${round(m.measured)} ${m.unit}${m.also ? `, ${round(m.also.value)} ${m.also.unit}` : ""}`,
        m.reference ? `${m.reference.what}: ${round(m.reference.value)} ${m.unit}` : "",
        m.reference ? `${round(ratioOf(m) ?? Number.NaN)} ×` : "",
        describeMust(m),
        reached === undefined ? "" : reached ? "yes" : "NO",
      ];
    }),
  );
}

function describeMust({ must, reference, unit }: Measurement): string {
  if (!must) return "";
  const words = must.atMost === undefined ? `≥ ${round(must.atLeast ?? 0)}` : `≤ ${round(must.atMost)}`;
  return reference ? `${words} ×` : `${words} ${unit}`;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

/** Writes the run to `.eider/bench/`, under its time and as `latest.json`. @returns the path. */
export function writeReport(
  measurements: readonly Measurement[],
  options: Record<string, unknown>,
  loadAtStart: number,
): string {
  const folder = `${ROOT}.eider/bench`;
  mkdirSync(folder, { recursive: true });
  const at = new Date().toISOString();
  const report = {
    at,
    options,
    machine: {
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      memoryBytes: totalmem(),
      node: process.version,
      /** Processes that wanted a core when the benchmark began, as an average over a minute. */
      loadAtStart,
    },
    measurements: measurements.map((m) => ({ ...m, ratio: ratioOf(m), reached: isReached(m) })),
  };
  const path = `${folder}/${at.replaceAll(/[:.]/g, "-")}.json`;
  for (const file of [path, `${folder}/latest.json`]) writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  return path;
}

/** The load of the machine, and a warning where others work on it: ratios stand it, absolute figures do not. */
export function readLoad(): { load: number; warning: string | undefined } {
  const load = loadavg()[0] ?? 0;
  const words = `Other work is going on here (load ${load.toFixed(1)} on ${cpus().length} cores): times will be too long, ratios rough.`;
  return { load, warning: load > cpus().length / 2 ? words : undefined };
}

/** Linear interpolation between the closest ranks. @param share 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]) => quantile(values, 0.5);
