import type { Context } from "hono";
import type { AppEnv } from "./context.ts";

/** How many seconds the caller would wait for the answer (`Prefer: wait=10`, RFC 7240); undefined when it does not say. */
export function preferredWaitSeconds(c: Context<AppEnv>): number | undefined {
  const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d+)/i.exec(c.req.header("prefer") ?? "")?.[1];
  return wait === undefined ? undefined : Number(wait);
}
