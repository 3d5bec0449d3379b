import { EngineError } from "../../engine/errors.ts";
import { assessQuality, type Profile, type ProfileEngine, profileTable } from "../../profile/index.ts";
import { profileKey, qualityKey } from "../../storage/object-keys.ts";
import { findTable, recordProfile } from "../../storage/profiles.ts";
import { findFile, type TableRow } from "../../storage/uploads.ts";
import { type Bench, JobPaused } from "../ingest/bench.ts";
import type { Services } from "../services.ts";
import { attachTables, catalogOf } from "../sessions/attached-engine.ts";
import { nameTables } from "../sessions/name-tables.ts";
import { sessionSource } from "../tables/session-source.ts";
import { partsOf, type TablePart, tableSource } from "../tables/table-layout.ts";
import { countDuplicateRows } from "./count-duplicate-rows.ts";
import { joinProfiles } from "./join-profiles.ts";
import { loadProfile } from "./load-profile.ts";
import { rememberRows } from "./remember-rows.ts";

/** What one statement may build up in the engine, to begin with; less after each time that this was too much. */
const BUDGET_BYTES = 16 << 20;
const LEAST_BUDGET_BYTES = 1 << 20;
/** Share of the whole that the statistics take, for the progress bar; the rest is the quality report. */
const PROFILE_SHARE = 0.97;

export interface ProfileResult {
  table_id: string;
  rows: number;
  columns: number;
  overall_score: number;
  /** What the engine came to use. */
  memory_bytes: number;
}

/**
 * Computes the statistics and the quality report of a table and keeps both in R2. Killed anywhere and run again it goes on where it was.
 *
 * @returns undefined when the table has been deleted meanwhile.
 * @throws JobPaused to be run again, with a fresh engine; EngineError.
 */
export async function profileTableFile(
  services: Services,
  bench: Bench,
  tableId: string,
): Promise<ProfileResult | undefined> {
  const table = await findTable(services.db, tableId);
  const file = table && (await findFile(services.db, table.fileId));
  if (!table || !file) return undefined;
  const name = nameTables([{ filename: file.name, name: table.name, siblings: table.ordinal + 1 }])[0] ?? "data";
  await attachTables(bench.engine, services.bucket, [sessionSource("data", table)]);
  const engine = rememberRows(bench);
  const budgetBytes = bench.notes.get<number>("budget") ?? BUDGET_BYTES;
  try {
    const kept = await loadProfile(services, table);
    const profile = kept ?? (await profileParts(bench, engine, table, { name, budgetBytes }));
    bench.report(PROFILE_SHARE, "Assessing the quality.");
    const from = tableSource({ catalog: catalogOf(0), table: "data" }, table.columnCount);
    const quality = await assessQuality(profile, { tableName: name, engine, from, signal: bench.signal });
    return await storeProfile(services, bench, table, profile, quality);
  } catch (error) {
    if (!isOutOfMemory(error) || budgetBytes <= LEAST_BUDGET_BYTES) throw error;
    bench.notes.put("budget", budgetBytes / 2);
    throw new JobPaused();
  }
}

/** An engine at the end of its memory may also crash. Either way it is finished, and another turn starts a fresh one. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof EngineError && (error.code === "out_of_memory" || error.code === "engine_crashed");
}

async function profileParts(
  bench: Bench,
  engine: ProfileEngine,
  table: TableRow,
  { name, budgetBytes }: { name: string; budgetBytes: number },
): Promise<Profile> {
  const now = new Date(bench.notes.get<number>("now") ?? Date.now());
  bench.notes.put("now", now.getTime());
  const parts = partsOf({ catalog: catalogOf(0), table: "data" }, table.columns);
  const profiles: Profile[] = [];
  for (const [i, part] of parts.entries()) {
    const columns = part.columns.map((column) => ({ name: column.name, type: column.duckdbType }));
    const subject = { catalog: catalogOf(0), schema: "main", name: part.table, rows: table.rowCount, columns };
    const profile = await profileTable(engine, subject, {
      budgetBytes,
      now,
      signal: bench.signal,
      onProgress: ({ step, done, total }) =>
        bench.report(PROFILE_SHARE * ((i + shareOf(step, done / total)) / parts.length), describeStep(step, part)),
    });
    profiles.push(profile);
  }
  const first = profiles[0];
  if (!first) throw new Error(`The table ${table.id} has no columns.`);
  if (profiles.length === 1) return { ...first, table: name };
  const mayRepeat = profiles.every((profile) => profile.duplicate_rows > 0);
  const duplicates = mayRepeat ? await countDuplicateRows(bench, engine, parts, table.rowCount, budgetBytes) : 0;
  return joinProfiles(profiles, { table: name, duplicateRows: duplicates });
}

/** The steps of `profileTable` in their order, and how much of the work is done when each begins. */
const STEPS: Record<string, [start: number, words: string]> = {
  scan: [0, "Scanning the columns."],
  numbers: [0.1, "Computing figures."],
  text: [0.5, "Looking at texts."],
  duplicates: [0.8, "Looking for repeated rows."],
  correlations: [0.85, "Computing correlations."],
  associations: [0.95, "Looking for associations."],
};

function shareOf(step: string, done: number): number {
  const start = STEPS[step]?.[0] ?? 0.5;
  const next =
    Object.values(STEPS)
      .map(([share]) => share)
      .find((share) => share > start) ?? 1;
  return start + (next - start) * Math.min(1, done);
}

function describeStep(step: string, part: TablePart<unknown>): string {
  const words = STEPS[step]?.[1] ?? "Computing statistics.";
  return part.first === 0 ? words : `${words.slice(0, -1)}, from column ${part.first + 1} on.`;
}

async function storeProfile(
  services: Services,
  bench: Bench,
  table: TableRow,
  profile: Profile,
  quality: Awaited<ReturnType<typeof assessQuality>>,
): Promise<ProfileResult | undefined> {
  await services.bucket.put(qualityKey(table.id), JSON.stringify(quality));
  await services.bucket.put(profileKey(table.id), JSON.stringify(profile));
  const score = { overall_score: quality.overall_score, issues: quality.issues.length };
  const columns = table.columns.map((column, i) => ({ ...column, dtype: profile.columns[i]?.type ?? "object" }));
  if (!(await recordProfile(services.db, { ...table, columns }, profileKey(table.id), score))) {
    // The table has been deleted meanwhile, and nobody else knows of these objects.
    await services.bucket.delete([qualityKey(table.id), profileKey(table.id)]);
    return undefined;
  }
  return {
    table_id: table.id,
    rows: table.rowCount,
    columns: table.columnCount,
    overall_score: quality.overall_score,
    memory_bytes: bench.engine.memoryBytes,
  };
}
