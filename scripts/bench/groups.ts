import { EiderClient } from "../eider-client.ts";
import { measureBundle } from "./bundle.ts";
import { customers, type DataFile, type Format, makeFile, ORDERS, READINGS, WIDE } from "./data.ts";
import { measureEngineStart } from "./engine-start.ts";
import { measureExports } from "./exports.ts";
import { measureFormUpload } from "./form-upload.ts";
import { ingestFile, measureIngest } from "./ingest.ts";
import { cancelJobs } from "./jobs.ts";
import { measureMetadata } from "./metadata.ts";
import { measureAnalysis, measureLongProfile, measureProfiles } from "./profiles.ts";
import { measureQueries } from "./queries.ts";
import { measureQuestions } from "./questions.ts";
import type { Measurement } from "./report.ts";
import type { BenchServer } from "./server.ts";

/** What a group of measurements is given. */
export interface Bench {
  server: BenchServer;
  /** Sizes of the files that are ingested and exported, in MB. */
  megabytes: number[];
  /** Also what takes many minutes. */
  large: boolean;
  /** Makes every table smaller, to try the benchmark itself. */
  scale: number;
}

interface Group {
  /** For `--help`. */
  words: string;
  measure: (bench: Bench) => Promise<Measurement[]>;
}

const rows = (count: number, { scale }: Bench) => ({ rows: Math.ceil(count * scale) });

/** The engine's code is compiled where it first runs, once a process: a small file goes first, which is not measured. */
function ingestOf(format: Format, largeMegabytes: number[] = []): Group["measure"] {
  const measure = inTurn(
    ({ megabytes, large, scale }) => [...megabytes, ...(large ? largeMegabytes : [])].map((size) => size * scale),
    async ({ server }, size) => measureIngest(server, await makeFile(ORDERS, format, { megabytes: size })),
  );
  return async (bench) => {
    const { uploadId } = await ingestFile(bench.server, await makeFile(ORDERS, format, { megabytes: 2 }));
    const client = new EiderClient(bench.server.url);
    await cancelJobs(client);
    await client.deleteUpload(uploadId);
    return measure(bench);
  };
}

/** Measures each item after the other. */
function inTurn<T>(
  items: (bench: Bench) => T[],
  measure: (bench: Bench, item: T) => Promise<Measurement[]>,
): Group["measure"] {
  return async (bench) => {
    const measurements: Measurement[] = [];
    for (const item of items(bench)) measurements.push(...(await measure(bench, item)));
    return measurements;
  };
}

const customersFile = (version: "first" | "second", bench: Bench): Promise<DataFile> =>
  makeFile(customers(version), "csv", rows(1_000_000, bench));

/** In the order in which they are measured: the growth of workerd first, as long as it has not yet grown for other reasons. */
export const GROUPS = {
  bundle: { words: "size of the Worker", measure: async () => measureBundle() },
  forms: { words: "workerd's memory while forms pass through", measure: ({ server }) => measureFormUpload(server) },
  start: { words: "start of an engine", measure: ({ server }) => measureEngineStart(server) },
  csv: { words: "CSV ingest", measure: ingestOf("csv", [2_000]) },
  parquet: { words: "Parquet ingest", measure: ingestOf("parquet") },
  ndjson: { words: "NDJSON ingest", measure: ingestOf("ndjson") },
  arrow: { words: "Arrow ingest", measure: ingestOf("arrow") },
  exports: {
    words: "exports as CSV, NDJSON and Parquet",
    measure: inTurn(
      ({ megabytes, scale }) => megabytes.map((size) => size * scale),
      async ({ server }, size) => {
        const csv = await makeFile(ORDERS, "csv", { megabytes: size });
        return measureExports(server, { csv, parquet: await makeFile(ORDERS, "parquet", { rows: csv.rows }) });
      },
    ),
  },
  queries: {
    words: "cold and warm queries over 3 M rows",
    measure: async (bench) => measureQueries(bench.server, await makeFile(ORDERS, "csv", rows(3_000_000, bench))),
  },
  profiles: {
    words: "statistics of 1 M × 20 against pandas, analyze, compare",
    measure: async (bench) =>
      measureProfiles(bench.server, [await customersFile("first", bench), await customersFile("second", bench)]),
  },
  analysis: {
    words: "comprehensive analysis of 1 M × 20",
    measure: async (bench) => measureAnalysis(bench.server, await customersFile("first", bench)),
  },
  questions: {
    words: "planning of questions over 50 columns, pictures",
    measure: async (bench) => measureQuestions(bench.server, await makeFile(WIDE, "csv", rows(100_000, bench))),
  },
  long: {
    words: "statistics of 50 M rows, only with --large",
    measure: async (bench) =>
      bench.large ? measureLongProfile(bench.server, await makeFile(READINGS, "csv", rows(50_000_000, bench))) : [],
  },
  metadata: {
    words: "a hundred clients reading metadata",
    measure: async ({ server }) => measureMetadata(server, await makeFile(ORDERS, "csv", { megabytes: 1 })),
  },
} satisfies Record<string, Group>;

export type GroupName = keyof typeof GROUPS;
export const GROUP_NAMES = Object.keys(GROUPS) as GroupName[];
