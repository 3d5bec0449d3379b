import { pathToFileURL } from "node:url";
import { defineConfig } from "vitest/config";

/**
 * Three kinds of tests. `unit`: pure code, on Node. `workerd`: parts that need real bindings or the engine, in workerd, behind small
 * workers of their own. `e2e`: the whole, over HTTP, against one `wrangler dev`.
 */
export default defineConfig({
  test: {
    // Much of the time is spent waiting for servers: three files at a time keep two cores busy.
    maxWorkers: 3,
    execArgv: ["--import", pathToFileURL("scripts/local/grow-config-buffer.ts").href],
    projects: [
      {
        test: {
          name: "unit",
          setupFiles: ["test/equal-bytes.ts"],
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.workerd.test.ts", "test/e2e/**"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "workerd",
          setupFiles: ["test/equal-bytes.ts"],
          include: ["test/**/*.workerd.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          setupFiles: ["test/equal-bytes.ts"],
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/server.ts"],
          // Jobs of one server wait for each other's memory, and on a busy machine that can take minutes.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
