import { beforeAll, describe, expect, test } from "vitest";
import { customers, groupBy, mean, sales, sum, toCsv, transactions } from "./ask/tables.ts";
import { type Answer, TestUser } from "./client.ts";

const user = new TestUser();
let uploadId: string;
let session: string;

beforeAll(async () => {
  const upload = await user.upload({
    "customers.csv": toCsv(customers),
    "transactions.csv": toCsv(transactions),
    "sales_data.csv": toCsv(sales),
  });
  uploadId = upload.upload_id;
  session = (await user.session(uploadId)).session_id;
});

/** A session of its own: no question before it, and a fresh count of queries. */
async function freshSession(): Promise<string> {
  await user.call("DELETE", `/data/sessions/${session}`);
  session = (await user.session(uploadId)).session_id;
  return session;
}

/** Asks as v2 does. */
async function ask(query: string, more: Record<string, unknown> = {}): Promise<Answer> {
  const asked = await user.query(session, query, { query_type: "natural_language", ...more });
  if (asked.status !== 429) return asked;
  return user.query(await freshSession(), query, { query_type: "natural_language", ...more });
}

/** Asks as v1 does. */
async function askV1(query: string, more: Record<string, string> = {}): Promise<Answer> {
  const asked = await user.call("POST", "/data/query", { form: { session_id: session, query, ...more } });
  if (asked.status !== 429) return asked;
  return user.call("POST", "/data/query", { form: { session_id: await freshSession(), query, ...more } });
}

const byCountry = [
  ...groupBy(
    customers.filter((c) => !c.churn),
    (c) => c.country,
  ),
]
  .map(([country, some]): [string, number] => [country, mean(some.map((c) => c.lifetime_value))])
  .sort((a, b) => b[1] - a[1]);

describe("the questions of the documents", () => {
  const question = "Show me the average lifetime value by country for customers who haven't churned";

  test("the average lifetime value by country is a table with its SQL", async () => {
    const { status, body } = await ask(question, { max_results: 100 });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({
      result_type: "table",
      row_count: byCountry.length,
      truncated: false,
      planner: "built-in",
    });
    expect(body.columns).toEqual(["country", "avg_lifetime_value"]);
    expect(body.rows.map((row: unknown[]) => row[0])).toEqual(byCountry.map(([country]) => country));
    for (const [i, [, value]] of byCountry.entries()) expect(body.rows[i][1]).toBeCloseTo(value, 6);
    expect(body.interpretation).toMatch(/lifetime_value.*churn.*country/s);
    const again = await user.query(session, body.generated_sql);
    expect(again.body.rows).toEqual(body.rows);
  });

  test("the same as a picture", async () => {
    const { status, body } = await ask(question, { prefer: "visualization" });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ result_type: "visualization", visualization_type: "bar_chart" });
    expect(body.title).toMatch(/average lifetime value by country/i);
    expect(body.data.labels).toEqual(byCountry.map(([country]) => country));
    for (const [i, [, value]] of byCountry.entries()) expect(body.data.datasets[0].data[i]).toBeCloseTo(value, 6);
    expect(body.summary).toContain(byCountry[0]?.[0]);
  });

  test("Visualize the distribution of purchase counts", async () => {
    const { status, body } = await ask("Visualize the distribution of purchase counts");
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ result_type: "visualization", visualization_type: "histogram" });
    expect(sum(body.data.datasets[0].data)).toBe(customers.length);
    expect(body.data.datasets[0].data.length).toBe(body.data.labels.length);
    const low = customers.filter((customer) => customer.purchase_count < 5).length;
    expect(body.data.labels[0]).toMatch(/^0–[45]$/);
    expect(body.data.datasets[0].data[0]).toBe(low);
  });

  test("v1: Show me monthly sales trends for 2023, as chart, table and text", async () => {
    const months = [
      ...groupBy(
        sales.filter((sale) => sale.Month.startsWith("2023")),
        (sale) => sale.Month,
      ),
    ].map(([, some]) => sum(some.map((sale) => sale.Revenue)));
    const chart = await askV1("Show me monthly sales trends for 2023");
    expect(chart.status, JSON.stringify(chart.body)).toBe(200);
    expect(chart.body).toMatchObject({ type: "visualization", visualization_type: "line" });
    expect(chart.body.data.datasets[0].data).toEqual(months);
    expect(chart.body.data.labels.length).toBe(12);
    const table = await askV1("Show me monthly sales trends for 2023", { prefer: "table" });
    expect(table.body.type).toBe("table");
    expect(table.body.data.rows.map((row: unknown[]) => Number(row[1]))).toEqual(months);
    const text = await askV1("Show me monthly sales trends for 2023", { prefer: "text" });
    expect(text.body).toMatchObject({ type: "text", data: expect.stringMatching(/rose in every month/) });
    expect(text.body.data).toContain(Math.max(...months).toLocaleString("en-US"));
  });

  test("v1: a single figure is a sentence, in v2 a table", async () => {
    const v1 = await askV1("How many customers are there?");
    expect(v1.body, JSON.stringify(v1.body)).toMatchObject({ type: "text", data: expect.stringContaining("500") });
    const v2 = await ask("How many customers are there?");
    expect(v2.body).toMatchObject({ result_type: "table", rows: [[500]] });
  });
});

describe("questions over several tables, and follow-ups", () => {
  test("a join over the shared key", async () => {
    const country = new Map(customers.map((customer) => [customer.customer_id, customer.country]));
    const expected = [...groupBy(transactions, (t) => country.get(t.customer_id) ?? "")]
      .map(([name, some]): [string, number] => [name, sum(some.map((t) => t.amount))])
      .sort((a, b) => b[1] - a[1]);
    const { status, body } = await ask("What is the total amount by country?");
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.rows.map((row: unknown[]) => row[0])).toEqual(expected.map(([name]) => name));
    for (const [i, [, total]] of expected.entries()) expect(body.rows[i][1]).toBeCloseTo(total, 4);
  });

  test("and by country?", async () => {
    await freshSession();
    const first = await ask("What is the average lifetime value of customers who have not churned?");
    expect(first.body.rows[0][0]).toBeCloseTo(mean(customers.filter((c) => !c.churn).map((c) => c.lifetime_value)), 6);
    const second = await ask("and by country?");
    expect(second.status, JSON.stringify(second.body)).toBe(200);
    expect(second.body.rows.map((row: unknown[]) => row[0])).toEqual(byCountry.map(([name]) => name));
    expect((await user.session(uploadId)).session_id).not.toBe(session);
  });

  test("a value that no list of frequent values holds is found in the data", async () => {
    const someone = customers[321];
    const { status, body } = await ask(`What is the lifetime value of the customer with email ${someone?.email}?`);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.rows.map((row: unknown[]) => row.at(-1))).toEqual([someone?.lifetime_value]);
  });
});

describe("the history, the limit, other formats", () => {
  test("history has the question and its SQL, and what was not answered", async () => {
    await freshSession();
    await ask("How many customers are there by plan type?");
    await ask("drop the table");
    const { body } = await user.call("GET", `/data/sessions/${session}/queries`);
    expect(body.queries).toMatchObject([
      { query_type: "natural_language", query: "How many customers are there by plan type?", status: "completed" },
      { query_type: "natural_language", query: "drop the table", status: "failed", generated_sql: "" },
    ]);
    expect(body.queries[0].generated_sql).toMatch(/^SELECT .*plan_type/s);
  });

  test("each question counts once", async () => {
    await freshSession();
    for (let i = 29; i >= 0; i--) {
      const { headers } = await user.query(session, "How many customers are there?", {
        query_type: "natural_language",
      });
      expect(headers.get("ratelimit-remaining")).toBe(String(i));
    }
    const refused = await user.query(session, "How many customers are there?", { query_type: "natural_language" });
    expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
  });

  test("CSV of a question's rows", async () => {
    const asked = await user.query(
      await freshSession(),
      "How many customers are there by country?",
      { query_type: "natural_language" },
      { accept: "text/csv" },
    );
    const lines = asked.body.trim().split(/\r?\n/);
    expect(lines[0]).toBe("country,count");
    expect(sum(lines.slice(1).map((line: string) => Number(line.split(",")[1])))).toBe(customers.length);
  });
});
