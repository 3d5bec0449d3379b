import { describe, expect, test } from "vitest";
import { toRunEvents } from "../../../src/core/lineage/run-events.ts";
import type { LineageRow } from "../../../src/storage/lineage.ts";
import type { ColumnInfo } from "../../../src/storage/schema.ts";
import { faultsOfRunEvent } from "./open-lineage-rules.ts";

const column = (name: string, duckdbType: string): ColumnInfo => ({
  name,
  type: "string",
  duckdbType,
  nullable: true,
  unique: false,
  confidence: 1,
});

const row: LineageRow = {
  id: "3b452093-782c-4ef2-9c0c-aafe2aa6f34d",
  userId: "user_1",
  kind: "export",
  runId: "job_1",
  inputs: [
    { kind: "table", id: "tbl_1", name: "sales" },
    { kind: "table", id: "tbl_gone", name: "old" },
  ],
  outputs: [
    { kind: "export", id: "export_1/a b.csv", name: "a b.csv" },
    { kind: "export", id: "export_1/unsized.csv", name: "unsized.csv" },
  ],
  facets: {
    job: "export/export_1",
    startedAt: "2026-05-01T12:00:00.000Z",
    sql: "SELECT * FROM sales",
    sizes: { "export_1/a b.csv": { rows: 0, bytes: 12 }, "export_1/unsized.csv": { bytes: 5 } },
    uploadIds: [],
    datasetIds: [],
  },
  createdAt: new Date("2026-05-01T12:00:02Z"),
};
const context = {
  producer: "https://eider.example.com",
  columns: new Map([["tbl_1", [column("a", "BIGINT"), column("b", "VARCHAR")]]]),
};

describe("an event as OpenLineage tells it", () => {
  const events = toRunEvents(row, context);

  test("is a START and a COMPLETE of one run, both by the specification's rules", () => {
    expect(events.map((event) => [event.eventType, event.eventTime])).toEqual([
      ["START", "2026-05-01T12:00:00.000Z"],
      ["COMPLETE", "2026-05-01T12:00:02.000Z"],
    ]);
    for (const event of events) {
      expect(faultsOfRunEvent(JSON.parse(JSON.stringify(event)))).toEqual([]);
      expect(event.run.runId).toBe(row.id);
      expect(event.job.name).toBe("export/export_1");
      expect(event.job.facets["sql"]?.["query"]).toBe("SELECT * FROM sales");
    }
  });

  test("has the schema of tables that are still there, and the size of what was written once it was", () => {
    const [start, complete] = events;
    expect(start?.outputs).toEqual([]);
    expect(complete?.inputs.map((input) => input.facets["schema"]?.["fields"])).toEqual([
      [
        { name: "a", type: "BIGINT" },
        { name: "b", type: "VARCHAR" },
      ],
      undefined,
    ]);
    expect(complete?.outputs[0]?.outputFacets?.["outputStatistics"]).toMatchObject({ rowCount: 0, size: 12 });
    expect(complete?.outputs[1]?.outputFacets).toBeUndefined();
  });

  test("the rules do find faults", () => {
    const broken = {
      ...events[1],
      run: { runId: "job_1", facets: { eider_run: {} } },
      producer: "eider",
      inputs: [{}],
    };
    expect(faultsOfRunEvent(broken)).toEqual([
      "producer",
      "run.runId",
      "run.facets.eider_run._producer",
      "run.facets.eider_run._schemaURL",
      "inputs[0].namespace",
      "inputs[0].name",
    ]);
  });
});
