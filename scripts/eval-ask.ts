/**
 * Runs a set of questions against the planner and says how many it answers rightly.
 *
 *   npm run eval:ask -- --questions Q.json --tables DIR [--out result.json] [--only 3,17] [--quiet] [--url URL [--key KEY]]
 *
 * Q.json is an array of {i, db_id, question, gold_sql, ordered, rows?}; DIR holds one folder of CSV files a database
 * (DIR/<db_id>/<table>.csv). Rows that are not given are computed from gold_sql (DuckDB's dialect).
 * With --url (such as http://localhost:8787) the tables are uploaded to that server and the questions asked there over HTTP; without it the
 * planner runs here, over native DuckDB. When an answer counts as right is written in ask/compare-rows.ts.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ServerDatabase } from "./ask/ask-server.ts";
import {
  answerQuestion,
  type Database,
  describeDatabase,
  type Question,
  type Result,
  summarise,
} from "./ask/evaluate.ts";
import { openFolder } from "./ask/profile-tables.ts";

const { values: options } = parseArgs({
  options: {
    questions: { type: "string" },
    tables: { type: "string" },
    out: { type: "string" },
    only: { type: "string" },
    url: { type: "string" },
    key: { type: "string", default: "local-dev-key" },
    quiet: { type: "boolean", default: false },
  },
});
if (options.questions === undefined || options.tables === undefined) {
  console.error("Usage: npm run eval:ask -- --questions Q.json --tables DIR [--out result.json]");
  process.exit(2);
}

const only = options.only === undefined ? undefined : new Set(options.only.split(",").map(Number));
const questions = (JSON.parse(readFileSync(options.questions, "utf8")) as Question[]).filter(
  (question) => only?.has(question.i) ?? true,
);
const databases = new Map<string, Database>();
const servers = new Map<string, ServerDatabase>();
const results: Result[] = [];
for (const [index, question] of questions.entries()) {
  const folder = join(options.tables, question.db_id);
  let database = databases.get(question.db_id);
  if (database === undefined) {
    database = await describeDatabase(await openFolder(folder));
    databases.set(question.db_id, database);
  }
  if (options.url === undefined) results.push(await answerQuestion(question, database));
  else {
    const server = servers.get(question.db_id) ?? (await ServerDatabase.open(options.url, options.key, folder));
    servers.set(question.db_id, server);
    results.push(await server.answer(question, database.port));
  }
  showProgress(index + 1);
}
for (const { port } of databases.values()) port.close();
for (const server of servers.values()) await server.close();
const summary = summarise(results);
if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify({ summary, results }, null, 1)}\n`);
console.log(
  `\n${summary.total} questions: ${summary.right} right (${percent(summary.right, summary.total)}), ${summary.wrong} wrong (${percent(summary.wrong, summary.total)}), ${summary.declined} declined.`,
);
console.log(
  `Of the ${summary.right + summary.wrong} answered, ${percent(summary.right, summary.right + summary.wrong)} are right. ${options.url === undefined ? "Planning" : "An answer"} takes ${summary.medianMilliseconds.toFixed(1)} ms at the median.`,
);
if (summary.goldFailed > 0) console.log(`${summary.goldFailed} gold queries failed.`);

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}

function showProgress(done: number): void {
  if (options.quiet === true || !process.stderr.isTTY) return;
  const width = 40;
  const filled = Math.round((width * done) / questions.length);
  process.stderr.write(`\r[${"#".repeat(filled)}${".".repeat(width - filled)}] ${done}/${questions.length}`);
}
