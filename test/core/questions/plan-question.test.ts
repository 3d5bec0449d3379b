import { describe, expect, test } from "vitest";
import type { PlannedQuery } from "../../../src/ask/plan.ts";
import type { TableInfo } from "../../../src/ask/types.ts";
import { orderGroups } from "../../../src/core/questions/order-groups.ts";
import { planInConversation } from "../../../src/core/questions/plan-question.ts";

const values = (...all: string[]) => all.map((value) => ({ value, count: 100 }));
const TABLES: TableInfo[] = [
  {
    name: "customers",
    rows: 500,
    columns: [
      { name: "customer_id", type: "string", distinct: 500, nulls: 0 },
      { name: "age", type: "integer", distinct: 68, nulls: 12, min: 18, max: 85 },
      { name: "country", type: "string", distinct: 4, topValues: values("US", "CA", "UK", "DE") },
      { name: "lifetime_value", type: "float", distinct: 490, min: 0, max: 12_500.75 },
    ],
  },
];
const NOW = new Date("2024-05-01T00:00:00Z");

/** Plans a question after others. */
function planAfter(questions: string[], question: string) {
  const previous = { questions } as PlannedQuery;
  return planInConversation({ question, tables: TABLES, now: NOW, ...(questions.length > 0 ? { previous } : {}) });
}

describe("what leans on the question before", () => {
  test.each(["and by country?", "by country", "only for the US", "what about the UK?", "for customers in the US"])(
    "%s",
    (question) => {
      const first = "What is the average lifetime value of customers older than 60?";
      const planned = planAfter([first], question);
      expect(planned).toMatchObject({ kind: "planned", questions: [first, question] });
    },
  );

  test.each([
    "How many customers are there?",
    "For each country, how many customers are there?",
    "In which country is the average age highest?",
    "What is the average age by country?",
  ])("not: %s", (question) => {
    const planned = planAfter(["How many customers are older than 60?"], question);
    expect(planned).toMatchObject({ kind: "planned", questions: [question] });
    expect(planned.kind === "planned" && planned.sql).not.toContain("60");
  });

  test.each([
    "How many unicorns are there by castle?",
    "How many unicorns are there?",
    "What is the salary by department?",
  ])("what is not there is not answered with the figures before: %s", (question) => {
    expect(planAfter(["How many customers are older than 60?"], question).kind).toBe("declined");
  });

  test.each(["delete all customers older than 30", "Please drop the column age", "and now update customers"])(
    "nothing is read into an order to write: %s",
    (question) => {
      expect(planAfter(["How many customers are there?"], question)).toMatchObject({ kind: "declined", refused: true });
    },
  );
});

test("groups are listed with the largest figure first, unless they have an order", () => {
  const [grouped, counted] = ["average lifetime value by country", "top 3 countries by average age"].map((question) => {
    const planned = planAfter([], question);
    if (planned.kind !== "planned") throw new Error(`${question}: ${planned.message}`);
    return { before: planned, after: orderGroups(planned) };
  });
  expect(grouped?.after.sql).toMatch(
    /ORDER BY avg\("customers"."lifetime_value"\) DESC NULLS LAST, "customers"."country" NULLS LAST$/,
  );
  expect(counted?.after.sql).toBe(counted?.before.sql);
});
