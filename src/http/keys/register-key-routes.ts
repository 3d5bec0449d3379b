import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../context.ts";
import { registerCreateKey } from "./create-key.ts";
import { registerListKeys } from "./list-keys.ts";
import { registerRevokeKey } from "./revoke-key.ts";

/** `/api/keys`: create, list, revoke. */
export function registerKeyRoutes(app: OpenAPIHono<AppEnv>): void {
  registerCreateKey(app);
  registerListKeys(app);
  registerRevokeKey(app);
}
