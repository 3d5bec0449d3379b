import { findVersionOfFile } from "../../storage/datasets.ts";
import { findExportOfJob } from "../../storage/exports.ts";
import type { JobRow } from "../../storage/jobs.ts";
import { findByObjectKeys, findPreviousVersion } from "../../storage/lineage.ts";
import { listTablesOfFile } from "../../storage/profiles.ts";
import { findFile } from "../../storage/uploads.ts";
import { type PlannedFile, planOf } from "../exports/export-plan.ts";
import type { Services, SessionSource } from "../services.ts";
import { mentionedTables } from "./mentioned-tables.ts";
import { type LineageNode, type OutputSize, recordLineage } from "./record-lineage.ts";

type LineageServices = Pick<Services, "db" | "now" | "randomUuid">;

/** Writes down what a job that is done has read and written: of ingests and exports. Running it twice changes nothing. */
export async function recordJob(services: LineageServices, job: JobRow): Promise<void> {
  try {
    if (job.type === "ingest") await recordIngest(services, job);
    if (job.type === "export") await recordExport(services, job);
  } catch (cause) {
    console.error({ message: "A job's lineage could not be written.", jobId: job.id, cause: String(cause) });
  }
}

async function recordIngest(services: LineageServices, job: JobRow): Promise<void> {
  const { db } = services;
  const file = job.fileId === null ? undefined : await findFile(db, job.fileId);
  if (!file) return;
  const [tables, version] = await Promise.all([listTablesOfFile(db, file.id), findVersionOfFile(db, file.id)]);
  const versionNode = (row: { id: string; version: number }): LineageNode => ({
    kind: "dataset_version",
    id: row.id,
    name: `version ${row.version}`,
  });
  const startedAt = job.startedAt ?? job.createdAt;
  await recordLineage(services, {
    userId: job.userId,
    kind: "ingest",
    runId: job.id,
    job: `ingest/${file.id}`,
    startedAt,
    inputs: [{ kind: "file", id: file.id, name: file.name }],
    outputs: [
      ...tables.map((table): LineageNode => ({ kind: "table", id: table.id, name: table.name ?? file.name })),
      ...(version ? [versionNode(version)] : []),
    ],
    sizes: Object.fromEntries(tables.map((table) => [table.id, { rows: table.rowCount, bytes: table.objectBytes }])),
  });
  const previous = version && (await findPreviousVersion(db, version));
  if (version && previous)
    await recordLineage(services, {
      userId: job.userId,
      kind: "derive",
      runId: version.id,
      job: `dataset/${version.datasetId}`,
      startedAt,
      inputs: [versionNode(previous)],
      outputs: [versionNode(version)],
    });
}

async function recordExport(services: LineageServices, job: JobRow): Promise<void> {
  const row = await findExportOfJob(services.db, job.id);
  if (!row) return;
  const plan = planOf(row);
  const sources = plan.files.flatMap(sourcesOf);
  const keys = [...new Set(sources.map((source) => source.objectKey))];
  const ids = await findByObjectKeys(services.db, keys);
  const inputs = new Map<string, LineageNode>();
  for (const { kind, name, objectKey } of sources) {
    const id = ids.get(objectKey);
    if (id !== undefined) inputs.set(id, { kind, id, name });
  }
  const written = row.files ?? [];
  const sizes: Record<string, OutputSize> = {};
  const outputs = written.map(({ filename, sizeBytes }, i): LineageNode => {
    const id = `${row.id}/${filename}`;
    const content = plan.files[i]?.content;
    sizes[id] = { bytes: sizeBytes, rows: content && "rowCount" in content ? content.rowCount : undefined };
    return { kind: "export", id, name: filename };
  });
  const queries = plan.files.flatMap(({ content }) => (content.kind === "query" ? [content.sql] : []));
  await recordLineage(services, {
    userId: row.userId,
    kind: "export",
    runId: job.id,
    job: `export/${row.id}`,
    startedAt: job.startedAt ?? job.createdAt,
    inputs: [...inputs.values()],
    outputs,
    sql: queries[0],
    sizes,
  });
}

/** The objects that a file of an export is made from. */
function sourcesOf({ filename, content }: PlannedFile): { kind: "table" | "file"; name: string; objectKey: string }[] {
  const ofTable = ({ name, objectKey }: SessionSource) => ({ kind: "table" as const, name, objectKey });
  switch (content.kind) {
    case "table":
      return [ofTable(content.source)];
    case "query":
      return mentionedTables(content.sql, content.tables).map(ofTable);
    case "original":
      return [{ kind: "file", name: filename, objectKey: content.object.key }];
  }
}
