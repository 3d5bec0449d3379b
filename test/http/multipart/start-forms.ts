import { resolve } from "node:path";
import { createTestHarness, type TestHarness } from "wrangler";

export interface FormsEnv {
  BUCKET: R2Bucket;
  DB: D1Database;
}

/** Starts forms-worker.ts in workerd with an empty bucket, a migrated database, a queue, and small limits. */
export async function startForms(
  vars: Record<string, string> = {},
): Promise<{ harness: TestHarness; url: string; env: FormsEnv }> {
  const root = `${resolve(import.meta.dirname, "../../..")}/`;
  const harness = createTestHarness({
    root,
    workers: [
      {
        config: {
          name: "forms",
          main: `${root}test/http/multipart/forms-worker.ts`,
          compatibility_date: "2026-11-01",
          compatibility_flags: ["nodejs_compat"],
          r2_buckets: [{ binding: "BUCKET", bucket_name: "eider" }],
          d1_databases: [
            { binding: "DB", database_name: "eider", database_id: "forms", migrations_dir: `${root}migrations` },
          ],
          queues: {
            producers: [{ binding: "JOBS", queue: "forms-jobs" }],
            consumers: [{ queue: "forms-jobs", max_batch_timeout: 0 }],
          },
          vars: { EIDER_LOCAL: "true", SIGNING_SECRET: "signing-secret-of-the-tests-0123456789abcdef", ...vars },
        },
      },
    ],
  });
  const { url } = await harness.listen();
  const worker = harness.getWorker<FormsEnv>();
  await worker.applyD1Migrations("DB");
  return { harness, url: url.origin, env: await worker.getEnv() };
}
