import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { listKeys } from "../../core/accounts/list-keys.ts";
import type { AppEnv } from "../context.ts";
import { describePage, errorAnswers, json, Pagination, pageQuery } from "../contracts.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { ApiKey, presentKey } from "./contracts.ts";

const contract = createRoute({
  operationId: "listApiKeys",
  method: "get",
  path: "/api/keys",
  tags: ["Keys"],
  summary: "List your API keys",
  description: "Newest first, revoked and expired ones included. Never the keys themselves.",
  middleware: [authenticate("admin")] as const,
  request: {
    query: z.object(pageQuery(20, 100)),
  },
  responses: {
    200: json(z.object({ keys: z.array(ApiKey), pagination: Pagination }).openapi("ApiKeyPage"), "One page of keys."),
    ...errorAnswers(422),
  },
});

export function registerListKeys(app: OpenAPIHono<AppEnv>): void {
  app.openapi(contract, async (c) => {
    const page = c.req.valid("query");
    const { keys, total } = await listKeys(c.var.services, c.var.caller, page);
    return c.json({ keys: keys.map(presentKey), pagination: describePage({ total, ...page }, keys.length) }, 200);
  });
}
