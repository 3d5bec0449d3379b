import { describe, expect, it } from "vitest";
import { matchPeriod } from "../../src/ask/dates.ts";
import { tokenize } from "../../src/ask/tokens.ts";

/** A Wednesday. */
const NOW = new Date("2024-05-15T10:00:00Z");

describe("matchPeriod", () => {
  it.each([
    ["2023", "2023-01-01", "2024-01-01"],
    ["2023-04", "2023-04-01", "2023-05-01"],
    ["2023-04-05", "2023-04-05", "2023-04-06"],
    ["31.12.2023", "2023-12-31", "2024-01-01"],
    ["5/6/2023", "2023-05-06", "2023-05-07"],
    ["in March 2021", "2021-03-01", "2021-04-01"],
    ["on January 5, 2012", "2012-01-05", "2012-01-06"],
    ["on 29 February 2024", "2024-02-29", "2024-03-01"],
    ["in Q3 2020", "2020-07-01", "2020-10-01"],
    ["in the first quarter of 2020", "2020-01-01", "2020-04-01"],
    ["in the 1990s", "1990-01-01", "2000-01-01"],
    ["last month", "2024-04-01", "2024-05-01"],
    ["last quarter", "2024-01-01", "2024-04-01"],
    ["this year", "2024-01-01", "2025-01-01"],
    ["last week", "2024-05-06", "2024-05-13"],
    ["the past 30 days", "2024-04-16", "2024-05-16"],
    ["yesterday", "2024-05-14", "2024-05-15"],
    ["orders in may", "2024-05-01", "2024-06-01"],
    ["on march 5", "2024-03-05", "2024-03-06"],
    ["on 24 december", "2023-12-24", "2023-12-25"],
    ["in the first quarter", "2024-01-01", "2024-04-01"],
    ["in q4", "2023-10-01", "2024-01-01"],
    ["over the past year", "2023-05-16", "2024-05-16"],
  ])("%s", (text, from, to) => {
    const tokens = tokenize(text);
    const found = tokens.map((_, at) => matchPeriod(tokens, at, NOW)).find((period) => period !== undefined);
    expect(found?.period).toMatchObject({ from, to });
  });

  it.each([
    ["last month compared to the month before", "2024-03-01", "2024-04-01"],
    ["last month vs the previous month", "2024-03-01", "2024-04-01"],
    ["in March 2021 and the year before", "2020-03-01", "2020-04-01"],
    ["this quarter vs the same quarter last year", "2023-04-01", "2023-07-01"],
    ["last week vs the week before", "2024-04-29", "2024-05-06"],
    ["in may and june 2023 and the month before", "2023-05-01", "2023-06-01"],
  ])("%s, the last period", (text, from, to) => {
    const tokens = tokenize(text);
    const found = [];
    for (let at = 0; at < tokens.length; at++) {
      const period = matchPeriod(tokens, at, NOW);
      if (period === undefined) continue;
      found.push(period.period);
      at += period.length - 1;
    }
    expect(found.at(-1)).toMatchObject({ from, to });
  });

  it.each(["2023-02-30", "you may", "12345"])("%s is no period", (text) => {
    const tokens = tokenize(text);
    const found = tokens
      .map((_, at) => matchPeriod(tokens, at, NOW))
      .find((period) => period !== undefined && period.period.bareYear === undefined);
    expect(found).toBeUndefined();
  });
});
