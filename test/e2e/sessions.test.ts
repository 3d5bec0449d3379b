import { expect, test } from "vitest";
import { type Answer, TestUser } from "./client.ts";

const user = new TestUser();

const open = (json: Record<string, unknown>) => user.call("POST", "/data/sessions", { json });

/** A dataset of one version. */
async function makeDataset(name: string, csv: string): Promise<Answer["body"]> {
  const project = await user.call("POST", "/api/projects", { json: { name: "p" } });
  const form = new FormData();
  form.append("project_id", project.body.id);
  form.append("name", name);
  form.append("file", new Blob([csv], { type: "text/csv" }), `${name}.csv`);
  return (await user.call("POST", "/api/datasets/upload", { form })).body;
}

test("a session over uploads and datasets together; deleting one of them ends it", async () => {
  const orders = await user.upload({ "orders.csv": "customer,amount\n1,10\n1,5\n2,7\n" });
  const notes = await user.upload({ "notes.csv": "customer,note\n2,late\n" });
  const customers = await makeDataset("customers", "id,name\n1,ada\n2,grace\n");
  const opened = await open({
    upload_id: [orders.upload_id, notes.upload_id],
    dataset_id: customers.dataset_id,
    dataset_version_id: customers.dataset_version_id,
  });
  expect(opened.status, JSON.stringify(opened.body)).toBe(200);
  const id = opened.body.session_id;
  expect(opened.body.tables.map((table: Answer["body"]) => table.name)).toEqual([
    "orders",
    "notes",
    "customers",
    "customers_2",
  ]);
  const answer = await user.query(
    id,
    "SELECT name, sum(amount)::INTEGER, any_value(note) FROM orders JOIN customers ON id = customer LEFT JOIN notes USING (customer) GROUP BY name ORDER BY name",
  );
  expect(answer.body.rows).toEqual([
    ["ada", 15, null],
    ["grace", 7, "late"],
  ]);
  // The second of its uploads: what was read of it must not be answered from a cache.
  expect((await user.call("DELETE", `/uploads/${notes.upload_id}`)).status).toBe(200);
  expect((await user.query(id, "SELECT * FROM notes")).status).toBe(410);
  expect((await user.call("GET", `/data/sessions/${id}`)).body.status).toBe("ended");

  const other = (await open({ dataset_id: customers.dataset_id })).body.session_id;
  expect((await user.query(other, "SELECT count(*) FROM customers")).body.rows).toEqual([[2]]);
  expect((await user.call("DELETE", `/api/datasets/${customers.dataset_id}`)).status).toBeLessThan(300);
  expect((await user.query(other, "SELECT count(*) FROM customers")).status).toBe(410);
});

test("another user's datasets and versions cannot be opened", async () => {
  const { dataset_id, dataset_version_id } = await makeDataset("secret", "x\n1\n");
  const stranger = new TestUser();
  for (const json of [{ dataset_id }, { dataset_version_id }, { dataset_id: "nosuch" }])
    expect((await stranger.call("POST", "/data/sessions", { json })).status).toBe(404);
  const nothing = await open({});
  expect(nothing.status).toBe(422);
  expect(nothing.body.detail).toMatch(/upload_id, dataset_id, dataset_version_id or file_id/);
});

test("a session that ends while a query runs: the query says so, and others are refused", async () => {
  const upload = await user.upload({ "a.csv": "x\n1\n" });
  const { session_id: id } = await user.session(upload.upload_id);
  const running = user.query(id, "SELECT sum(i * j % 7) FROM range(3000000) a(i), range(3000) b(j)");
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect((await user.call("DELETE", `/data/sessions/${id}`)).body).toMatchObject({ session_id: id, status: "ended" });
  const cancelled = await running;
  expect([cancelled.status, cancelled.body.code], JSON.stringify(cancelled.body)).toEqual([409, "query_cancelled"]);
  expect((await user.call("GET", `/data/sessions/${id}/queries`)).status).toBe(410);
  expect((await user.query(id, "SELECT 1")).status).toBe(410);
});

test("too many queries: 429 tells the limit and when to go on", async () => {
  const upload = await user.upload({ "a.csv": "x\n1\n" });
  const { session_id: id } = await user.session(upload.upload_id);
  const answers = [];
  for (let i = 0; i < 31; i++) answers.push(await user.query(id, "SELECT 1"));
  expect(answers.slice(0, 30).every((answer) => answer.status === 200)).toBe(true);
  const rates = ({ headers }: Answer) =>
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after"].map((name) => headers.get(name));
  expect(rates(answers[0]!)).toEqual(["30", "29", "60", null]);
  const refused = answers[30]!;
  expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
  const [limit, remaining, reset, retryAfter] = rates(refused);
  expect([limit, remaining, reset]).toEqual(["30", "0", retryAfter]);
  expect(Number(retryAfter)).toBeGreaterThan(0);
  expect(Number(retryAfter)).toBeLessThanOrEqual(60);
  await user.call("DELETE", `/data/sessions/${id}`);
});
