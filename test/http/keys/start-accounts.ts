import { resolve } from "node:path";
import { createTestHarness, type TestHarness } from "wrangler";
import type { Environment } from "../../../src/environment.ts";

export const JWT_SECRET = "jwt-secret-of-the-tests-0123456789abcdef";
export const SIGNING_SECRET = "signing-secret-of-the-tests-0123456789abcdef";

export interface AccountsServer {
  harness: TestHarness;
  url: string;
  env: Pick<Environment, "BUCKET" | "DB">;
}

/** Starts accounts-worker.ts in workerd with an empty R2 bucket and a migrated D1 database. */
export async function startAccounts(vars: Record<string, string> = {}): Promise<AccountsServer> {
  const root = `${resolve(import.meta.dirname, "../../..")}/`;
  const harness = createTestHarness({
    // Not the checkout's root, whose `.dev.vars` would win over the secrets below.
    root: import.meta.dirname,
    workers: [
      {
        config: {
          name: "accounts",
          main: `${root}test/http/keys/accounts-worker.ts`,
          compatibility_date: "2026-11-01",
          compatibility_flags: ["nodejs_compat"],
          r2_buckets: [{ binding: "BUCKET", bucket_name: "eider" }],
          d1_databases: [
            { binding: "DB", database_name: "eider", database_id: "accounts", migrations_dir: `${root}migrations` },
          ],
          vars: { JWT_SECRET, SIGNING_SECRET, EIDER_LOCAL: "true", ...vars },
        },
      },
    ],
  });
  const { url } = await harness.listen();
  const worker = harness.getWorker<Pick<Environment, "BUCKET" | "DB">>();
  await worker.applyD1Migrations("DB");
  return { harness, url: url.origin, env: await worker.getEnv() };
}
