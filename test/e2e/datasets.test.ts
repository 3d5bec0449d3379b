import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, describe, expect, test } from "vitest";
import { type Answer, TestUser } from "./client.ts";

const data = (name: string) => readFileSync(resolve("node_modules/vega-datasets/data", name));

type Part = [name: string, value: string | Uint8Array, filename?: string];

function formOf(...parts: Part[]): FormData {
  const form = new FormData();
  for (const [name, value, filename] of parts)
    if (filename === undefined) form.append(name, value as string);
    else form.append(name, new Blob([value as never], { type: "text/csv" }), filename);
  return form;
}

class DatasetUser extends TestUser {
  async project(name = "Fraud Detection"): Promise<string> {
    const { status, body } = await this.call("POST", "/api/projects", { json: { name } });
    expect(status).toBe(201);
    return body.id;
  }

  create(project: string, name: string, bytes: string | Uint8Array, filename = "data.csv", headers = {}) {
    const form = formOf(["project_id", project], ["name", name], ["file", bytes, filename]);
    return this.call("POST", "/api/datasets/upload", { form, headers });
  }

  async dataset(project: string, name: string, bytes: string | Uint8Array, filename?: string): Promise<Answer["body"]> {
    const { status, body } = await this.create(project, name, bytes, filename);
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  }

  addVersion(dataset: string, description: string, bytes: string | Uint8Array, filename = "data.csv") {
    const form = formOf(["description", description], ["file", bytes, filename]);
    return this.call("POST", `/api/datasets/${dataset}/versions`, { form });
  }

  read(path: string, headers: Record<string, string> = {}) {
    return this.call("GET", `/api/datasets/${path}`, { headers });
  }
}

const numbers = (count: number, shift: number) =>
  Array.from({ length: count }, (_, i) => `${i},${((i * 37) % 101) + shift},${["red", "green", "blue"][i % 3]}`);
const table = (rows: string[], header = "id,amount,color") => `${[header, ...rows].join("\n")}\n`;

describe("a dataset from its upload to its end", () => {
  const user = new DatasetUser();
  let project: string;
  let uploaded: Answer["body"];
  const airports = data("airports.csv");

  beforeAll(async () => {
    project = await user.project();
    const form = formOf(
      ["file", airports, "airports.csv"],
      ["description", "Airports of the USA"],
      ["ignored", "x"],
      ["name", "Airports"],
      ["project_id", project],
    );
    const { status, body } = await user.call("POST", "/api/datasets/upload", { form });
    expect(status, JSON.stringify(body)).toBe(201);
    uploaded = body;
  });

  test("the answer names the ids and the quality, whatever the order of the parts", () => {
    expect(uploaded).toMatchObject({
      id: uploaded.dataset_id,
      version: 0,
      row_count: 3376,
      column_count: 7,
      notes: [],
    });
    for (const id of ["dataset_id", "dataset_version_id", "artifact_id"])
      expect(uploaded[id]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uploaded.quality.overall_score).toBeGreaterThan(90);
    expect(uploaded.quality.issues[0]).toMatchObject({ column: "country", message: expect.stringMatching(/USA/) });
  });

  test("detail, columns, statistics and quality", async () => {
    const detail = await user.read(uploaded.id);
    expect(detail.body.dataset).toMatchObject({
      name: "Airports",
      rows: 3376,
      columns: 7,
      dataset_version_id: uploaded.dataset_version_id,
      artifact_id: uploaded.artifact_id,
    });
    expect(detail.body.preview).toHaveLength(20);
    expect(detail.body.preview[0]).toEqual({
      iata: "00M",
      name: "Thigpen",
      city: "Bay Springs",
      state: "MS",
      country: "USA",
      latitude: 31.95376472,
      longitude: -89.23450472,
    });
    expect(detail.body.preview_error).toBeNull();
    const columns = await user.read(`${uploaded.id}/columns`);
    expect(columns.body.columns.map((column: Answer["body"]) => column.dtype)).toEqual([
      "object",
      "object",
      "object",
      "object",
      "category",
      "float64",
      "float64",
    ]);

    const { status, body } = await user.read(`${uploaded.id}/analyze`);
    expect(status).toBe(200);
    expect(body.error).toBeNull();
    // Figures of pandas 2: describe(), skew(), kurt(), corr() over the same file.
    expect(body.statistics).toMatchObject({ row_count: 3376, duplicate_rows: 0 });
    expect(body.statistics.columns.latitude).toMatchObject({
      type: "float64",
      count: 3376,
      missing: 0,
      missing_percent: 0,
    });
    expect(body.statistics.columns.latitude.mean).toBeCloseTo(40.03652362552429, 10);
    expect(body.statistics.columns.latitude.std).toBeCloseTo(8.329558669019452, 10);
    expect(body.statistics.correlations.latitude.longitude).toBeCloseTo(-0.5645468853, 8);
    expect(body.statistics.columns.latitude.histogram.counts.reduce((a: number, b: number) => a + b, 0)).toBe(3376);
    expect(body.statistics.columns.state).toMatchObject({ unique: 56, missing: 12, top_values: { AK: 263, TX: 209 } });

    const quality = await user.read(`${uploaded.id}/quality`);
    expect(quality.body.quality.overall_score).toBe(uploaded.quality.overall_score);
    expect(quality.body.quality.checks.find((check: Answer["body"]) => check.name === "duplicate_rows")).toMatchObject({
      passed: true,
    });
  });

  test("an answer that the caller has is not sent again", async () => {
    for (const path of [
      `datasets/${uploaded.id}/analyze`,
      `datasets/${uploaded.id}/columns`,
      `dataset-versions/${uploaded.dataset_version_id}`,
      `dataset-versions/${uploaded.dataset_version_id}/rows?limit=1`,
    ]) {
      const first = await user.call("GET", `/api/${path}`);
      const tag = first.headers.get("etag") ?? "";
      expect(tag, path).toMatch(/^"[^"]+"$/);
      const again = await user.call("GET", `/api/${path}`, { headers: { "if-none-match": `"other", ${tag}` } });
      expect([again.status, again.body], path).toEqual([304, ""]);
      expect(first.headers.get("cache-control")).toBe(
        path.includes("dataset-versions") ? "private, max-age=31536000, immutable" : "private, no-cache",
      );
    }
    const fixed = await user.read(`${uploaded.id}/analyze?version=0`);
    expect(fixed.headers.get("cache-control")).toMatch(/immutable/);
  });

  test("downloads: the bytes that came, or a workbook made of them", async () => {
    const csv = await user.fetch("GET", `/api/datasets/${uploaded.id}/download`);
    expect(csv.headers.get("content-disposition")).toContain('filename="Airports.csv"');
    expect(Buffer.from(await csv.arrayBuffer()).equals(airports)).toBe(true);
    const etag = csv.headers.get("etag") ?? "";
    const lastModified = csv.headers.get("last-modified") ?? "";
    const answer = async (headers: Record<string, string>, query = "") => {
      const response = await user.fetch("GET", `/api/datasets/${uploaded.id}/download${query}`, { headers });
      return [response.status, response.headers.get("content-range"), (await response.arrayBuffer()).byteLength];
    };
    const part = [206, `bytes 100-199/${airports.length}`, 100];
    expect(await answer({ range: "bytes=100-199" })).toEqual(part);
    expect(await answer({ range: "bytes=100-199", "if-range": etag })).toEqual(part);
    expect(await answer({ range: "bytes=100-199", "if-range": lastModified })).toEqual(part);
    expect(await answer({ range: "bytes=100-199", "if-range": '"other"' })).toEqual([200, null, airports.length]);
    expect((await answer({ range: `bytes=${airports.length}-` }))[0]).toBe(416);
    expect(await answer({ "if-none-match": etag })).toEqual([304, null, 0]);
    expect(await answer({ "if-modified-since": lastModified })).toEqual([304, null, 0]);
    expect((await answer({ "if-modified-since": "Mon, 01 Jan 2024 00:00:00 GMT" }))[0]).toBe(200);
    expect(
      (await user.fetch("HEAD", `/api/datasets/${uploaded.id}/download?version=0`)).headers.get("cache-control"),
    ).toMatch(/immutable/);
    const xlsx = await user.fetch("GET", `/api/datasets/${uploaded.id}/download?format=xlsx`);
    const workbook = new Uint8Array(await xlsx.arrayBuffer());
    const back = await user.dataset(project, "Airports again", workbook, "airports.xlsx");
    expect(back).toMatchObject({ row_count: 3376, column_count: 7 });
    const made = await user.fetch("GET", `/api/datasets/${back.id}/download`);
    expect((await made.text()).split("\r\n").slice(0, 2)).toEqual([
      "iata,name,city,state,country,latitude,longitude",
      "00M,Thigpen,Bay Springs,MS,USA,31.95376472,-89.23450472",
    ]);
    const stored = await user.fetch("GET", `/api/datasets/${back.id}/download?format=xlsx`);
    expect(Buffer.from(await stored.arrayBuffer()).equals(workbook)).toBe(true);
    expect((await user.read(`${uploaded.id}/download?format=pdf`)).status).toBe(422);
    await user.call("DELETE", `/api/datasets/${back.id}`);
  });

  test("rows: chosen, filtered, in order, page by page", async () => {
    const path = `/api/dataset-versions/${uploaded.dataset_version_id}/rows`;
    const ask = (parameters: Record<string, string>) => user.call("GET", `${path}?${new URLSearchParams(parameters)}`);
    const where = "state = 'TX' and latitude between 30 and 31";
    const parameters = { where, columns: "iata,latitude", order: "-latitude", limit: "10" };
    const seen: Answer["body"][] = [];
    for (let cursor = ""; ; ) {
      const { status, body } = await ask({ ...parameters, ...(cursor ? { cursor } : {}) });
      expect(status, JSON.stringify(body)).toBe(200);
      expect(body.columns).toEqual(["iata", "latitude"]);
      seen.push(...body.rows);
      if (body.next_cursor === null) break;
      cursor = body.next_cursor;
    }
    const expected = airports
      .toString()
      .trim()
      .split("\n")
      .slice(1)
      .filter((line) => /,TX,USA,30\.\d+,/.test(line));
    expect(seen).toHaveLength(expected.length);
    expect(seen.map((row) => row.latitude)).toEqual(seen.map((row) => row.latitude).sort((a, b) => b - a));
    expect((await ask({ search: "bay springs", columns: "name" })).body.rows).toEqual([{ name: "Thigpen" }]);
    for (const [name, value] of Object.entries({
      where: "state =",
      columns: "nosuch",
      order: "nosuch",
      cursor: "x",
      limit: "0",
    })) {
      const { status, body, headers } = await ask({ [name]: value });
      expect([status, body.errors[0].path, headers.get("etag")]).toEqual([422, name, null]);
    }
  });

  test("lists are searched, sorted and paged", async () => {
    await user.dataset(project, "Zebras", table(["1,2,x"]));
    const names = async (query: string) =>
      (await user.call("GET", `/api/datasets?${query}`)).body.items.map((item: Answer["body"]) => item.name);
    expect(await names("")).toEqual(["Zebras", "Airports"]);
    expect(await names("sort_field=rows&sort_direction=desc")).toEqual(["Airports", "Zebras"]);
    expect(await names("sort_field=name&sort_direction=asc&limit=1&offset=1")).toEqual(["Zebras"]);
    expect(await names("search=of the usa")).toEqual(["Airports"]);
    expect(await names("search=%25")).toEqual([]);
    const page = await user.call("GET", `/api/datasets?project_id=${project}&limit=1`);
    expect(page.body).toMatchObject({
      total: 2,
      limit: 1,
      offset: 0,
      items: [{ project_id: project, project_name: "Fraud Detection", rows: 1, columns: 3 }],
    });
    expect((await user.call("GET", "/api/datasets?project_id=nosuch")).status).toBe(404);
    expect((await user.call("GET", "/api/datasets?limit=501")).status).toBe(422);
    expect((await user.call("GET", "/api/datasets?sort_field=password")).status).toBe(422);
  });

  test("a deleted dataset is gone, and then its project can go", async () => {
    expect((await user.call("DELETE", `/api/projects/${project}`)).body).toMatchObject({
      code: "resource_conflict",
      datasets: 2,
    });
    const { body } = await user.call("GET", "/api/datasets");
    for (const item of body.items)
      expect((await user.call("DELETE", `/api/datasets/${item.id}`)).body).toEqual({ ok: true });
    expect((await user.read(uploaded.id)).status).toBe(404);
    expect((await user.call("GET", `/api/dataset-versions/${uploaded.dataset_version_id}/rows`)).status).toBe(404);
    expect((await user.call("DELETE", `/api/datasets/${uploaded.id}`)).status).toBe(404);
    expect((await user.call("DELETE", `/api/projects/${project}`)).body).toEqual({ ok: true });
  });
});

describe("versions", () => {
  const user = new DatasetUser();
  let project: string;
  let dataset: Answer["body"];

  beforeAll(async () => {
    project = await user.project();
    dataset = await user.dataset(project, "Amounts", table(numbers(3_000, 0)));
  });

  test("a second version, listed and compared", async () => {
    const added = await user.addVersion(
      dataset.id,
      "Everything forty higher",
      table(numbers(4_000, 40), "id,amount,colour"),
    );
    expect(added.status, JSON.stringify(added.body)).toBe(201);
    expect(added.body).toMatchObject({ version: 1, row_count: 4_000, column_count: 3 });
    const list = await user.read(`${dataset.id}/versions`);
    expect(list.body).toMatchObject({ total: 2, limit: 50, offset: 0 });
    expect(list.body.items.map((item: Answer["body"]) => [item.version, item.row_count, item.description])).toEqual([
      [0, 3_000, "Initial upload"],
      [1, 4_000, "Everything forty higher"],
    ]);
    expect(list.body.items[0].created_by_name).toMatch(/^[0-9a-f-]{36}$/);
    const { body } = await user.read(`${dataset.id}/compare?v1=0&v2=1`);
    expect(body.summary).toMatchObject({
      v1: 0,
      v2: 1,
      v1_rows: 3_000,
      v2_rows: 4_000,
      rows_diff: 1_000,
      columns_added: ["colour"],
      columns_removed: ["color"],
    });
    expect(body.summary.columns_renamed[0]).toMatchObject({ from: "color", to: "colour" });
    expect(body.column_diffs.amount).toMatchObject({ type: "numeric", shift_level: "high" });
    expect(body.column_diffs.amount.psi).toBeGreaterThan(0.25);
    expect(body.column_diffs.amount.bins.edges).toHaveLength(9);
    expect(body.settings).toEqual({ bins: 10, epsilon: 0.0001, moderate_threshold: 0.1, high_threshold: 0.25 });
    const relaxed = await user.read(`${dataset.id}/compare?v1=0&v2=1&bins=4&high_threshold=50&moderate_threshold=40`);
    expect(relaxed.body.column_diffs.amount.shift_level).toBe("low");
    expect(relaxed.body.settings).toMatchObject({ bins: 4, moderate_threshold: 40, high_threshold: 50 });
    expect(relaxed.body.column_diffs.amount.bins.edges).toHaveLength(3);
    const same = await user.read(`${dataset.id}/compare?v1=1&v2=1`);
    expect(same.body.column_diffs.amount).toMatchObject({ psi: 0, ks_statistic: 0, shift_level: "low" });
    expect((await user.call("GET", `/api/dataset-versions/${added.body.dataset_version_id}`)).body).toMatchObject({
      version: 1,
      columns: [
        { name: "id", dtype: "int64" },
        { name: "amount", dtype: "int64" },
        { name: "colour", dtype: "category" },
      ],
    });
  });

  test.each([
    ["", 422, "v1"],
    ["v1=0", 422, "v2"],
    ["v1=-1&v2=0", 422, "v1"],
    ["v1=0.5&v2=0", 422, "v1"],
    ["v1=0&v2=1&bins=1", 422, "bins"],
    ["v1=0&v2=1&epsilon=0", 422, "epsilon"],
    ["v1=0&v2=1&bins=", 422, "bins"],
    ["v1=0&v2=1&moderate_threshold=", 422, "moderate_threshold"],
    ["v1=&v2=1", 422, "v1"],
    ["v1=0&v2=1&moderate_threshold=0.5&high_threshold=0.2", 422, "high_threshold"],
    ["v1=0&v2=99", 404, "v2"],
  ])("compare?%s is %i", async (query, status, path) => {
    const answer = await user.read(`${dataset.id}/compare?${query}`);
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    expect(answer.body.errors?.[0].path).toBe(path);
  });

  test.each([
    ["version=", 422],
    ["version=-1", 422],
    ["version=1.5", 422],
    ["version=first", 422],
    ["version=99", 404],
  ])("%s is %i everywhere", async (query, status) => {
    for (const path of ["columns", "analyze", "quality", "download"]) {
      const answer = await user.read(`${dataset.id}/${path}?${query}`);
      expect([path, answer.status, answer.body.errors?.[0].path]).toEqual([path, status, "version"]);
    }
  });

  test("two versions at once get numbers of their own", async () => {
    const answers = await Promise.all(
      [1, 2, 3].map((i) => user.addVersion(dataset.id, `Race ${i}`, table(numbers(10 * i, 0)))),
    );
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201]);
    expect(answers.map((answer) => answer.body.version).sort()).toEqual([2, 3, 4]);
    const { body } = await user.read(`${dataset.id}/versions?limit=2&offset=2`);
    expect(body.items.map((item: Answer["body"]) => item.version)).toEqual([2, 3]);
  });

  test("a file that cannot be read is no version, and nothing of it stays", async () => {
    const before = (await user.read(`${dataset.id}/versions`)).body.total;
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 73, 72, 68, 82]);
    const added = await user.addVersion(dataset.id, "A picture", png, "picture.csv");
    expect([added.status, added.body.errors[0].path]).toEqual([422, "file"]);
    expect((await user.read(`${dataset.id}/versions`)).body.total).toBe(before);
    const created = await user.create(project, "A picture", png, "picture.parquet");
    expect(created.status).toBe(422);
    expect(created.body.detail).toMatch(/Parquet/);
    expect((await user.call("GET", "/api/datasets?search=picture")).body.total).toBe(0);
  });

  test("respond-async answers with a job at once", async () => {
    const { status, headers, body } = await user.create(project, "Later", table(numbers(100, 0)), "later.csv", {
      prefer: "respond-async",
    });
    expect([status, headers.get("preference-applied")]).toEqual([202, "respond-async"]);
    expect(headers.get("location")).toBe(body.links.job);
    expect(body).toMatchObject({ job_id: expect.any(String), dataset_id: expect.any(String), version: 0 });
    const events = await (await user.fetch("GET", new URL(body.links.events).pathname)).text();
    expect(events).toContain("event: completed");
    const { body: analysis } = await user.read(`${body.dataset_id}/analyze`);
    expect(analysis.statistics.row_count).toBe(100);
  });

  test("a dataset stays while a model or an experiment uses one of its versions", async () => {
    const used = await user.dataset(project, "Used", table(numbers(10, 0)));
    const model = await user.call("POST", "/api/models", {
      json: { name: "GBM", dataset_version_ids: [used.dataset_version_id] },
    });
    const experiment = await user.call("POST", "/api/experiments", {
      json: { name: "Run", project_id: project, dataset_version_id: used.dataset_version_id },
    });
    for (const [kind, id] of [
      ["models", model.body.id],
      ["experiments", experiment.body.id],
    ]) {
      const refused = await user.call("DELETE", `/api/datasets/${used.id}`);
      expect(refused.status).toBe(409);
      expect(refused.body.used_by[0]).toMatchObject({ id, kind: kind.slice(0, -1) });
      await user.call("DELETE", `/api/${kind}/${id}`);
    }
    expect((await user.call("DELETE", `/api/datasets/${used.id}`)).body).toEqual({ ok: true });
  });

  test("a dataset can be deleted while its file is being read", async () => {
    const big = table(numbers(200_000, 0));
    const { body } = await user.create(project, "Doomed", big, "doomed.csv", { prefer: "respond-async" });
    expect((await user.call("DELETE", `/api/datasets/${body.dataset_id}`)).body).toEqual({ ok: true });
    expect((await user.read(body.dataset_id)).status).toBe(404);
    expect((await user.call("GET", `/jobs/${body.job_id}`)).status).toBe(404);
  });
});

describe("forms that are wrong", () => {
  const user = new DatasetUser();
  let project: string;
  const post = (body: string, type = "multipart/form-data; boundary=b") =>
    user.call("POST", "/api/datasets/upload", { raw: body, headers: { "content-type": type } });
  const part = (name: string, value: string, filename?: string) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? "" : `; filename="${filename}"`}\r\n\r\n${value}\r\n`;

  beforeAll(async () => {
    project = await user.project();
  });

  test("each is told what is wrong with which part, and nothing of it stays", async () => {
    const name = part("name", "x");
    const id = part("project_id", project);
    const file = part("file", "a,b\n1,2\n", "a.csv");
    const cases: [string, number, RegExp][] = [
      [`${name}${file}--b--`, 422, /project_id: This field is missing/],
      [`${id}${file}--b--`, 422, /name: This field is missing/],
      [`${id}${name}--b--`, 422, /file: The form has no file/],
      [`${id}${name}${name}${file}--b--`, 422, /name: This field is in the form twice/],
      [`${id}${name}${file}${file}--b--`, 422, /two files/],
      [`${id}${name}${part("file", "a,b\n1,2\n")}--b--`, 422, /no filename/],
      [`${id}${name}${part("data", "a,b\n1,2\n", "a.csv")}--b--`, 422, /the part with the file is called “file”/],
      [`${id}${name}${part("file", "", "a.csv")}--b--`, 422, /0 bytes/],
      [`${id}${name}${part("file", "a\n1\n", "../a.csv")}--b--`, 422, /slashes/],
      [`${id}${part("name", "  ")}${file}--b--`, 422, /may not be empty/],
      [`${id}${part("name", "x".repeat(300))}${file}--b--`, 422, /255/],
      [`${part("project_id", "nosuch")}${name}${file}--b--`, 404, /no project “nosuch”/],
      [`${id}${name}${file}`.slice(0, -10), 400, /breaks off/],
      [`${id}${name}${file}--b--`.replaceAll("--b", "--c"), 400, /boundary/],
      ["", 400, /./],
    ];
    for (const [body, status, detail] of cases) {
      const answer = await post(body);
      expect([answer.status, answer.body.detail], body).toEqual([status, expect.stringMatching(detail)]);
    }
    expect((await post("{}", "application/json")).status).toBe(415);
    expect((await post("x", "multipart/form-data")).status).toBe(400);
    expect((await user.call("GET", "/api/datasets")).body.total).toBe(0);
  });

  test("a file above the limit is stopped there, a form that announces more is not read at all", async () => {
    const line = `${"x".repeat(99)}\n`;
    for (const bytes of [8_200_000, 12_000_000]) {
      const answer = await user.create(project, "Large", line.repeat(bytes / 100));
      expect([answer.status, answer.body.limit_bytes]).toEqual([413, 8_000_000]);
    }
    expect((await user.call("GET", "/api/datasets")).body.total).toBe(0);
  });

  test("another user's project and datasets do not exist", async () => {
    const dataset = await user.dataset(project, "Mine", "a,b\n1,2\n");
    const stranger = new DatasetUser();
    expect((await stranger.create(project, "Theirs", "a,b\n1,2\n")).status).toBe(404);
    expect((await stranger.addVersion(dataset.id, "Theirs", "a,b\n1,2\n")).status).toBe(404);
    for (const path of ["", "/columns", "/analyze", "/quality", "/download", "/versions", "/compare?v1=0&v2=0"])
      expect((await stranger.read(dataset.id + path)).status, path).toBe(404);
    for (const path of ["", "/rows"])
      expect((await stranger.call("GET", `/api/dataset-versions/${dataset.dataset_version_id}${path}`)).status).toBe(
        404,
      );
  });
});

describe("strange tables", () => {
  const user = new DatasetUser();
  let project: string;

  beforeAll(async () => {
    project = await user.project();
  });

  test("one row, nothing but missing values, constants, the largest numbers: null where there is no figure", async () => {
    const one = await user.dataset(project, "One", "a,b,c\n1.5,,x\n");
    const { body } = await user.read(`${one.id}/analyze`);
    expect(body.statistics.columns.a).toMatchObject({ count: 1, mean: 1.5, std: null, skewness: null, kurtosis: null });
    expect(body.statistics.columns.b).toMatchObject({ count: 0, missing: 1, missing_percent: 1 });
    expect(body.statistics.correlations.a.a).toBeNull();
    const large = await user.dataset(project, "Large", "a,b\n1e308,1\n-1e308,1\n1.7e308,1\n");
    const figures = (await user.read(`${large.id}/analyze`)).body.statistics.columns;
    expect(figures.a).toMatchObject({ count: 3, min: -1e308, max: 1.7e308 });
    expect(figures.b).toMatchObject({ std: 0, unique: 1 });
  });

  test("integers that no double holds have all of their digits, and values that look like numbers their order", async () => {
    const rows = Array.from(
      { length: 9 },
      (_, i) => `${9007199254740993n + BigInt(i)},${["z", "10", "2"][i % 3]},${i}`,
    );
    const dataset = await user.dataset(project, "Digits", `big,code,small\n${rows.join("\n")}\n9007199254740993,2,9\n`);
    const text = await (await user.fetch("GET", `/api/datasets/${dataset.id}/analyze`)).text();
    expect(text).toContain('"min":9007199254740993,"max":9007199254741001,');
    expect(text).toContain('"top_values":{"2":4,"10":3,"z":3}');
    expect(JSON.parse(text).statistics.columns.small).toMatchObject({ type: "int64", min: 0, max: 9 });
  });

  test("column names of every kind come through", async () => {
    const dataset = await user.dataset(
      project,
      "Names",
      '__proto__,"a ""b"", c",rowid,日本,2020,10\n1,2,3,4,0,0\n5,6,7,8,0,0\n',
    );
    const rows = await user.call(
      "GET",
      `/api/dataset-versions/${dataset.dataset_version_id}/rows?where=rowid%20%3E%203&order=-rowid`,
    );
    const names = ["__proto__", 'a "b", c', "rowid", "日本", "2020", "10"];
    expect(rows.body.columns).toEqual(names);
    // JSON.parse puts names that look like numbers first; others keep the order that they are sent in.
    expect(Object.entries(rows.body.rows[0]).filter(([, value]) => value !== 0)).toEqual([
      ["__proto__", 5],
      ['a "b", c', 6],
      ["rowid", 7],
      ["日本", 8],
    ]);
    const { body } = await user.read(`${dataset.id}/analyze`);
    expect(new Set(Object.keys(body.statistics.columns))).toEqual(new Set(names));
    const order = '"日本":8,"2020":0,"10":0}';
    for (const path of [`datasets/${dataset.id}`, `dataset-versions/${dataset.dataset_version_id}/rows`])
      expect(await (await user.fetch("GET", `/api/${path}`)).text()).toContain(order);
  });

  test("a wide table, which lies in several parts, is one table to its users", async () => {
    const names = Array.from({ length: 130 }, (_, i) => `c${i}`);
    const row = (i: number) => names.map((_, column) => (i * (column + 3)) % 17).join(",");
    const rows = Array.from({ length: 400 }, (_, i) => row(i % 300));
    const dataset = await user.dataset(project, "Wide", `${names.join(",")}\n${rows.join("\n")}\n`);
    expect(dataset).toMatchObject({ row_count: 400, column_count: 130 });
    const { body } = await user.read(`${dataset.id}/analyze`);
    expect(Object.keys(body.statistics.columns)).toEqual(names);
    // Rows repeat with i modulo 17 in every column, so there are 17 different ones.
    expect(body.statistics.duplicate_rows).toBe(400 - 17);
    expect(body.statistics.columns.c129).toMatchObject({ count: 400, unique: 17, min: 0, max: 16 });
    expect(body.statistics.notes.join(" ")).toMatch(/first 100 of 130/);
    const page = await user.call(
      "GET",
      `/api/dataset-versions/${dataset.dataset_version_id}/rows?columns=c0,c129&order=-c129,c0&limit=2`,
    );
    expect(page.body.rows[0].c129).toBe(16);
    const csv = await user.fetch("GET", `/api/datasets/${dataset.id}/download?format=xlsx`);
    expect((await csv.arrayBuffer()).byteLength).toBeGreaterThan(10_000);
    await user.addVersion(dataset.id, "Shifted", `${names.join(",")}\n${rows.slice(0, 300).join("\n")}\n`);
    const comparison = await user.read(`${dataset.id}/compare?v1=0&v2=1`);
    expect(comparison.status).toBe(200);
    expect(comparison.body.column_diffs.c129.psi).toBeLessThan(0.1);
  });

  test("Parquet keeps its types", async () => {
    const folder = mkdtempSync(join(tmpdir(), "eider-parquet-"));
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const path = join(folder, "t.parquet");
    await connection.run(
      `COPY (SELECT i AS id, i % 2 = 0 AS ok, DATE '2024-01-01' + i::INTEGER AS day, i / 4 AS share FROM range(40) t(i)) TO '${path}' (FORMAT parquet)`,
    );
    const dataset = await user.dataset(project, "Parquet", readFileSync(path), "t.parquet");
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true });
    const { body } = await user.read(`${dataset.id}/columns`);
    expect(body.columns.map((column: Answer["body"]) => column.dtype)).toEqual([
      "int64",
      "bool",
      "datetime64",
      "float64",
    ]);
    const csv = await (await user.fetch("GET", `/api/datasets/${dataset.id}/download`)).text();
    expect(csv.split("\r\n").slice(0, 3)).toEqual([
      "id,ok,day,share",
      "0,true,2024-01-01,0.0",
      "1,false,2024-01-02,0.25",
    ]);
  });
});

test("every other door's tables are profiled too", async () => {
  const user = new TestUser();
  const upload = await user.upload({ "a.csv": "x,y\n1,2\n3,4\n" });
  for (;;) {
    const { body } = await user.call("GET", `/jobs?type=profile&upload_id=${upload.upload_id}`);
    if (body.jobs[0]?.status === "completed") {
      expect(body.jobs[0].result).toMatchObject({ rows: 2, columns: 2 });
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});
