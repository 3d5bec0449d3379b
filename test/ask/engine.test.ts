/** What the planner prints must be understood by DuckDB, whatever was asked. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planQuestion } from "../../src/ask/plan.ts";
import { printLiteral, quoteName } from "../../src/ask/print.ts";
import { addFoundValues, listUnknownPhrases, printProbe } from "../../src/ask/probe.ts";
import { addReferences, printReferenceProbe } from "../../src/ask/references.ts";
import type { TableInfo } from "../../src/ask/types.ts";
import { CUSTOMERS, NOW, TRANSACTIONS } from "./tables.ts";

const TYPES: Record<string, string> = {
  integer: "INTEGER",
  float: "DOUBLE",
  string: "VARCHAR",
  date: "DATE",
  boolean: "BOOLEAN",
};
const WORDS =
  "show average total lifetime value customers by country top 5 not most than more 2023 in between and or US churned per month who have no , highest number of each share growth with premium ordered least other every date amount transactions name plan purchase count monthly trend distribution correlation running without which above below 100 at least 3 signed up since March rarest oldest percentage for only named descending different lowest ratio how many what is starts contains missing".split(
    " ",
  );

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(":memory:")).connect();
  for (const table of [CUSTOMERS, TRANSACTIONS]) {
    await connection.run(
      `CREATE TABLE ${table.name} (${table.columns.map((column) => `${quoteName(column.name)} ${TYPES[column.type]}`).join(", ")})`,
    );
  }
});
afterAll(() => connection.closeSync());

describe("printed SQL", () => {
  it("is accepted by the engine for any mixture of words", async () => {
    let planned = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...WORDS), { minLength: 2, maxLength: 11 }), async (words) => {
        const outcome = planQuestion({ question: words.join(" "), tables: [CUSTOMERS, TRANSACTIONS], now: NOW });
        if (outcome.kind !== "planned") return;
        planned++;
        await connection.run(`EXPLAIN ${outcome.sql}`);
      }),
      { numRuns: 1200, seed: 20240515 },
    );
    expect(planned).toBeGreaterThan(100);
  });

  it("quotes names and texts so that they come back unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) => !text.includes("\u0000")),
        async (text) => {
          const reader = await connection.runAndReadAll(`SELECT ${printLiteral(text)} AS ${quoteName(`n${text}`)}`);
          expect(reader.getRowsJson()[0]?.[0]).toBe(text);
          expect(reader.columnNames()[0]).toBe(`n${text}`);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("probes", () => {
  it("find values that the profile did not list, and references that names do not tell", async () => {
    await connection.run(
      "CREATE TABLE places AS SELECT 'P' || i AS code, CASE WHEN i = 777 THEN 'Kabul' ELSE 'Town ' || i END AS name FROM range(2000) t(i)",
    );
    await connection.run(
      "CREATE TABLE trips AS SELECT i AS trip_number, 'P' || (i % 50) AS begins FROM range(300) t(i)",
    );
    const tables: TableInfo[] = [
      {
        name: "places",
        rows: 2000,
        columns: [
          { name: "code", type: "string", distinct: 2000, nulls: 0 },
          { name: "name", type: "string", distinct: 2000, nulls: 0 },
        ],
      },
      {
        name: "trips",
        rows: 300,
        columns: [
          { name: "trip_number", type: "integer", distinct: 300, nulls: 0, min: 0, max: 299 },
          {
            name: "begins",
            type: "string",
            distinct: 50,
            nulls: 0,
            topValues: Array.from({ length: 50 }, (_, i) => ({ value: `P${i}`, count: 6 })),
          },
        ],
      },
    ];
    const counted = (await connection.runAndReadAll(printReferenceProbe(tables) ?? ""))
      .getRowsJson()
      .map(([table, column, target, key, values, found]) => ({
        table: String(table),
        column: String(column),
        target: String(target),
        key: String(key),
        values: Number(values),
        found: Number(found),
      }));
    const known = addReferences(tables, counted);
    expect(known[1]?.references).toEqual([{ column: "begins", table: "places", references: "code" }]);
    const joined = planQuestion({ question: "number of trips per place name", tables: known, now: NOW });
    expect(joined).toMatchObject({
      kind: "planned",
      sql: expect.stringContaining(`JOIN "places" ON "places"."code" = "trips"."begins"`),
    });

    const question = "What is the code of Kabul?";
    const probe = printProbe(listUnknownPhrases(question, known, NOW), known) ?? "";
    const found = (await connection.runAndReadAll(probe))
      .getRowsJson()
      .map(([table, column, value]) => ({ table: String(table), column: String(column), value: String(value) }));
    expect(found).toEqual([{ table: "places", column: "name", value: "Kabul" }]);
    const outcome = planQuestion({ question, tables: addFoundValues(known, found), now: NOW });
    if (outcome.kind !== "planned") throw new Error(outcome.message);
    expect((await connection.runAndReadAll(outcome.sql)).getRowsJson()).toEqual([["P777"]]);
  });
});
