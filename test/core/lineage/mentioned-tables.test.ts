import { expect, test } from "vitest";
import { mentionedTables } from "../../../src/core/lineage/mentioned-tables.ts";

const tables = ["sales", "Länder", "two words", "unused"].map((name) => ({ name }));

test.each([
  ["SELECT * FROM sales", ["sales"]],
  ["select * from SALES s join länder using (id)", ["sales", "Länder"]],
  ['SELECT "two words"."a" FROM "Two Words"', ["two words"]],
  ["SELECT * FROM (WITH x AS (FROM sales) SELECT (SELECT count(*) FROM Länder) FROM x)", ["sales", "Länder"]],
  ["SELECT 'sales' -- unused\n/* Länder /* nested */ */", []],
  ["SELECT $$sales$$", []],
  ["SELECT 'never ends", []],
  ["", []],
])("%s", (sql, expected) => {
  expect(mentionedTables(sql, tables).map((table) => table.name)).toEqual(expected);
});
