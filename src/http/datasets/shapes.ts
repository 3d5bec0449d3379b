import { z } from "@hono/zod-openapi";
import type { VersionDetail } from "../../storage/datasets.ts";

export const EXAMPLE_IDS = {
  project: "d4e5f6a7-b8c9-4123-8ef4-567890123456",
  dataset: "e5f6a7b8-c9d0-4234-9678-90abcdef1234",
  version: "f6a7b8c9-d0e1-4345-a789-0abcdef12345",
  artifact: "a7b8c9d0-e1f2-4456-b890-abcdef123456",
};

export const datasetParams = z.object({ dataset_id: z.string().openapi({ example: EXAMPLE_IDS.dataset }) });

export const versionNumber = z
  .string({ error: "Say which version's number is meant." })
  .regex(/^\d{1,9}$/, "A version's number is a whole number from 0.")
  .transform(Number)
  .openapi({ type: "integer", minimum: 0, example: 0 });

/** `version` of a route that answers for the latest unless told. */
export const versionQuery = {
  version: versionNumber.optional().openapi({ description: "A version's number. Without it: the latest." }),
};

const DTYPES = ["int64", "float64", "object", "bool", "datetime64", "category"] as const;

export const Column = z
  .object({ name: z.string().openapi({ example: "amount" }), dtype: z.enum(DTYPES).openapi({ example: "float64" }) })
  .openapi("DatasetColumn");

export const QualityIssue = z
  .object({
    check: z.string(),
    type: z.string(),
    column: z.string().nullable(),
    severity: z.string(),
    message: z.string(),
    sql: z.string(),
  })
  .openapi("QualityIssue");

export const Version = z
  .object({
    id: z.string().openapi({ example: EXAMPLE_IDS.version }),
    dataset_id: z.string().openapi({ example: EXAMPLE_IDS.dataset }),
    version: z.number().int().openapi({ example: 0 }),
    row_count: z
      .number()
      .int()
      .nullable()
      .openapi({ example: 50000, description: "Null while the file is being read." }),
    column_count: z.number().int().nullable().openapi({ example: 15 }),
    description: z.string().nullable().openapi({ example: "Initial upload" }),
    artifact_id: z.string().openapi({ example: EXAMPLE_IDS.artifact }),
    status: z.enum(["processing", "complete"]),
    quality_score: z.number().nullable().openapi({ example: 92.5 }),
    created_by_name: z.string().openapi({ example: "alice" }),
    created_at: z.string().openapi({ example: "2026-02-12T08:00:00.000Z" }),
  })
  .openapi("DatasetVersion");

/** A version as it goes over the wire. */
export function describeVersion({ version, table, createdBy }: VersionDetail): z.infer<typeof Version> {
  const score = version.quality?.["overall_score"];
  return {
    id: version.id,
    dataset_id: version.datasetId,
    version: version.version,
    row_count: table?.rowCount ?? null,
    column_count: table?.columnCount ?? null,
    description: version.description,
    artifact_id: version.artifactId,
    status: table ? "complete" : "processing",
    quality_score: typeof score === "number" ? score : null,
    created_by_name: createdBy.split("@")[0] ?? createdBy,
    created_at: version.createdAt.toISOString(),
  };
}
