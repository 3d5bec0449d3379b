import {
  findColumnKind,
  findPandasDtype,
  type PandasDtype,
  type Statistics,
  toStatistics,
} from "../../profile/index.ts";
import { findTable } from "../../storage/profiles.ts";
import type { TableRow } from "../../storage/uploads.ts";
import { AppError } from "../errors.ts";
import { ensureProfile, type Made } from "../profiles/ensure-profile.ts";
import { loadProfile, loadQuality } from "../profiles/load-profile.ts";
import type { Services } from "../services.ts";
import { readPage } from "../tables/read-page.ts";
import type { ReadyVersion } from "./find-version.ts";

const PREVIEW_ROWS = 20;
const PREVIEW_BYTES = 4_000_000;

export interface DatasetColumn {
  name: string;
  dtype: PandasDtype;
}

/** Names and pandas dtypes. Waits for the statistics, which tell categories from other text; when they cannot be had, text is `object`. */
export async function listColumns(
  services: Services,
  version: ReadyVersion,
  until: Date,
): Promise<{ columns: DatasetColumn[]; isFinal: boolean }> {
  let { table } = version;
  if (table.profileKey === null) {
    const made = await ensureProfile(services, version, async (row) => row.profileKey ?? undefined, until);
    if (made.state === "made") table = (await findTable(services.db, table.id)) ?? table;
  }
  return { columns: describeColumns(table), isFinal: table.profileKey !== null };
}

function describeColumns(table: TableRow): DatasetColumn[] {
  return table.columns.map(({ name, dtype, duckdbType }) => ({
    name,
    dtype: dtype ?? findPandasDtype(findColumnKind(duckdbType)),
  }));
}

/** The statistics of a version, computed when they are not kept yet. */
export async function analyzeVersion(
  services: Services,
  version: ReadyVersion,
  until: Date,
): Promise<Made<Statistics>> {
  const made = await ensureProfile(services, version, (table) => loadProfile(services, table), until);
  return made.state === "made" ? { state: "made", value: toStatistics(made.value) } : made;
}

/** The quality report of a version, computed when it is not kept yet. */
export function assessVersion(services: Services, version: ReadyVersion, until: Date) {
  return ensureProfile(services, version, (table) => loadQuality(services, table), until);
}

/** The first rows, or why they cannot be shown. */
export async function previewVersion(
  services: Services,
  { table }: ReadyVersion,
): Promise<{ rows: ReadonlyMap<string, unknown>[]; error: string | null }> {
  try {
    const page = { limit: PREVIEW_ROWS, offset: 0 };
    const { columns, rows, truncated } = await readPage(services, table, page, PREVIEW_BYTES);
    return {
      rows: rows.map((cells) => toRecord(columns, cells)),
      error: truncated ? `Only ${rows.length} rows are shown, since their cells are very long.` : null,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { rows: [], error: error.message };
  }
}

/** One row by its columns' names, whatever they are, in their order. */
export function toRecord(columns: readonly string[], cells: readonly unknown[]): ReadonlyMap<string, unknown> {
  return new Map(columns.map((name, i) => [name, cells[i] ?? null]));
}

/** What the owner of a version should know of how its file was read. */
export function notesOf({ file, tableCount, table }: ReadyVersion): string[] {
  const others =
    tableCount > 1
      ? [
          `The file holds ${tableCount} tables; this version is the first of them${table.name ? `, “${table.name}”` : ""}. Upload each of the others as a file of its own.`,
        ]
      : [];
  const rejected =
    file.rejectCount > 0 ? [`${file.rejectCount} rows could not be read as the others and were set aside.`] : [];
  return [...(file.remarks ?? []), ...others, ...rejected];
}
