import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { revokeKey } from "../../core/accounts/revoke-key.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers } from "../contracts.ts";
import { authenticate } from "../middleware/authenticate.ts";

const contract = createRoute({
  operationId: "revokeApiKey",
  method: "delete",
  path: "/api/keys/{key_id}",
  tags: ["Keys"],
  summary: "Revoke an API key",
  description: "From the next request on the key and its S3 credentials are refused. Revoking twice does no harm.",
  middleware: [authenticate("admin")] as const,
  request: { params: z.object({ key_id: z.string().openapi({ example: "key_4mz1c8v0q2x7d9k3b5n6p8r0" }) }) },
  responses: {
    204: { description: "Revoked." },
    ...errorAnswers(404),
  },
});

export function registerRevokeKey(app: OpenAPIHono<AppEnv>): void {
  app.openapi(contract, async (c) => {
    await revokeKey(c.var.services, c.var.caller, c.req.valid("param").key_id);
    return c.body(null, 204);
  });
}
