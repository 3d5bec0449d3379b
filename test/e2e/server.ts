import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startDevServer } from "../../scripts/dev-server.ts";
import { applyLocalMigrations } from "../../scripts/local/apply-migrations.ts";

declare module "vitest" {
  export interface ProvidedContext {
    url: string;
    jwtSecret: string;
    /** Where wrangler keeps this server's database and objects. */
    state: string;
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

/** One `wrangler dev` with a database of its own for the whole suite. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const state = mkdtempSync(join(tmpdir(), "eider-e2e-"));
  applyLocalMigrations(state);
  const server = await startDevServer({
    persistTo: state,
    logFile: ".eider/e2e.log",
    vars: { JWT_SECRET, CORS_ORIGINS: FRIEND, ...SMALL_LIMITS },
  });
  project.provide("url", server.url);
  project.provide("jwtSecret", JWT_SECRET);
  project.provide("state", state);
  return async () => {
    await server.stop();
    rmSync(state, { recursive: true, force: true });
  };
}
