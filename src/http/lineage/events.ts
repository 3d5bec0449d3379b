import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { columnsOfEvents, listLineageEvents } from "../../core/lineage/list-events.ts";
import { LINEAGE_KINDS, type LineageFacets } from "../../core/lineage/record-lineage.ts";
import { toRunEvents } from "../../core/lineage/run-events.ts";
import type { LineageRow } from "../../storage/lineage.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json, pageQuery } from "../contracts.ts";
import { Timestamp } from "./registry-shapes.ts";

const node = {
  kind: z.string().openapi({ example: "table", description: "table, file, dataset_version or export" }),
  id: z.string(),
  name: z.string().openapi({ example: "customers" }),
};

const EventShape = z
  .object({
    id: z.string(),
    kind: z.string().openapi({ example: "query" }),
    run_id: z.string().openapi({ example: "query_abc123def456", description: "The query, job or dataset version." }),
    job: z.string().openapi({ example: "session/session_abc123def456" }),
    started_at: Timestamp,
    completed_at: Timestamp,
    inputs: z.array(z.object(node)),
    outputs: z.array(z.object({ ...node, rows: z.number().nullable(), bytes: z.number().nullable() })),
    sql: z.string().nullable(),
    upload_ids: z.array(z.string()),
    dataset_ids: z.array(z.string()),
  })
  .openapi("LineageEvent");

const facets = z.record(z.string(), z.looseObject({ _producer: z.string(), _schemaURL: z.string() }));
const Dataset = z.object({ namespace: z.string(), name: z.string(), facets, outputFacets: facets.optional() });

const RunEventShape = z
  .object({
    eventType: z.enum(["START", "COMPLETE"]),
    eventTime: z.string(),
    run: z.object({ runId: z.string(), facets }),
    job: z.object({ namespace: z.string(), name: z.string(), facets }),
    inputs: z.array(Dataset),
    outputs: z.array(Dataset),
    producer: z.string(),
    schemaURL: z.string(),
  })
  .openapi("OpenLineageRunEvent");

const page = { total: z.number().int(), limit: z.number().int(), offset: z.number().int() };

const list = createRoute({
  method: "get",
  path: "/api/lineage/events",
  operationId: "listLineageEvents",
  tags: ["Lineage"],
  summary: "What was made from what: queries, exports, ingests, new versions",
  description:
    "Newest first. Queries are told of for 90 days, the rest for good. With `format=openlineage` each is told as OpenLineage tells it (spec 2-0-2): a START and a COMPLETE event under `events`; `total`, `limit` and `offset` count runs.",
  request: {
    query: z.object({
      format: z.enum(["eider", "openlineage"]).default("eider"),
      kind: z.enum(LINEAGE_KINDS).optional(),
      dataset_id: z.string().max(100).optional(),
      upload_id: z.string().max(100).optional(),
      table_id: z.string().max(100).optional(),
      ...pageQuery(50, 100),
    }),
  },
  responses: {
    200: json(
      z.union([
        z.object({ items: z.array(EventShape), ...page }),
        z.object({ events: z.array(RunEventShape), ...page }),
      ]),
      "One page.",
    ),
    ...errorAnswers(401, 422),
  },
});

function describeEvent(row: LineageRow): z.infer<typeof EventShape> {
  const kept = row.facets as unknown as LineageFacets;
  return {
    id: row.id,
    kind: row.kind,
    run_id: row.runId,
    job: kept.job,
    started_at: kept.startedAt,
    completed_at: row.createdAt.toISOString(),
    inputs: row.inputs,
    outputs: row.outputs.map((output) => ({
      ...output,
      rows: kept.sizes?.[output.id]?.rows ?? null,
      bytes: kept.sizes?.[output.id]?.bytes ?? null,
    })),
    sql: kept.sql ?? null,
    upload_ids: kept.uploadIds,
    dataset_ids: kept.datasetIds,
  };
}

/** GET /api/lineage/events. */
export function registerLineageEvents(app: OpenAPIHono<AppEnv>): void {
  app.openapi(list, async (c) => {
    const { services, caller } = c.var;
    const { format, limit, offset, ...query } = c.req.valid("query");
    const filter = {
      kind: query.kind,
      datasetId: query.dataset_id,
      uploadId: query.upload_id,
      tableId: query.table_id,
    };
    const { events, total } = await listLineageEvents(services, caller, { filter, limit, offset });
    if (format === "eider") return c.json({ items: events.map(describeEvent), total, limit, offset }, 200);
    const columns = await columnsOfEvents(services, events);
    const told = events.flatMap((event) => toRunEvents(event, { producer: services.origin, columns }));
    return c.json({ events: told, total, limit, offset }, 200);
  });
}
