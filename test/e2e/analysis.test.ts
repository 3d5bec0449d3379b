import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, TestUser } from "./client.ts";
import { makeCustomers } from "./customers.ts";

const ROWS = 5_000;
const user = new TestUser();
const folder = mkdtempSync(join(tmpdir(), "eider-analysis-"));
let upload: Answer["body"];
let started: Answer;
let analysis: Answer["body"];
let file: Answer["body"];

/** What native DuckDB says of the same file. */
async function native(sql: string): Promise<unknown[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(`CREATE TABLE customers AS SELECT * FROM read_csv('${folder}/customers.csv')`);
  const rows = (await connection.runAndReadAll(sql)).getRowsJson();
  return rows.map((row) =>
    row.map((cell) => (typeof cell === "string" && /^-?[\d.]+(e-?\d+)?$/.test(cell) ? Number(cell) : cell)),
  );
}

async function analyze(json: Record<string, unknown>): Promise<Answer["body"]> {
  const { status, body } = await user.call("POST", "/data/analyze", { json });
  expect(status, JSON.stringify(body)).toBe(200);
  return finish(body.job_id);
}

async function finish(jobId: string): Promise<Answer["body"]> {
  for (;;) {
    const { status, body } = await user.call("GET", `/data/analysis/${jobId}`);
    expect(status, JSON.stringify(body)).toBe(200);
    if (body.status !== "pending" && body.status !== "running") return body;
    expect(body.files).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

beforeAll(async () => {
  const customers = makeCustomers(ROWS);
  writeFileSync(join(folder, "customers.csv"), customers);
  upload = await user.upload({ "customers.csv": customers, "tiny.csv": "a,b\n1,x\n2,y\n" });
  started = await user.call("POST", "/data/analyze", {
    json: { upload_id: upload.upload_id, files: ["customers.csv"], analysis_type: "comprehensive" },
  });
  analysis = await finish(started.body.job_id);
  [file] = analysis.files;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a comprehensive analysis of customers", () => {
  test("the job is started as documented", () => {
    expect(started.status).toBe(200);
    expect(started.body).toEqual({
      job_id: expect.stringMatching(/^job_[a-z0-9]{24}$/),
      status: "pending",
      estimated_completion: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(Date.parse(started.body.estimated_completion)).toBeGreaterThan(Date.now() - 120_000);
  });

  test("it completes", async () => {
    expect(analysis).toMatchObject({
      job_id: started.body.job_id,
      upload_id: upload.upload_id,
      status: "completed",
      analysis_type: "comprehensive",
      error: null,
      progress: 1,
    });
    expect(analysis.files.length).toBe(1);
    const job = await user.call("GET", `/jobs/${started.body.job_id}`);
    expect(job.body).toMatchObject({ type: "analysis", status: "completed", result: { tables: 1 } });
  });

  test("stats are those of native DuckDB", async () => {
    expect(file.filename).toBe("customers.csv");
    const { stats } = file;
    expect([stats.rows, stats.columns]).toEqual([ROWS, 12]);
    expect(stats.column_types).toMatchObject({
      customer_id: "string",
      age: "integer",
      signup_date: "date",
      lifetime_value: "float",
      churn: "boolean",
    });
    const [missing] = await native(
      "SELECT count(*) - count(age), count(*) - count(last_purchase), count(*) - count(referral_source) FROM customers",
    );
    expect(Object.values(stats.missing_values)).toEqual(missing);
    expect(Object.keys(stats.missing_values)).toEqual(["age", "last_purchase", "referral_source"]);
    for (const name of ["age", "purchase_count", "lifetime_value"]) {
      const [[min, max, mean, median]] = (await native(
        `SELECT min(${name})::DOUBLE, max(${name})::DOUBLE, avg(${name}), median(${name})::DOUBLE FROM customers`,
      )) as [number[]];
      expect(stats.summary[name].min).toBe(min);
      expect(stats.summary[name].max).toBe(max);
      expect(stats.summary[name].mean).toBeCloseTo(mean!, 9);
      expect(stats.summary[name].median).toBeCloseTo(median!, 9);
    }
    const top = await native("SELECT country, count(*)::INTEGER FROM customers GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10");
    const { other, ...counted } = stats.categorical_counts.country;
    expect(counted).toEqual(Object.fromEntries(top as [string, number][]));
    expect(other).toBe(ROWS - (top as [string, number][]).reduce((sum, [, n]) => sum + n, 0));
    const churn = await native("SELECT count_if(churn)::INTEGER, count_if(NOT churn)::INTEGER FROM customers");
    expect([stats.categorical_counts.churn.true, stats.categorical_counts.churn.false]).toEqual(churn[0]);
  });

  test("correlations cover figures, booleans and dates", async () => {
    const pairs = Object.fromEntries(
      file.correlations.map((c: Answer["body"]) => [[c.feature1, c.feature2].sort().join("+"), c.correlation]),
    );
    const [[value, date]] = (await native(
      "SELECT corr(lifetime_value, purchase_count), corr(epoch(signup_date), epoch(last_purchase)) FROM customers",
    )) as [number[]];
    expect(pairs["lifetime_value+purchase_count"]).toBeCloseTo(value!, 3);
    expect(pairs["last_purchase+signup_date"]).toBeCloseTo(date!, 3);
    expect(Object.keys(pairs)).toContain("churn+last_purchase");
  });

  test("insights and recommendations carry figures, and SQL that runs in a session", async () => {
    const types = file.insights.map((insight: Answer["body"]) => insight.type);
    expect(types).toEqual(expect.arrayContaining(["missing_data", "outliers", "imbalance"]));
    const missing = file.insights.find(
      (insight: Answer["body"]) => insight.type === "missing_data" && insight.columns[0] === "last_purchase",
    );
    expect(missing.message).toMatch(/'last_purchase'.*missing.*churn=true/);
    const session = await user.session(upload.upload_id);
    const sentences = [...file.insights, ...analysis.recommendations];
    expect(sentences.length).toBeGreaterThan(8);
    for (const { message, sql } of sentences.slice(0, 25)) {
      expect(message).toMatch(/\d/);
      const answer = await user.query(session.session_id, sql);
      expect(answer.status, `${sql}: ${JSON.stringify(answer.body)}`).toBe(200);
      expect(answer.body.row_count).toBeGreaterThan(0);
    }
    expect(analysis.recommendations.map((r: Answer["body"]) => r.type)).toEqual(
      expect.arrayContaining(["preprocessing", "feature_engineering", "modeling"]),
    );
    await user.call("DELETE", `/data/sessions/${session.session_id}`);
  });
});

describe("its visualizations", () => {
  const find = (title: string) => file.visualizations.find((chart: Answer["body"]) => chart.title === title);

  test("up to eight, of what is interesting", () => {
    const titles = file.visualizations.map((chart: Answer["body"]) => chart.title);
    expect(titles.length).toBeLessThanOrEqual(8);
    expect(titles).toEqual(
      expect.arrayContaining([
        "Lifetime Value Distribution",
        "Age Distribution",
        "Churn by Country",
        "Missing Values by Column",
        "Correlations",
      ]),
    );
    for (const chart of file.visualizations) {
      expect(chart.data_url).toBe(`${user.url}/data/visualizations/${/viz_[a-z0-9]{24}/.exec(chart.data_url)?.[0]}`);
      expect(chart.thumbnail_url).toBe(`${chart.data_url}/thumbnail`);
    }
  });

  test("a bar chart's data are native DuckDB's", async () => {
    const chart = find("Churn by Country");
    expect(chart.type).toBe("bar_chart");
    const { body } = await user.call("GET", chart.data_url);
    expect(body).toMatchObject({ type: "bar_chart", visualization_type: "bar_chart", title: "Churn by Country" });
    const rates = await native("SELECT country, round(avg(churn::INTEGER) * 100, 2) FROM customers GROUP BY 1");
    const [dataset] = body.data.datasets;
    expect(Object.fromEntries(body.data.labels.map((label: string, i: number) => [label, dataset.data[i]]))).toEqual(
      Object.fromEntries(rates as [string, number][]),
    );
    expect(body.data.labels[0]).toBe("UK");
  });

  test("a histogram counts every value once", async () => {
    const { body } = await user.call("GET", find("Age Distribution").data_url);
    expect(body.type).toBe("histogram");
    const [[present]] = (await native("SELECT count(age)::INTEGER FROM customers")) as [number[]];
    expect(body.data.datasets[0].data.reduce((a: number, b: number) => a + b)).toBe(present);
    expect(body.data.labels.length).toBe(body.data.datasets[0].data.length);
  });

  test("each as SVG, PNG and thumbnail, light and dark", async () => {
    for (const chart of file.visualizations) {
      for (const theme of ["light", "dark"]) {
        const svg = await user.fetch("GET", `${chart.data_url}?format=svg&theme=${theme}`);
        expect(svg.headers.get("content-type")).toBe("image/svg+xml");
        expect(svg.headers.get("content-security-policy")).toContain("default-src 'none'");
        expect(await svg.text()).toContain(theme === "dark" ? "#14191f" : "#ffffff");
      }
      const png = await user.fetch("GET", chart.data_url, { headers: { accept: "image/png" } });
      expect(pngSize(new Uint8Array(await png.arrayBuffer()))).toEqual([1440, 810]);
      const thumbnail = await user.fetch("GET", chart.thumbnail_url);
      expect(thumbnail.headers.get("content-type")).toBe("image/png");
      expect(pngSize(new Uint8Array(await thumbnail.arrayBuffer()))).toEqual([640, 360]);
    }
  });

  test("Vega-Lite on request", async () => {
    const { body } = await user.call("GET", `${find("Churn by Country").data_url}?format=vega-lite`);
    expect(body).toMatchObject({ $schema: expect.stringContaining("vega-lite"), mark: { type: "bar" } });
  });

  test("a caller that knows it gets 304", async () => {
    for (const url of [
      file.visualizations[0].data_url,
      `${file.visualizations[0].data_url}?format=svg`,
      file.visualizations[0].thumbnail_url,
    ]) {
      const first = await user.fetch("GET", url);
      const etag = first.headers.get("etag") ?? "";
      expect(first.headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
      await first.arrayBuffer();
      const again = await user.fetch("GET", url, { headers: { "if-none-match": etag } });
      expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
    }
  });

  test("nobody else sees it, with or without a wrong signature", async () => {
    const { data_url: url, thumbnail_url: thumbnail } = file.visualizations[0];
    const stranger = new TestUser();
    for (const path of [url, thumbnail, `${url}?format=png`])
      expect((await stranger.call("GET", path)).status).toBe(404);
    const id = url.split("/").at(-1);
    const picture = `${user.url}/visualizations/${id}.png`;
    expect((await fetch(picture)).status).toBe(401);
    expect((await stranger.call("GET", picture)).status).toBe(404);
    expect((await user.fetch("GET", picture)).status).toBe(200);
    const expires = Math.floor(Date.now() / 1000) + 60;
    const forged = await fetch(`${picture}?expires=${expires}&signature=${"A".repeat(43)}`);
    expect([forged.status, ((await forged.json()) as Answer["body"]).code]).toEqual([401, "unauthorized"]);
  });

  test("unknown formats, themes and ids", async () => {
    const url = file.visualizations[0].data_url;
    expect((await user.call("GET", `${url}?format=gif`)).body).toMatchObject({
      status: 422,
      code: "validation_failed",
    });
    expect((await user.call("GET", `${url}?theme=blue`)).status).toBe(422);
    expect((await user.call("GET", "/data/visualizations/viz_nosuch")).body).toMatchObject({
      status: 404,
      code: "not_found",
    });
  });
});

describe("other analyses", () => {
  test("basic, of all files: no charts, and tables of few rows", async () => {
    const body = await analyze({ upload_id: upload.upload_id });
    expect(body.analysis_type).toBe("basic");
    expect(body.files.map((entry: Answer["body"]) => [entry.filename, entry.stats.rows, entry.visualizations])).toEqual(
      [
        ["customers.csv", ROWS, []],
        ["tiny.csv", 2, []],
      ],
    );
    expect(body.files[0].correlations).toEqual(file.correlations);
  });

  test("strange columns: keywords, quotes, nothing but nulls, one value", async () => {
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${i},"a ${i % 3}",,7,${i % 2 === 0},2024-01-${String((i % 28) + 1).padStart(2, "0")}`,
    );
    const strange = await user.upload({
      "strange.csv": `select,"we""ird na'me",empty,constant,flag,order\n${rows.join("\n")}\n`,
    });
    const body = await analyze({ upload_id: strange.upload_id, analysis_type: "comprehensive" });
    expect(body.status, JSON.stringify(body.error)).toBe("completed");
    for (const chart of body.files[0].visualizations) {
      const png = await user.fetch("GET", `${chart.data_url}?format=png`);
      expect(png.status, chart.title).toBe(200);
      await png.arrayBuffer();
    }
    expect(body.files[0].insights.map((insight: Answer["body"]) => insight.type)).toContain("constant");
  });

  test("one row, and no row at all", async () => {
    const small = await user.upload({ "one.csv": "a,b,c\n1,x,2024-01-01\n", "none.csv": "a,b\n" });
    const body = await analyze({ upload_id: small.upload_id, analysis_type: "comprehensive" });
    expect(body.status, JSON.stringify(body.error)).toBe("completed");
    expect(body.files.map((entry: Answer["body"]) => entry.stats.rows)).toEqual([1, 0]);
  });
});

describe("refusals", () => {
  const post = (json: unknown, who = user) => who.call("POST", "/data/analyze", { json });

  test("unknown uploads, files and types", async () => {
    expect((await post({ upload_id: "upload_nosuch" })).body).toMatchObject({ status: 404, code: "not_found" });
    expect((await post({ upload_id: upload.upload_id }, new TestUser())).status).toBe(404);
    const unknown = await post({ upload_id: upload.upload_id, files: ["nosuch.csv"] });
    expect(unknown.body).toMatchObject({ status: 422, code: "validation_failed", errors: [{ path: "files[0]" }] });
    expect(unknown.body.detail).toContain("“customers.csv”");
    expect((await post({ upload_id: upload.upload_id, analysis_type: "deep" })).body.detail).toContain(
      "basic or comprehensive",
    );
    expect((await post({ upload_id: upload.upload_id, files: [] })).status).toBe(422);
    expect((await post({})).status).toBe(422);
  });

  test("an upload that has not arrived, and a file that could not be read", async () => {
    const pending = await user.declare(["later.csv"]);
    expect((await post({ upload_id: pending.upload_id })).body).toMatchObject({
      status: 409,
      code: "resource_conflict",
    });
    const broken = await user.upload({ "broken.parquet": "this is no parquet file" }, "application/octet-stream");
    const refused = await post({ upload_id: broken.upload_id });
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain("broken.parquet");
  });

  test("jobs that are no analysis, and other people's", async () => {
    const { body } = await user.call("GET", `/jobs?upload_id=${upload.upload_id}&type=ingest`);
    expect((await user.call("GET", `/data/analysis/${body.jobs[0].job_id}`)).status).toBe(404);
    expect((await new TestUser().call("GET", `/data/analysis/${analysis.job_id}`)).status).toBe(404);
  });
});

test("v1 clients may send a form", async () => {
  const { status, body } = await user.call("POST", "/data/analyze", {
    form: { upload_id: upload.upload_id, files: "tiny.csv" },
  });
  expect(status).toBe(200);
  expect((await finish(body.job_id)).files.map((entry: Answer["body"]) => entry.filename)).toEqual(["tiny.csv"]);
});

test("with the upload goes everything that was made of it", async () => {
  const doomed = await user.upload({ "customers.csv": makeCustomers(200) });
  const body = await analyze({ upload_id: doomed.upload_id, analysis_type: "comprehensive" });
  const [chart] = body.files[0].visualizations;
  expect((await user.call("GET", chart.data_url)).status).toBe(200);
  expect((await user.call("DELETE", `/uploads/${doomed.upload_id}`)).status).toBe(200);
  expect((await user.call("GET", chart.data_url)).status).toBe(404);
  expect((await user.call("GET", chart.thumbnail_url)).status).toBe(404);
  expect((await user.call("GET", `/data/analysis/${body.job_id}`)).status).toBe(404);
});

function pngSize(bytes: Uint8Array): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}
