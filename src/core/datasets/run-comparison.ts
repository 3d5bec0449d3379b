import { type ComparedVersion, compareVersions, type Profile, type ProfileTable } from "../../profile/index.ts";
import { findJob, type JobRow } from "../../storage/jobs.ts";
import { findTable } from "../../storage/profiles.ts";
import type { TableRow } from "../../storage/uploads.ts";
import { AppError } from "../errors.ts";
import type { Bench } from "../ingest/bench.ts";
import { loadProfile } from "../profiles/load-profile.ts";
import { rememberRows } from "../profiles/remember-rows.ts";
import type { Services } from "../services.ts";
import { attachTables, catalogOf } from "../sessions/attached-engine.ts";
import { sessionSource } from "../tables/session-source.ts";
import { COLUMNS_PER_PART } from "../tables/table-layout.ts";
import type { ComparisonInput } from "./compare-versions.ts";

const NAMES = ["v1", "v2"];

/**
 * Compares two versions of a dataset and keeps the answer in R2. Killed anywhere and run again it goes on where it was.
 *
 * @returns undefined when one of them has been deleted meanwhile.
 */
export async function runComparison(
  services: Services,
  bench: Bench,
  job: JobRow,
): Promise<{ object_key: string } | undefined> {
  const input = job.input as unknown as ComparisonInput;
  const found = await Promise.all(input.tables.map((id) => findTable(services.db, id)));
  const tables = found.filter((table) => table !== undefined);
  if (tables.length < found.length) return undefined;
  const profiles = await Promise.all(tables.map((table) => loadProfile(services, table)));
  await attachTables(
    bench.engine,
    services.bucket,
    tables.map((table, i) => sessionSource(NAMES[i] ?? "", table)),
  );
  const engine = rememberRows(bench);
  const sides = tables.map((table, i): ComparedVersion => {
    const profile = profiles[i];
    if (!profile) throw new AppError("resource_conflict", "The statistics of a version are gone. Ask again.");
    return { profile, engine, table: locate(table, i, profile) };
  });
  const [v1, v2] = sides;
  if (!v1 || !v2) throw new Error("A comparison has two sides.");
  const comparison = await compareVersions(v1, v2, {
    ...input.options,
    versions: input.versions,
    signal: bench.signal,
    onProgress: ({ done, total }) => bench.report(done / Math.max(1, total), "Comparing the columns."),
  });
  await services.bucket.put(input.object_key, JSON.stringify(comparison));
  if (await findJob(services.db, job.id)) return { object_key: input.object_key };
  // The dataset has been deleted meanwhile, and nobody else knows of this object.
  await services.bucket.delete(input.object_key);
  return undefined;
}

/** Where a side's rows are: its table, or the view of a wide one's parts. */
function locate(table: TableRow, index: number, profile: Profile): ProfileTable {
  const columns = table.columns.map((column) => ({ name: column.name, type: column.duckdbType }));
  const shared = { rows: profile.row_count, columns };
  return columns.length > COLUMNS_PER_PART
    ? { ...shared, name: NAMES[index] ?? "" }
    : { ...shared, catalog: catalogOf(index), schema: "main", name: "data" };
}
