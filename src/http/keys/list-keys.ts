import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { listKeys } from "../../core/accounts/list-keys.ts";
import type { AppEnv } from "../context.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { ApiKey, KEY_INPUT_PROBLEMS, KEY_PROBLEMS, presentKey } from "./contracts.ts";

const contract = createRoute({
  operationId: "listApiKeys",
  method: "get",
  path: "/api/keys",
  tags: ["Keys"],
  summary: "List your API keys",
  description: "Newest first, revoked and expired ones included. Never the keys themselves.",
  middleware: [authenticate("admin")] as const,
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100).default(20).openapi({ example: 20 }),
      offset: z.coerce.number().int().min(0).default(0).openapi({ example: 0 }),
    }),
  },
  responses: {
    200: {
      description: "One page of keys.",
      content: {
        "application/json": {
          schema: z
            .object({
              keys: z.array(ApiKey),
              pagination: z.object({
                total: z.number().int(),
                limit: z.number().int(),
                offset: z.number().int(),
                has_more: z.boolean(),
              }),
            })
            .openapi("ApiKeyPage"),
        },
      },
    },
    ...KEY_PROBLEMS,
    422: KEY_INPUT_PROBLEMS[422],
  },
});

export function registerListKeys(app: OpenAPIHono<AppEnv>): void {
  app.openapi(contract, async (c) => {
    const page = c.req.valid("query");
    const { keys, total } = await listKeys(c.var.services, c.var.caller, page);
    return c.json(
      { keys: keys.map(presentKey), pagination: { total, ...page, has_more: page.offset + keys.length < total } },
      200,
    );
  });
}
