import type { LineageRow } from "../../storage/lineage.ts";
import type { ColumnInfo } from "../../storage/schema.ts";
import type { LineageFacets, LineageKind } from "./record-lineage.ts";

/** A facet: some facts with where they come from. */
export type Facet = { _producer: string; _schemaURL: string } & Record<string, unknown>;
type Facets = Record<string, Facet>;

/** A dataset as OpenLineage names it. */
export interface OpenLineageDataset {
  namespace: string;
  name: string;
  facets: Facets;
  outputFacets?: Facets;
}

/** OpenLineage's RunEvent, as far as Eider fills it. */
export interface RunEvent {
  eventType: "START" | "COMPLETE";
  eventTime: string;
  run: { runId: string; facets: Facets };
  job: { namespace: string; name: string; facets: Facets };
  inputs: OpenLineageDataset[];
  outputs: OpenLineageDataset[];
  producer: string;
  schemaURL: string;
}

/** Jobs and datasets of Eider are named within this. Their names hold ids, which are unique everywhere. */
export const NAMESPACE = "eider";
const SPEC = "https://openlineage.io/spec";
const CORE = `${SPEC}/2-0-2/OpenLineage.json#/$defs`;
const facetUrl = (version: string, name: string) => `${SPEC}/facets/${version}/${name}.json#/$defs/${name}`;

const FOLDERS: Record<string, string> = {
  table: "tables",
  file: "files",
  dataset_version: "dataset-versions",
  export: "exports",
};

const JOB_TYPES: Record<LineageKind, string> = { query: "QUERY", export: "TASK", ingest: "TASK", derive: "TASK" };

/**
 * What a kept event is in OpenLineage (spec 2-0-2, https://openlineage.io/spec/2-0-2/OpenLineage.json): a START and a COMPLETE, as the spec
 * asks for both of every run.
 *
 * @param context.producer a URI that tells who says so: this server's origin.
 * @param context.columns columns of the tables that are still there, by table id.
 */
export function toRunEvents(
  row: LineageRow,
  context: { producer: string; columns: ReadonlyMap<string, ColumnInfo[]> },
): RunEvent[] {
  const kept = row.facets as unknown as LineageFacets;
  const kind = row.kind as LineageKind;
  const facet = (url: string, facts: Record<string, unknown>): Facet => ({
    _producer: context.producer,
    _schemaURL: url,
    ...facts,
  });
  const describe = (node: LineageRow["inputs"][number]): OpenLineageDataset => {
    const columns = node.kind === "table" ? context.columns.get(node.id) : undefined;
    return {
      namespace: NAMESPACE,
      name: `${FOLDERS[node.kind] ?? node.kind}/${node.id}`,
      facets: {
        documentation: facet(facetUrl("1-0-1", "DocumentationDatasetFacet"), { description: node.name }),
        ...(columns
          ? {
              schema: facet(facetUrl("1-0-0", "SchemaDatasetFacet"), {
                fields: columns.map(({ name, duckdbType }) => ({ name, type: duckdbType })),
              }),
            }
          : {}),
      },
    };
  };
  const describeOutput = (node: LineageRow["outputs"][number]): OpenLineageDataset => {
    const size = kept.sizes?.[node.id];
    if (size?.rows === undefined) return describe(node);
    const statistics = facet(facetUrl("1-0-1", "OutputStatisticsOutputDatasetFacet"), {
      rowCount: size.rows,
      ...(size.bytes === undefined ? {} : { size: size.bytes }),
    });
    return { ...describe(node), outputFacets: { outputStatistics: statistics } };
  };
  const event: Omit<RunEvent, "eventType" | "eventTime" | "outputs"> = {
    run: {
      runId: row.id,
      facets: { eider_run: facet(`${CORE}/RunFacet`, { id: row.runId, kind }) },
    },
    job: {
      namespace: NAMESPACE,
      name: kept.job,
      facets: {
        jobType: facet(facetUrl("2-0-4", "JobTypeJobFacet"), {
          processingType: "BATCH",
          integration: "EIDER",
          jobType: JOB_TYPES[kind],
        }),
        ...(kept.sql === undefined ? {} : { sql: facet(facetUrl("1-0-1", "SQLJobFacet"), { query: kept.sql }) }),
      },
    },
    inputs: row.inputs.map(describe),
    producer: context.producer,
    schemaURL: `${CORE}/RunEvent`,
  };
  return [
    { eventType: "START", eventTime: kept.startedAt, ...event, outputs: [] },
    {
      eventType: "COMPLETE",
      eventTime: row.createdAt.toISOString(),
      ...event,
      outputs: row.outputs.map(describeOutput),
    },
  ];
}
