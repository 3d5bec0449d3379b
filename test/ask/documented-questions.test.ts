import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { planQuestion } from "../../src/ask/plan.ts";
import { CUSTOMERS, flat, NOW, SALES, TRANSACTIONS } from "./tables.ts";

const GUIDE = readFileSync("docs/questions.md", "utf8");
const EXAMPLES = [...GUIDE.matchAll(/^> (.+)\n\n```sql\n([\s\S]+?)```/gm)].map((match) => [match[1]!, flat(match[2]!)]);

test.each(EXAMPLES)("the guide's example “%s” becomes the SQL that stands there", (question, sql) => {
  const outcome = planQuestion({ question, tables: [CUSTOMERS, TRANSACTIONS, SALES], now: NOW });
  expect(outcome.kind === "planned" ? flat(outcome.sql) : outcome).toBe(sql);
});

test("the guide has examples", () => expect(EXAMPLES.length).toBeGreaterThan(10));
