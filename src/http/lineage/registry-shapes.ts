import { z } from "@hono/zod-openapi";
import { json } from "../contracts.ts";

/** What the registries of experiments, models and deployments share on the wire. */

/** Ids as the Datasets API's own examples have them. */
export const EXAMPLE_IDS = {
  project: "d4e5f6a7-b8c9-0123-def4-567890123456",
  version: "f6a7b8c9-d0e1-2345-6789-0abcdef12345",
  experiment: "f6a7b8c9-d0e1-2345-6789-0abcdef12345",
  model: "a7b8c9d0-e1f2-3456-7890-abcdef123456",
  deployment: "b8c9d0e1-f2a3-4567-8901-bcdef1234567",
} as const;

export const Name = (example: string) => z.string().trim().min(1).max(255).openapi({ example });

/** A word of the registering system's own, such as a status or a stage. */
export const Word = (example: string) => z.string().trim().min(1).max(100).openapi({ example });

export const Id = (example: string) => z.string().min(1).max(100).openapi({ example });

export const Timestamp = z.string().datetime().openapi({ example: "2026-02-12T08:00:00.000Z" });

export const search = z.string().max(255).optional().openapi({ description: "A part of the name, in any case." });

/** One page of a registry. */
export const pageOf = <S extends z.ZodType>(item: S) =>
  json(
    z.object({
      items: z.array(item),
      total: z.number().int(),
      limit: z.number().int(),
      offset: z.number().int(),
    }),
    "One page, newest first.",
  );

export const deleted = json(z.object({ ok: z.literal(true) }), "It is deleted.");

/** A body of JSON that has to be there. */
export const bodyOf = <S extends z.ZodType>(schema: S) => ({
  body: { required: true, content: { "application/json": { schema } } },
});
