import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { quoteSql } from "../../scripts/local/query-database.ts";
import { faultsOfRunEvent } from "../core/lineage/open-lineage-rules.ts";
import { type Answer, TestUser } from "./client.ts";
import { queryServer } from "./query-server.ts";

const user = new TestUser({ scope: "read write" });
const stranger = new TestUser();

type Body = Answer["body"];

async function post(path: string, json: unknown, by = user): Promise<Body> {
  const { status, body } = await by.call("POST", path, { json });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

const get = async (path: string, by = user): Promise<Body> => (await by.call("GET", path)).body;
const CSV = "amount,merchant,is_fraud\n1.5,ACME,0\n2.5,Luxury,1\n";

async function addVersion(datasetId: string, text: string): Promise<Body> {
  const form = new FormData();
  form.append("description", "More rows");
  form.append("file", new Blob([text], { type: "text/csv" }), "transactions.csv");
  const { status, body } = await user.call("POST", `/api/datasets/${datasetId}/versions`, { form });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

async function addDataset(projectId: string): Promise<{ datasetId: string; versionId: string }> {
  const form = new FormData();
  form.append("project_id", projectId);
  form.append("name", "Transactions");
  form.append("file", new Blob([CSV], { type: "text/csv" }), "transactions.csv");
  const { status, body } = await user.call("POST", "/api/datasets/upload", { form });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return { datasetId: body.dataset_id, versionId: body.dataset_version_id };
}

let projectId: string;
let datasetId: string;
let versionId: string;
let uploadId: string;

beforeAll(async () => {
  projectId = (await post("/api/projects", { name: "Fraud" })).id;
  ({ datasetId, versionId } = await addDataset(projectId));
  uploadId = (await user.upload({ "a.csv": "x\n1\n" })).upload_id;
});

const experimentOn = (more: object = {}) =>
  post("/api/experiments", { name: "AutoML", project_id: projectId, dataset_version_id: versionId, ...more });

describe("registries", () => {
  test("an experiment is created, listed, changed and deleted", async () => {
    const created = await experimentOn({
      target_column: "is_fraud",
      problem_type: "classification",
      status: "running",
    });
    expect(created).toMatchObject({
      name: "AutoML",
      project_id: projectId,
      dataset_version_id: versionId,
      target_column: "is_fraud",
      problem_type: "classification",
      status: "running",
      model_count: 0,
    });
    expect(await get(`/api/experiments/${created.id}`)).toEqual(created);
    const path = `/api/experiments/${created.id}`;
    const changed = await user.call("PATCH", path, { json: { status: "succeeded", target_column: null } });
    expect([changed.status, changed.body.status, changed.body.target_column, changed.body.name]).toEqual([
      200,
      "succeeded",
      null,
      "AutoML",
    ]);
    for (const filter of [
      "status=succeeded",
      `project_id=${projectId}`,
      `dataset_id=${datasetId}`,
      `dataset_version_id=${versionId}`,
      "search=automl",
    ])
      expect((await get(`/api/experiments?${filter}`)).items.map((item: Body) => item.id)).toContain(created.id);
    expect((await get("/api/experiments?status=nosuch")).total).toBe(0);
    expect((await user.call("DELETE", path)).body).toEqual({ ok: true });
    expect((await user.call("GET", path)).status).toBe(404);
  });

  test("pages are counted", async () => {
    const pager = new TestUser();
    for (let n = 0; n < 3; n++) await post("/api/models", { name: `m${n}` }, pager);
    const first = await get("/api/models?limit=2", pager);
    expect([first.items.map((item: Body) => item.name), first.total, first.limit, first.offset]).toEqual([
      ["m2", "m1"],
      3,
      2,
      0,
    ]);
    expect((await get("/api/models?limit=2&offset=2", pager)).items.map((item: Body) => item.name)).toEqual(["m0"]);
    expect((await pager.call("GET", "/api/models?limit=501")).status).toBe(422);
  });

  test("deployments follow their model", async () => {
    const model = await post("/api/models", { name: "GBM", algorithm: "GBM" });
    const live = await post("/api/deployments", { name: "GBM", model_id: model.id, stage: "production" });
    expect(live).toMatchObject({ model_id: model.id, stage: "production", is_active: true });
    const path = `/api/deployments/${live.id}`;
    const patched = await user.call("PATCH", path, { json: { is_active: false } });
    expect(patched.body).toMatchObject({ is_active: false, stage: "production" });
    expect((await get(`/api/deployments?model_id=${model.id}&is_active=false`)).total).toBe(1);
    expect((await get(`/api/deployments?model_id=${model.id}&is_active=true`)).total).toBe(0);
    expect((await user.call("DELETE", `/api/models/${model.id}`)).status).toBe(200);
    expect((await user.call("GET", path)).status).toBe(404);
  });

  test("everything that is named has to be there and one's own; the answer says what is not", async () => {
    const nothing = randomUUID();
    const theirs = await post("/api/models", { name: "theirs" }, stranger);
    const cases: [string, object, string[]][] = [
      [
        "/api/experiments",
        { name: "x", project_id: nothing, dataset_version_id: nothing },
        ["project_id", "dataset_version_id"],
      ],
      ["/api/models", { name: "x", upload_ids: [uploadId, nothing] }, ["upload_ids[1]"]],
      ["/api/models", { name: "x", dataset_version_ids: [nothing] }, ["dataset_version_ids[0]"]],
      ["/api/models", { name: "x", experiment_id: nothing }, ["experiment_id"]],
      ["/api/deployments", { name: "x", model_id: theirs.id, stage: "production" }, ["model_id"]],
    ];
    for (const [path, json, faults] of cases) {
      const { status, body } = await user.call("POST", path, { json });
      expect([status, body.errors.map((fault: Body) => fault.path)], path).toEqual([404, faults]);
    }
    const wrong = await user.call("POST", "/api/experiments", {
      json: { name: "x", project_id: projectId, dataset_version_id: versionId, target_column: "fraud" },
    });
    expect([wrong.status, wrong.body.detail]).toEqual([422, expect.stringContaining("“is_fraud”")]);
    expect(
      (await stranger.call("PATCH", `/api/models/${theirs.id}`, { json: { upload_ids: [uploadId] } })).status,
    ).toBe(404);
  });

  test("bad fields are 422", async () => {
    for (const [path, json] of [
      ["/api/models", {}],
      ["/api/models", { name: " " }],
      ["/api/models", { name: "x", upload_ids: "upload_1" }],
      ["/api/models", { name: "x", upload_ids: Array.from({ length: 101 }, (_, i) => `upload_${i}`) }],
      ["/api/deployments", { name: "x", model_id: "y", stage: "z", is_active: "yes" }],
    ] as const)
      expect((await user.call("POST", path, { json })).status, JSON.stringify(json)).toBe(422);
  });
});

describe("what a model is made from", () => {
  test("an upload shows its models, and stays until it is unbound by a change or with its model", async () => {
    const upload = await user.upload({ "train.csv": "x\n1\n" });
    const path = `/uploads/${upload.upload_id}`;
    const one = await post("/api/models", { name: "One", version: "7", upload_ids: [upload.upload_id] });
    const two = await post("/api/models", { name: "Two", upload_ids: [upload.upload_id, upload.upload_id] });
    expect(two.upload_ids).toEqual([upload.upload_id]);
    expect((await get(path)).models_using_this).toEqual([
      { model_id: one.id, model_name: "One", version: "7" },
      { model_id: two.id, model_name: "Two", version: "1" },
    ]);
    const refused = await user.call("DELETE", path);
    expect([refused.status, refused.body.code]).toEqual([409, "resource_conflict"]);
    expect(refused.body.models.map((model: Body) => model.model_id)).toEqual([one.id, two.id]);

    expect((await user.call("PATCH", `/api/models/${one.id}`, { json: { upload_ids: [] } })).body.upload_ids).toEqual(
      [],
    );
    expect((await user.call("DELETE", path)).status).toBe(409);
    expect((await user.call("DELETE", `/api/models/${two.id}`)).status).toBe(200);
    expect((await user.call("DELETE", path)).status).toBe(200);
    expect((await user.call("GET", path)).status).toBe(404);
  });

  test("a model that is bound while its upload is being deleted: the foreign key refuses, and nothing is lost", async () => {
    const upload = await user.upload({ "late.csv": "x\n1\n" });
    const id = quoteSql(upload.upload_id);
    const model = await post("/api/models", { name: "Late" });
    // Binds after the look for models and before the upload's row goes, as another request may.
    await queryServer(`CREATE TRIGGER bind_late BEFORE DELETE ON uploads WHEN old.id = ${id}
       BEGIN INSERT INTO model_uploads VALUES (${quoteSql(model.id)}, ${id}); END`);
    try {
      const { status, body } = await user.call("DELETE", `/uploads/${upload.upload_id}`);
      expect([status, body.code]).toEqual([409, "resource_conflict"]);
    } finally {
      await queryServer("DROP TRIGGER bind_late");
    }
    const session = await user.session(upload.upload_id);
    expect((await user.query(session.session_id, "SELECT x FROM late")).body.rows).toEqual([[1]]);
    expect((await user.call("DELETE", `/uploads/${upload.upload_id}`)).status).toBe(200);
  });

  test("binding and deleting at once: one of them wins, whole", async () => {
    for (let round = 0; round < 6; round++) {
      const upload = await user.declare([`race-${round}.csv`]);
      const model = await post("/api/models", { name: `race ${round}` });
      const [bind, remove] = await Promise.all([
        user.call("PATCH", `/api/models/${model.id}`, { json: { upload_ids: [upload.upload_id] } }),
        user.call("DELETE", `/uploads/${upload.upload_id}`),
      ]);
      expect([
        [200, 409],
        [404, 200],
      ]).toContainEqual([bind.status, remove.status]);
      const still = await user.call("GET", `/uploads/${upload.upload_id}`);
      expect(still.status).toBe(bind.status);
    }
  });

  test("a dataset stays while a model names one of its versions or an experiment runs on one", async () => {
    const other = await addDataset(projectId);
    const path = `/api/datasets/${other.datasetId}`;
    const model = await post("/api/models", { name: "Direct", dataset_version_ids: [other.versionId] });
    expect((await user.call("DELETE", path)).status).toBe(409);
    await user.call("PATCH", `/api/models/${model.id}`, { json: { dataset_version_ids: [] } });
    const run = await experimentOn({ dataset_version_id: other.versionId });
    expect((await user.call("DELETE", path)).status).toBe(409);
    await user.call("PATCH", `/api/experiments/${run.id}`, { json: { dataset_version_id: null } });
    expect((await user.call("DELETE", path)).status).toBe(200);
  });

  test("a file of a CSV session stays while a model uses the session's upload", async () => {
    const sessionId = `s-${randomUUID()}`;
    await user.call("POST", "/api/csv/sessions", { json: { session_id: sessionId } });
    const form = new FormData();
    form.append("session_id", sessionId);
    form.append("file", new Blob(["x\n1\n"]), "data.csv");
    const { body } = await user.call("POST", "/api/csv/upload", { form });
    const model = await post("/api/models", { name: "CSV", upload_ids: [body.upload_id] });
    expect((await user.call("DELETE", `/api/csv/files/${body.file.id}`)).status).toBe(409);
    expect((await user.call("DELETE", `/api/csv/sessions/${sessionId}`)).status).toBe(409);
    await user.call("DELETE", `/api/models/${model.id}`);
    expect((await user.call("DELETE", `/api/csv/files/${body.file.id}`)).status).toBe(200);
    expect((await user.call("DELETE", `/api/csv/sessions/${sessionId}`)).status).toBe(200);
  });
});

test("a dataset's lineage goes over all its versions, as the document shows it", async () => {
  const traced = await addDataset(projectId);
  const path = `/api/datasets/${traced.datasetId}/lineage`;
  expect(await get(path)).toEqual({ experiments: [], models: [], deployments: [] });

  const second = await addVersion(traced.datasetId, `${CSV}3.5,ACME,1\n`);
  const one = await experimentOn({
    name: "Run 1",
    dataset_version_id: traced.versionId,
    target_column: "is_fraud",
    problem_type: "classification",
    status: "succeeded",
  });
  const two = await experimentOn({ name: "Run 2", dataset_version_id: second.dataset_version_id });
  await experimentOn({ name: "Elsewhere" });
  const trained = await post("/api/models", { name: "GBM_1", algorithm: "GBM", experiment_id: one.id });
  const both = await post("/api/models", {
    name: "GBM_2",
    experiment_id: one.id,
    dataset_version_ids: [traced.versionId, second.dataset_version_id],
  });
  const direct = await post("/api/models", { name: "Direct", dataset_version_ids: [second.dataset_version_id] });
  await post("/api/models", { name: "Unrelated" });
  const live = await post("/api/deployments", { name: "GBM_1 live", model_id: trained.id, stage: "production" });
  const test = await post("/api/deployments", { name: "t", model_id: direct.id, stage: "test", is_active: false });

  expect(await get(path)).toEqual({
    experiments: [
      { id: two.id, name: "Run 2", target_column: null, problem_type: null, status: "created", model_count: 0 },
      {
        id: one.id,
        name: "Run 1",
        target_column: "is_fraud",
        problem_type: "classification",
        status: "succeeded",
        model_count: 2,
      },
    ],
    models: [
      { id: direct.id, name: "Direct", algorithm: null, experiment_id: null },
      { id: both.id, name: "GBM_2", algorithm: null, experiment_id: one.id },
      { id: trained.id, name: "GBM_1", algorithm: "GBM", experiment_id: one.id },
    ],
    deployments: [
      { id: test.id, name: "t", model_id: direct.id, stage: "test", is_active: false },
      { id: live.id, name: "GBM_1 live", model_id: trained.id, stage: "production", is_active: true },
    ],
  });

  const first = await user.call("GET", `${path}?limit=2`);
  expect(first.body.models.map((model: Body) => model.id)).toEqual([direct.id, both.id]);
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
  const rest = await user.call("GET", next);
  expect(rest.body).toMatchObject({ experiments: [], models: [{ id: trained.id }], deployments: [] });
  expect(rest.headers.get("link")).toBeNull();

  expect((await stranger.call("GET", path)).status).toBe(404);
  await user.call("DELETE", `/api/experiments/${one.id}`);
  expect((await get(path)).models.map((model: Body) => model.name)).toEqual(["Direct", "GBM_2"]);
});

/** Events are written after the answer. */
async function waitForEvents(query: string, count: number): Promise<Body[]> {
  for (let tries = 0; ; tries++) {
    const { items } = await get(`/api/lineage/events?${query}`);
    if (items.length >= count || tries > 50) return items;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("events", () => {
  test("an ingest, a query over some of a session's tables, and an export tell what they read and wrote", async () => {
    const upload = await user.upload({
      "orders.csv": "id,total\n1,5\n2,7\n",
      "people.csv": "id\n1\n",
      "other.csv": "y\n1\n",
    });
    const filter = `upload_id=${upload.upload_id}`;
    const ingests = await waitForEvents(`${filter}&kind=ingest`, 3);
    const ingest = ingests.find((event) => event.inputs[0].name === "orders.csv");
    expect(ingest).toMatchObject({
      kind: "ingest",
      run_id: expect.stringMatching(/^job_/),
      inputs: [{ kind: "file" }],
      outputs: [{ kind: "table", name: "orders.csv", rows: 2 }],
      upload_ids: [upload.upload_id],
      dataset_ids: [],
    });

    const session = await user.session(upload.upload_id);
    const sql = "SELECT o.total, 'other' FROM orders o JOIN people USING (id)";
    const asked = await user.query(session.session_id, sql);
    await user.query(session.session_id, "SELECT 1");
    await user.query(session.session_id, "SELECT nosuch FROM orders");
    const [query, ...more] = await waitForEvents(`${filter}&kind=query`, 1);
    expect(more).toEqual([]);
    expect(query).toMatchObject({
      run_id: asked.body.query_id,
      job: `session/${session.session_id}`,
      sql,
      outputs: [],
      upload_ids: [upload.upload_id],
    });
    expect(query.inputs.map((input: Body) => input.name)).toEqual(["orders", "people"]);
    expect(query.started_at <= query.completed_at).toBe(true);
    const ordersTable = ingest?.outputs[0].id;
    expect(query.inputs[0].id).toBe(ordersTable);

    const created = await user.call("POST", "/data/export", {
      json: { session_id: session.session_id, query: "SELECT sum(total) FROM orders", format: "csv" },
    });
    expect(created.status).toBeLessThan(300);
    const [written] = await waitForEvents(`table_id=${ordersTable}&kind=export`, 1);
    expect(written).toMatchObject({
      job: `export/${created.body.export_id}`,
      sql: "SELECT sum(total) FROM orders",
      inputs: [{ kind: "table", id: ordersTable }],
      outputs: [{ kind: "export", bytes: expect.any(Number) }],
    });

    const openLineage = await get(`/api/lineage/events?table_id=${ordersTable}&format=openlineage`);
    expect(openLineage.total).toBe(3);
    expect(openLineage.events).toHaveLength(6);
    for (const event of openLineage.events) expect(faultsOfRunEvent(event), JSON.stringify(event)).toEqual([]);
    const complete = openLineage.events.find(
      (event: Body) => event.eventType === "COMPLETE" && event.run.facets.eider_run.kind === "ingest",
    );
    expect(complete.outputs[0].facets.schema.fields).toEqual([
      { name: "id", type: "BIGINT" },
      { name: "total", type: "BIGINT" },
    ]);
    expect(complete.outputs[0].outputFacets.outputStatistics).toMatchObject({ rowCount: 2 });
    expect((await get("/api/lineage/events", stranger)).total).toBe(0);

    // What is gone is still told of.
    expect((await user.call("DELETE", `/uploads/${upload.upload_id}`)).status).toBe(200);
    expect((await get(`/api/lineage/events?${filter}`)).total).toBe(5);
  });

  test("queries are told of for 90 days, other runs for good", async () => {
    const other = new TestUser();
    const upload = await other.upload({ "t.csv": "x\n1\n" });
    const session = await other.session(upload.upload_id);
    const kinds = async () => (await get("/api/lineage/events", other)).items.map((event: Body) => event.kind);
    await other.query(session.session_id, "SELECT x FROM t");
    await expect.poll(kinds, { timeout: 10_000 }).toEqual(["query", "ingest"]);
    const [{ id }] = (await get("/api/lineage/events?kind=query", other)).items;
    await queryServer(`UPDATE lineage_events SET created_at = created_at - 91 * 86400000
       WHERE user_id = (SELECT user_id FROM lineage_events WHERE id = ${quoteSql(id)})`);
    await other.query(session.session_id, "SELECT x + 1 FROM t");
    await expect.poll(kinds, { timeout: 10_000 }).toEqual(["query", "ingest"]);
    expect((await get("/api/lineage/events?kind=query", other)).items[0].sql).toBe("SELECT x + 1 FROM t");
  });

  test("a dataset's versions: each is ingested, and a later one follows the one before", async () => {
    const dataset = await addDataset(projectId);
    const next = await addVersion(dataset.datasetId, `${CSV}3.5,ACME,1\n`);
    const events = await waitForEvents(`dataset_id=${dataset.datasetId}`, 3);
    expect(events.map((event) => event.kind).sort()).toEqual(["derive", "ingest", "ingest"]);
    expect(events.find((event) => event.kind === "derive")).toMatchObject({
      run_id: next.dataset_version_id,
      inputs: [{ kind: "dataset_version", id: dataset.versionId, name: "version 0" }],
      outputs: [{ kind: "dataset_version", id: next.dataset_version_id, name: "version 1" }],
    });
  });

  test("wrong parameters are 422", async () => {
    for (const query of ["format=xml", "kind=nosuch", "limit=101", "offset=-1"])
      expect((await user.call("GET", `/api/lineage/events?${query}`)).status, query).toBe(422);
  });
});
