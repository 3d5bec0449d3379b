import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { createKey, expiryInDays } from "../../core/accounts/create-key.ts";
import { S3_BUCKET, S3_REGION, servesS3, userPrefix } from "../../storage/s3/presign.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers } from "../contracts.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { CreatedApiKey, NewApiKey, presentKey } from "./contracts.ts";

const contract = createRoute({
  operationId: "createApiKey",
  method: "post",
  path: "/api/keys",
  tags: ["Keys"],
  summary: "Create an API key",
  description:
    "Makes a key for yourself. It can have no scope that your own key lacks. The key and its S3 secret are shown only in this answer.",
  middleware: [authenticate("admin")] as const,
  request: { body: { required: true, content: { "application/json": { schema: NewApiKey } } } },
  responses: {
    201: { description: "The key.", content: { "application/json": { schema: CreatedApiKey } } },
    ...errorAnswers(400),
  },
});

export function registerCreateKey(app: OpenAPIHono<AppEnv>): void {
  app.openapi(contract, async (c) => {
    const body = c.req.valid("json");
    const { services, caller } = c.var;
    const expiresAt =
      body.expires_in_days !== undefined
        ? expiryInDays(services.now(), body.expires_in_days)
        : body.expires_at !== undefined
          ? new Date(body.expires_at)
          : null;
    const created = await createKey(
      services,
      caller,
      { name: body.name, scopes: body.scopes, expiresAt },
      servesS3(c.env) ? c.env.SIGNING_SECRET : undefined,
    );
    const s3 = created.s3 && {
      endpoint: `${services.origin}/s3`,
      region: S3_REGION,
      bucket: S3_BUCKET,
      prefix: userPrefix(caller.userId),
      access_key_id: created.s3.accessKeyId,
      secret_access_key: created.s3.secretAccessKey,
    };
    c.header("cache-control", "no-store");
    return c.json({ ...presentKey(created), key: created.key, s3 }, 201);
  });
}
