/** Turns of speech of analysts: durations, units, shares, persons named in rows, whole rows, what has happened or never did. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../scripts/ask/evaluate.ts";
import { ask, openTables } from "./asked.ts";

const TABLES = [
  `CREATE TABLE calls AS SELECT i AS call_no, ['Heron', 'Otter', 'Lynx', NULL, 'Otter', NULL][1 + (i * 7) % 6] AS agent_name, ['sales', 'support'][1 + i % 2] AS queue,
     TIMESTAMP '2026-01-01 08:00:00' + to_minutes(i * 137) AS started_at,
     CASE WHEN i % 11 = 0 THEN NULL ELSE TIMESTAMP '2026-01-01 08:00:00' + to_minutes(i * 137 + 3 + (i * 7) % 90) END AS ended_at,
     (i * 31) % 700 AS wait_seconds, ['answered', 'answered', 'denied'][1 + i % 3] AS outcome FROM range(1, 301) t(i)`,
  `CREATE TABLE games AS SELECT i AS game_id, ['home win', 'draw', 'away win', 'draw', 'draw'][1 + i % 5] AS result, ['Gambit', 'Defence'][1 + i % 2] AS opening,
     DATE '2025-01-01' + i::INT AS played_on, i % 3 = 0 AS rated FROM range(1, 90) t(i)`,
  `CREATE TABLE plans AS SELECT i AS plan_no, ['gold', 'silver'][1 + i % 2] AS tier, DATE '2025-01-01' + (i * 2)::INT AS start_date,
     CASE WHEN i % 3 = 0 THEN DATE '2025-01-01' + (i * 2 + (i * 17) % 200)::INT END AS cancel_date FROM range(1, 121) t(i)`,
  `CREATE TABLE sites AS SELECT i AS site_id, ['Elm', 'Oak', 'Ash', 'Fir', 'Yew'][i] AS site_name, i * 3.5 AS hectares FROM range(1, 6) t(i)`,
  `CREATE TABLE loads AS SELECT i AS load_id, 1 + (i * i * i) % 17 % 4 AS site_id, CASE WHEN i % 4 = 0 THEN 'gravel' ELSE ['gravel', 'sand', 'clay'][1 + i % 3] END AS material, (i * 13) % 40 + 0.5 AS tonnes,
     DATE '2024-01-01' + (i * 3)::INT AS ordered_on, CASE WHEN i % 6 = 0 THEN NULL ELSE DATE '2024-01-01' + (i * 3 + (i * 5) % 9)::INT END AS shipped_on,
     ['Wren', 'Stoat', 'Ibis', 'Stoat'][1 + i % 4] AS driver, 100 + (i * 17) % 90 AS list_price, 90 + (i * 23) % 80 AS sale_price, i % 7 = 0 AS oversized FROM range(1, 241) t(i)`,
];

let database: Database;
beforeAll(async () => {
  database = await openTables(TABLES);
});
afterAll(() => database.port.close());

describe("turns of speech", () => {
  it.each([
    // The time between two moments
    ["average days between order and shipping", "SELECT avg(date_diff('day', ordered_on, shipped_on)) FROM loads"],
    [
      "average time from ordered to shipped by material",
      "SELECT material, avg(date_diff('day', ordered_on, shipped_on)) FROM loads GROUP BY 1",
    ],
    ["how long does shipping take on average", "SELECT avg(date_diff('day', ordered_on, shipped_on)) FROM loads"],
    ["loads shipped within 3 days", "SELECT load_id FROM loads WHERE date_diff('day', ordered_on, shipped_on) <= 3"],
    ["how many loads were shipped the same day", "SELECT count(*) FROM loads WHERE shipped_on = ordered_on"],
    ["loads that took more than a week to ship", "SELECT load_id FROM loads WHERE shipped_on - ordered_on > 7"],
    [
      "avg call length by queue",
      "SELECT queue, avg(date_diff('second', started_at, ended_at) / 60.0) FROM calls GROUP BY 1",
    ],
    ["total duration of calls in hours", "SELECT sum(date_diff('second', started_at, ended_at)) / 3600.0 FROM calls"],
    ["calls longer than an hour", "SELECT call_no FROM calls WHERE date_diff('second', started_at, ended_at) > 3600"],
    [
      "loads shipped in less than 3 days",
      "SELECT load_id FROM loads WHERE date_diff('day', ordered_on, shipped_on) < 3",
    ],
    ["plans cancelled within 90 days", "SELECT plan_no FROM plans WHERE cancel_date - start_date <= 90"],
    ["average lifetime of cancelled plans", "SELECT avg(cancel_date - start_date) FROM plans"],
    // Units
    ["total hours waited per queue", "SELECT queue, sum(wait_seconds) / 3600.0 FROM calls GROUP BY 1"],
    ["how many calls waited more than 5 minutes", "SELECT count(*) FROM calls WHERE wait_seconds > 300"],
    ["avg wait time per queue in minutes", "SELECT queue, avg(wait_seconds) / 60.0 FROM calls GROUP BY 1"],
    [
      "tonnes per hectare by site",
      "SELECT site_name, sum(tonnes) / any_value(hectares) FROM loads JOIN sites USING (site_id) GROUP BY site_id, 1",
    ],
    ["how many tonnes of sand", "SELECT sum(tonnes) FROM loads WHERE material = 'sand'"],
    [
      "tonnes per month in 2025",
      "SELECT date_trunc('month', ordered_on), sum(tonnes) FROM loads WHERE year(ordered_on) = 2025 GROUP BY 1",
    ],
    // Shares
    [
      "% denied per queue",
      "SELECT queue, 100.0 * count(*) FILTER (WHERE outcome = 'denied') / count(*) FROM calls GROUP BY 1",
    ],
    ["denied share", "SELECT 100.0 * count(*) FILTER (WHERE outcome = 'denied') / count(*) FROM calls"],
    [
      "each material's share of total tonnes",
      "SELECT material, 100.0 * sum(tonnes) / sum(sum(tonnes)) OVER () FROM loads GROUP BY 1",
    ],
    [
      "denial rate per queue",
      "SELECT queue, 100.0 * count(*) FILTER (WHERE outcome = 'denied') / count(*) FROM calls GROUP BY 1",
    ],
    [
      "draw rate by opening",
      "SELECT opening, 100.0 * count(*) FILTER (WHERE result = 'draw') / count(*) FROM games GROUP BY 1",
    ],
    ["cancellation rate per tier", "SELECT tier, 100.0 * count(cancel_date) / count(*) FROM plans GROUP BY 1"],
    // Averages of counts
    [
      "average calls per agent",
      "SELECT avg(n) FROM (SELECT count(*) AS n FROM calls WHERE agent_name IS NOT NULL GROUP BY agent_name)",
    ],
    // Persons that rows name
    [
      "who took the most calls",
      "SELECT agent_name FROM calls WHERE agent_name IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    ],
    ["who moved the most tonnes", "SELECT driver FROM loads GROUP BY 1 ORDER BY sum(tonnes) DESC LIMIT 1"],
    ["calls per agent", "SELECT agent_name, count(*) FROM calls GROUP BY 1"],
    // Whole rows, and the first and last of them
    ["show all rows of sites", "SELECT * FROM sites"],
    ["latest 3 loads", "SELECT load_id FROM loads ORDER BY ordered_on DESC LIMIT 3"],
    ["last 10 loads", "SELECT load_id FROM loads ORDER BY ordered_on DESC LIMIT 10"],
    ["everything about Oak", "SELECT * FROM sites WHERE site_name = 'Oak'"],
    // Sides that are told apart
    [
      "weekend vs weekday calls",
      "SELECT CASE WHEN dayofweek(started_at) IN (0, 6) THEN 'weekend' ELSE 'weekday' END, count(*) FROM calls GROUP BY 1",
    ],
    [
      "average wait seconds on weekdays and weekends",
      "SELECT CASE WHEN dayofweek(started_at) IN (0, 6) THEN 'weekend' ELSE 'weekday' END, avg(wait_seconds) FROM calls GROUP BY 1",
    ],
    ["avg tonnes oversized vs not oversized", "SELECT oversized, avg(tonnes) FROM loads GROUP BY 1"],
    // What has happened, or never did
    ["sand loads not shipped yet", "SELECT load_id FROM loads WHERE material = 'sand' AND shipped_on IS NULL"],
    ["loads not shipped", "SELECT load_id FROM loads WHERE shipped_on IS NULL"],
    [
      "number of loads shipped per material",
      "SELECT material, count(*) FROM loads WHERE shipped_on IS NOT NULL GROUP BY 1",
    ],
    ["sites never ordered from", "SELECT site_name FROM sites WHERE site_id NOT IN (SELECT site_id FROM loads)"],
    [
      "drivers who never moved clay",
      "SELECT driver FROM loads EXCEPT SELECT driver FROM loads WHERE material = 'clay'",
    ],
    // Rankings and figures
    [
      "which site gave the most gravel",
      "SELECT site_name FROM loads JOIN sites USING (site_id) WHERE material = 'gravel' GROUP BY 1 ORDER BY sum(tonnes) DESC LIMIT 1",
    ],
    [
      "top 2 sites by loads",
      "SELECT site_name FROM loads JOIN sites USING (site_id) GROUP BY 1 ORDER BY count(*) DESC LIMIT 2",
    ],
    ["average difference between list and sale price", "SELECT avg(list_price - sale_price) FROM loads"],
    ["how many games ended in a draw", "SELECT count(*) FROM games WHERE result = 'draw'"],
    ["most played opening", "SELECT opening FROM games GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"],
    ["calls by hour", "SELECT hour(started_at), count(*) FROM calls GROUP BY 1"],
    ["loads with 30+ tonnes", "SELECT load_id FROM loads WHERE tonnes >= 30"],
    ["busiest hour", "SELECT hour(started_at) FROM calls GROUP BY 1 ORDER BY count(*) DESC, 1 DESC LIMIT 1"],
  ])("%s", async (question, gold) => {
    const result = await ask(database, question, gold);
    expect(result, `${result.sql ?? result.message}`).toMatchObject({ verdict: "right" });
  });

  it.each([
    // A rate of what no column counts
    "arrival rate per driver",
    // A figure is not given in a unit of another kind, nor added up more than once
    "average list price in hours",
    "tonnes per hectare by material",
    "where do our calls come from",
  ])("declines %s", async (question) => {
    const result = await ask(database, question, "SELECT 1");
    expect(result, `${result.sql}`).toMatchObject({ verdict: "declined" });
  });
});
