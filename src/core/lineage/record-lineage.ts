import { findOwners, insertLineageEvent } from "../../storage/lineage.ts";
import type { Services } from "../services.ts";

export const LINEAGE_KINDS = ["query", "export", "ingest", "derive"] as const;
export type LineageKind = (typeof LINEAGE_KINDS)[number];

/** Something that was read or written: a table, a file, a dataset version, or a file of an export. */
export interface LineageNode {
  kind: "table" | "file" | "dataset_version" | "export";
  id: string;
  /** What its owner calls it. */
  name: string;
}

/** One run that read and wrote data. */
export interface LineageEvent {
  userId: string;
  kind: LineageKind;
  /** The query, job or version that it was: an event of one kind is written once for each. */
  runId: string;
  /** What ran, such as `session/session_…`; runs of one job share it. */
  job: string;
  startedAt: Date;
  inputs: readonly LineageNode[];
  outputs: readonly LineageNode[];
  /** As it ran, if it was a query. */
  sql?: string | undefined;
  /** Rows and bytes of outputs, by their ids. */
  sizes?: Record<string, OutputSize> | undefined;
}

export interface OutputSize {
  rows?: number | undefined;
  bytes?: number | undefined;
}

/** What an event's row keeps beside its inputs and outputs. */
export interface LineageFacets {
  job: string;
  startedAt: string;
  sql?: string;
  sizes?: Record<string, OutputSize>;
  /** What the inputs and outputs belonged to, so that an event is found when those are gone. */
  uploadIds: string[];
  datasetIds: string[];
}

/** Longer queries are not kept. Characters. */
const MAX_SQL = 20_000;
/** Queries are many, so their events are kept for a time only; the others stay. */
const QUERIES_KEPT_MS = 90 * 86_400_000;

/**
 * Writes down what was made from what. An event that cannot be written is only logged: what it tells of has happened all the same.
 */
export async function recordLineage(
  services: Pick<Services, "db" | "now" | "randomUuid">,
  event: LineageEvent,
): Promise<void> {
  try {
    const nodes = [...event.inputs, ...event.outputs];
    const idsOf = (kind: LineageNode["kind"]) => nodes.filter((node) => node.kind === kind).map((node) => node.id);
    const owners = await findOwners(services.db, {
      tableIds: idsOf("table"),
      fileIds: idsOf("file"),
      versionIds: idsOf("dataset_version"),
    });
    const facets: LineageFacets = {
      job: event.job,
      startedAt: event.startedAt.toISOString(),
      ...(event.sql === undefined || event.sql.length > MAX_SQL ? {} : { sql: event.sql }),
      ...(event.sizes ? { sizes: event.sizes } : {}),
      ...owners,
    };
    const now = services.now();
    const row = {
      id: services.randomUuid(),
      userId: event.userId,
      kind: event.kind,
      runId: event.runId,
      inputs: [...event.inputs],
      outputs: [...event.outputs],
      facets: { ...facets },
      createdAt: now,
    };
    const keptSince = event.kind === "query" ? new Date(now.getTime() - QUERIES_KEPT_MS) : undefined;
    await insertLineageEvent(services.db, row, keptSince);
  } catch (cause) {
    console.error({
      message: "A lineage event could not be written.",
      kind: event.kind,
      runId: event.runId,
      cause: String(cause),
    });
  }
}
