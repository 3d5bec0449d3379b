import { rmSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { startDevServer } from "../../scripts/dev-server.ts";
import { createState } from "./create-state.ts";

declare module "vitest" {
  export interface ProvidedContext {
    jwtSecret: string;
    /** See this-server.ts. */
    servers: { url: string /** Where wrangler keeps this server's database and objects. */; state: string }[];
  }
}

const JWT_SECRET = "the end-to-end suite signs its own tokens with this";

/** Whose pages may call the server. */
export const FRIEND = "https://app.example.com";

/** So that tests reach them without sending much. */
const SMALL_LIMITS = {
  MAX_DATASET_UPLOAD_BYTES: "8000000",
  MAX_REQUEST_BODY_BYTES: "20000000",
  QUERY_TIME_LIMIT_SECONDS: "15",
};

/** One runs all of its code on one thread. */
const SERVERS = 2;

/** Several `wrangler dev` with a database of their own, among which the worker processes are divided. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers: { url: string; state: string; stop: () => Promise<void> }[] = [];
  // One after the other: two that start at once may choose the same ports.
  while (servers.length < SERVERS) {
    const state = createState();
    const { url, stop } = await startDevServer({
      persistTo: state,
      logFile: `.eider/e2e-${servers.length + 1}.log`,
      vars: { JWT_SECRET, CORS_ORIGINS: FRIEND, ...SMALL_LIMITS },
    });
    servers.push({ url, state, stop });
  }
  project.provide("jwtSecret", JWT_SECRET);
  project.provide(
    "servers",
    servers.map(({ url, state }) => ({ url, state })),
  );
  return async () => {
    await Promise.all(servers.map(({ stop }) => stop()));
    for (const { state } of servers) rmSync(state, { recursive: true, force: true });
  };
}
