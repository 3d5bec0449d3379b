import { expect, it } from "vitest";
import { listUnknownPhrases } from "../../src/ask/probe.ts";
import { CUSTOMERS, NOW, TRANSACTIONS } from "./tables.ts";

it.each([
  ["How many customers are there?", []],
  ["How many customers come from somewhere else?", ["somewhere"]],
  ["transactions of Acme Tools made last year", ["acme", "acme tools", "tools"]],
  ["transactions of “Blue Harbour”", ["blue harbour"]],
  ["average amount by country", []],
])("%s: only words that may be values are looked up", (question, phrases) => {
  expect(listUnknownPhrases(question, [CUSTOMERS, TRANSACTIONS], NOW).sort()).toEqual([...phrases].sort());
});
