/**
 * Where things are in R2. Raw bytes lie under `uploads/<user>/`, the only prefix that a user's S3 credentials reach;
 * what Eider makes of them lies under `tables/`, out of every client's reach.
 */

export function rawFileKey(userId: string, uploadId: string, filename: string): string {
  return `uploads/${userId}/${uploadId}/${filename}`;
}

/** The DuckDB database file of one table. `tableId` is new for each parse, so the object never changes. */
export function tableKey(tableId: string): string {
  return `tables/${tableId}/data.duckdb`;
}

/** The rows of a file that were set aside, as NDJSON. */
export function rejectsKey(fileId: string): string {
  return `rejects/${fileId}.ndjson`;
}

/** How to show a table's original cells: dialect and row offsets, as JSON. */
export function previewKey(tableId: string): string {
  return `tables/${tableId}/preview.json`;
}

/** Which blocks of a table's file hold which column, as JSON: makes cold reads exact. */
export function layoutKey(tableId: string): string {
  return `tables/${tableId}/layout.json`;
}

/** Its statistics, as JSON. */
export function profileKey(tableId: string): string {
  return `tables/${tableId}/profile.json`;
}

/** The quality report that goes with its statistics, as JSON. */
export function qualityKey(tableId: string): string {
  return `tables/${tableId}/quality.json`;
}

/** Every object that belongs to one table; not all of them need be there. */
export function tableObjects(tableId: string): string[] {
  return [tableKey(tableId), previewKey(tableId), layoutKey(tableId), profileKey(tableId), qualityKey(tableId)];
}

/** The bytes of a dataset version. They never change, so they lie where no client's credentials reach. */
export function artifactKey(artifactId: string): string {
  return `${ARTIFACTS}${artifactId}`;
}

/** The bytes that a file of the Files API was given. They never change, so they lie where no client's credentials reach. */
export function filesApiKey(fileId: string): string {
  return `files/${fileId}`;
}

export const ARTIFACTS = "artifacts/";

/** Comparisons of a dataset's versions, as JSON. */
export function comparisonsPrefix(datasetId: string): string {
  return `comparisons/${datasetId}/`;
}

/** Where the files of an export lie. */
export function exportPrefix(exportId: string): string {
  return `exports/${exportId}/`;
}

/** One file of an export. Its name may be anything, so the key holds its number. */
export function exportKey(exportId: string, ordinal: number): string {
  return `${exportPrefix(exportId)}${ordinal}`;
}
