import { z } from "@hono/zod-openapi";
import type { KeyInfo } from "../../core/accounts/create-key.ts";
import { SCOPES } from "../../storage/scopes.ts";

const example = {
  id: "key_4mz1c8v0q2x7d9k3b5n6p8r0",
  name: "nightly import",
  prefix: "eider_3fk9qz",
  scopes: ["read", "write"] as const,
  created_at: "2026-11-21T08:00:00.000Z",
  expires_at: "2027-02-19T08:00:00.000Z",
  revoked_at: null,
  last_used_at: null,
};

/** An API key without the key itself. */
export const ApiKey = z
  .object({
    id: z.string().openapi({ description: "Also the S3 access key id." }),
    name: z.string(),
    prefix: z.string().openapi({ description: "The key's first characters." }),
    scopes: z.array(z.enum(SCOPES)),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    revoked_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable().openapi({ description: "To the minute." }),
  })
  .openapi("ApiKey", { example: { ...example, scopes: [...example.scopes] } });

/** The answer to creating a key: the only time the key and the S3 secret are shown. */
export const CreatedApiKey = ApiKey.extend({
  key: z.string().openapi({ description: "The key. It is shown only now.", example: "eider_3fk9qz…" }),
  s3: z
    .object({
      endpoint: z.string().openapi({ example: "http://localhost:8787/s3" }),
      region: z.string().openapi({ example: "auto" }),
      bucket: z.string().openapi({ example: "eider" }),
      prefix: z.string().openapi({ description: "The keys that these credentials reach.", example: "uploads/user_1/" }),
      access_key_id: z.string(),
      secret_access_key: z.string(),
    })
    .nullable()
    .openapi({ description: "Credentials for the built-in S3 endpoint. Null when files go to R2's own endpoint." }),
}).openapi("CreatedApiKey");

export const NewApiKey = z
  .object({
    name: z.string().trim().min(1).max(100),
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).default(["read", "write"]).openapi({
      description:
        "`read`: GET. `write`: everything that changes data or runs queries. `admin`: these key routes. None includes another.",
    }),
    expires_in_days: z
      .number()
      .positive()
      .max(3650)
      .optional()
      .openapi({ description: "Days from now. Without it and `expires_at`: until revoked." }),
    expires_at: z.iso.datetime({ offset: true }).optional(),
  })
  .strict()
  .refine((body) => body.expires_in_days === undefined || body.expires_at === undefined, {
    path: ["expires_at"],
    message: "Send either expires_in_days or expires_at, not both.",
  })
  .openapi("NewApiKey", { example: { name: "nightly import", scopes: ["read", "write"], expires_in_days: 90 } });

/** A key as it goes over the wire. */
export function presentKey(key: KeyInfo): z.infer<typeof ApiKey> {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: key.scopes,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
  };
}
