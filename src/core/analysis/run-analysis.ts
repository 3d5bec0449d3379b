import { EngineError } from "../../engine/errors.ts";
import {
  findInsights,
  type Profile,
  type ProfileEngine,
  recommend,
  toAnalysisStats,
  toFeatureCorrelations,
} from "../../profile/index.ts";
import { analysisKey } from "../../storage/analyses.ts";
import type { JobRow } from "../../storage/jobs.ts";
import { findTable } from "../../storage/profiles.ts";
import { findFile, type TableRow } from "../../storage/uploads.ts";
import { AppError } from "../errors.ts";
import { type Bench, JobPaused } from "../ingest/bench.ts";
import { ensureProfile } from "../profiles/ensure-profile.ts";
import { loadProfile } from "../profiles/load-profile.ts";
import { rememberRows } from "../profiles/remember-rows.ts";
import type { Services } from "../services.ts";
import { attachTable } from "../sessions/attached-engine.ts";
import { sessionSource } from "../tables/session-source.ts";
import { partsOf, tableSource } from "../tables/table-layout.ts";
import { keepVisualization } from "../visualizations/keep-visualization.ts";
import type { AnalysisInput, AnalyzedTable, TableRecommendation } from "./analysis-parts.ts";
import { planVisualizations } from "./plan-visualizations.ts";
import { type ChartSource, queryChart } from "./query-chart.ts";

/** Share of a table's work that its statistics are, for the progress bar. */
const PROFILE_SHARE = 0.8;
const INSIGHTS_SHARE = 0.85;

export interface AnalysisResult {
  tables: number;
  insights: number;
  recommendations: number;
  visualizations: number;
}

/** What is known of a table that is done. */
interface DoneTable {
  insights: number;
  visualizations: number;
  recommendations: TableRecommendation[];
}

/**
 * Analyzes the tables that a job names. Killed anywhere and run again it goes on with the table where it was. Statistics are those that
 * are kept with each table; where there are none yet, it waits for the job that makes them.
 *
 * @returns undefined when the upload has been deleted meanwhile.
 * @throws JobPaused while statistics are being made; AppError when they could not be; EngineError.
 */
export async function runAnalysis(services: Services, bench: Bench, job: JobRow): Promise<AnalysisResult | undefined> {
  const input = job.input as unknown as AnalysisInput;
  const done: DoneTable[] = [];
  for (const [ordinal, planned] of input.tables.entries()) {
    const report = (share: number, message: string) =>
      bench.report((ordinal + share) / input.tables.length, `${planned.filename}: ${message}`);
    const known = bench.notes.get<DoneTable>(`done/${ordinal}`);
    const result = known ?? (await analyzeTable(services, bench, { job, input, ordinal, planned, report }));
    if (!result) return undefined;
    bench.notes.put(`done/${ordinal}`, result);
    done.push(result);
  }
  const recommendations = done.flatMap((table) => table.recommendations);
  await services.bucket.put(analysisKey(job.id, input.tables.length), JSON.stringify(recommendations));
  return {
    tables: done.length,
    insights: done.reduce((sum, table) => sum + table.insights, 0),
    recommendations: recommendations.length,
    visualizations: done.reduce((sum, table) => sum + table.visualizations, 0),
  };
}

interface TableTask {
  job: JobRow;
  input: AnalysisInput;
  ordinal: number;
  planned: AnalysisInput["tables"][number];
  report: (share: number, message: string) => void;
}

async function analyzeTable(services: Services, bench: Bench, task: TableTask): Promise<DoneTable | undefined> {
  const { planned, report, job, ordinal, input } = task;
  const found = await profileOf(services, planned.table_id, report);
  if (!found) return undefined;
  const { table, profile } = found;
  report(PROFILE_SHARE, "Looking for what is noteworthy.");
  const catalog = `analysis_${ordinal}`;
  await attachTable(bench.engine, services.bucket, sessionSource("data", table), catalog);
  const engine = namespaced(bench, ordinal);
  const from = (columns: readonly string[]) => sourceOf(catalog, table, columns);
  const isComprehensive = input.analysis_type === "comprehensive";
  const insights = await findInsights(profile, {
    tableName: planned.sql_table,
    signal: bench.signal,
    ...(isComprehensive ? { engine, from: from(table.columns.map(({ name }) => name)) } : {}),
  });
  const visualizations = isComprehensive ? await drawCharts(services, bench, task, { engine, from, profile }) : [];
  const part: AnalyzedTable = {
    filename: planned.filename,
    table: planned.table,
    sql_table: planned.sql_table,
    stats: toAnalysisStats(profile),
    correlations: toFeatureCorrelations(profile),
    insights,
    visualizations,
    notes: profile.notes,
  };
  bench.signal.throwIfAborted();
  await services.bucket.put(analysisKey(job.id, ordinal), JSON.stringify(part));
  await bench.engine.run(`DETACH ${catalog}`);
  return {
    insights: insights.length,
    visualizations: visualizations.length,
    recommendations: recommend(profile, insights, planned.sql_table).map((advice) => ({
      ...advice,
      filename: planned.filename,
    })),
  };
}

/** A table's kept statistics. @throws JobPaused while they are being made. */
async function profileOf(
  services: Services,
  tableId: string,
  report: TableTask["report"],
): Promise<{ table: TableRow; profile: Profile } | undefined> {
  const table = await findTable(services.db, tableId);
  const file = table && (await findFile(services.db, table.fileId));
  if (!table || !file) return undefined;
  const made = await ensureProfile(services, { file, table }, (row) => loadProfile(services, row), services.now());
  if (made.state === "made") return { table, profile: made.value };
  if (made.state === "failed") throw new AppError("query_failed", made.message);
  report(made.job.progress * PROFILE_SHARE, made.job.message ?? "Computing statistics.");
  throw new JobPaused();
}

/** Statements of each table are remembered under numbers of its own, so that they are the same after a pause between tables. */
function namespaced(bench: Bench, ordinal: number): ProfileEngine {
  const { notes } = bench;
  return rememberRows({
    ...bench,
    engine: bench.engine,
    notes: {
      ...notes,
      get: (key) => notes.get(`${ordinal}/${key}`),
      put: (key, value) => notes.put(`${ordinal}/${key}`, value),
    },
  });
}

/** Columns that lie in one part of a wide table are read from that part alone. */
function sourceOf(catalog: string, table: TableRow, columns: readonly string[]): string {
  const name = { catalog, table: "data" };
  const part = partsOf(name, table.columns).find((own) =>
    columns.every((wanted) => own.columns.some((column) => column.name === wanted)),
  );
  return part?.name ?? tableSource(name, table.columnCount);
}

async function drawCharts(
  services: Services,
  bench: Bench,
  { job, ordinal, report }: TableTask,
  source: ChartSource,
): Promise<AnalyzedTable["visualizations"]> {
  const planned = planVisualizations(source.profile);
  const drawn: AnalyzedTable["visualizations"] = [];
  for (const [i, chart] of planned.entries()) {
    report(INSIGHTS_SHARE + ((1 - INSIGHTS_SHARE) * i) / planned.length, "Drawing what is interesting.");
    const key = `chart/${ordinal}/${i}`;
    const id = bench.notes.get<string>(key) ?? `viz_${services.randomId()}`;
    bench.notes.put(key, id);
    if (bench.notes.get<boolean>(`${key}/skip`)) continue;
    const spec = await drawOrSkip(bench, `${key}/skip`, () => queryChart(source, chart));
    if (!spec) continue;
    const row = await keepVisualization(services, { userId: job.userId, jobId: job.id }, spec, id);
    drawn.push({ id, type: row.type, title: row.title });
  }
  return drawn;
}

/** A picture that needs more memory than there is is left out: the engine is finished then, and another turn goes on behind it. */
async function drawOrSkip<T>(bench: Bench, key: string, draw: () => Promise<T>): Promise<T> {
  try {
    return await draw();
  } catch (error) {
    if (!(error instanceof EngineError) || (error.code !== "out_of_memory" && error.code !== "engine_crashed"))
      throw error;
    console.warn({
      message: "A picture of an analysis needs too much memory and is left out.",
      key,
      error: error.message,
    });
    bench.notes.put(key, true);
    throw new JobPaused();
  }
}
