/**
 * What D1 keeps: small rows only. Bytes, table files, rejects and row offsets are objects in R2, and these rows hold their keys.
 * All times are milliseconds since the epoch, UTC.
 */
export * from "./schema/accounts.ts";
export * from "./schema/datasets.ts";
export * from "./schema/jobs.ts";
export * from "./schema/lineage.ts";
export * from "./schema/sessions.ts";
export * from "./schema/uploads.ts";
