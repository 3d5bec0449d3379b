import { resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestHarness, type TestHarness } from "wrangler";
import { type PlanOutcome, planQuestion } from "../../src/ask/plan.ts";
import type { TableInfo } from "../../src/ask/types.ts";

const codes = (...names: string[]): TableInfo => ({
  name: "sales",
  rows: 500,
  columns: [
    { name: "sale_id", type: "integer", distinct: 500, nulls: 0, min: 1, max: 500 },
    {
      name: "country",
      type: "string",
      distinct: names.length,
      nulls: 0,
      topValues: names.map((value) => ({ value, count: 9 })),
    },
  ],
});

let harness: TestHarness;
let url: string;
beforeAll(async () => {
  const root = `${resolve(import.meta.dirname, "../..")}/`;
  harness = createTestHarness({
    root,
    workers: [
      {
        config: {
          name: "planner",
          main: `${root}test/ask/worker/planner-worker.ts`,
          compatibility_date: "2026-11-01",
          compatibility_flags: ["nodejs_compat"],
        },
      },
    ],
  });
  url = (await harness.listen()).url.origin;
});
afterAll(() => harness.close());

// workerd carries its own language data: the names of countries are not a given there.
it.each([
  ["Germany", "DE"],
  ["Brazil", "BR"],
  ["the Netherlands", "NL"],
  ["South Korea", "KR"],
  ["the United Kingdom", "GB"],
])("sales in %s are those of the code %s, in workerd as on Node", async (country, code) => {
  const input = { question: `How many sales are in ${country}?`, tables: [codes("DE", "BR", "NL", "KR", "GB", "FR")] };
  const response = await fetch(url, { method: "POST", body: JSON.stringify(input) });
  const outcome = (await response.json()) as PlanOutcome;
  expect(outcome).toMatchObject({ kind: "planned", sql: expect.stringContaining(`"country" = '${code}'`) });
  const onNode = planQuestion({ ...input, now: new Date("2024-05-15T10:00:00Z") });
  expect(outcome).toMatchObject({ sql: onNode.kind === "planned" ? onNode.sql : "" });
});
