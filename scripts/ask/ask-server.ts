/** Puts questions to a running server over HTTP, as a client would: the planner, the statistics and the engine are the real ones. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CellValue } from "../../src/ask/types.ts";
import { EiderClient, putFile } from "../eider-client.ts";
import { isSameAnswer } from "./compare-rows.ts";
import type { Question, Result } from "./evaluate.ts";
import type { SqlPort } from "./profile-tables.ts";

/** Questions of one session: its limit of queries a minute, and one to spare. */
const QUESTIONS_PER_SESSION = 29;
const SESSION_NAME = "eval:ask";
const MOST_ROWS = 10_000;
const MOST_ROWS_KEPT = 20;

interface ServerAnswer {
  status: number;
  body: {
    columns?: string[];
    column_types?: string[];
    rows?: CellValue[][];
    generated_sql?: string;
    interpretation?: string;
    execution_time_ms?: number;
    detail?: string;
    code?: string;
  };
}

/** The tables of one database, uploaded to a server. */
export class ServerDatabase {
  readonly #client: EiderClient;
  readonly #key: string;
  readonly #uploadId: string;
  #session: { id: string; asked: number } | undefined;

  private constructor(client: EiderClient, key: string, uploadId: string) {
    this.#client = client;
    this.#key = key;
    this.#uploadId = uploadId;
  }

  /** Uploads the CSV files of a folder and waits until they are parsed. @throws Error with the server's sentence. */
  static async open(url: string, key: string, folder: string): Promise<ServerDatabase> {
    const client = new EiderClient(url, key);
    const names = readdirSync(folder).filter((name) => name.toLowerCase().endsWith(".csv"));
    const upload = await client.createUpload(
      SESSION_NAME,
      names.map((filename) => ({
        filename,
        content_type: "text/csv",
        size_bytes: statSync(join(folder, filename)).size,
      })),
    );
    for (const file of upload.files) await putFile(file.presigned_url, join(folder, file.filename), () => undefined);
    for (const jobId of (await client.confirmUpload(upload)).job_ids) await client.finishJob(jobId, () => undefined);
    return new ServerDatabase(client, key, upload.upload_id);
  }

  /** Asks one question and judges the answer; gold rows that are not given are computed by `port`. */
  async answer(question: Question, port: SqlPort): Promise<Result> {
    const { i, db_id, gold_sql } = question;
    const started = performance.now();
    const { status, body } = await this.#ask(question.question);
    const milliseconds = performance.now() - started;
    const result: Result = { i, db_id, question: question.question, verdict: "declined", gold_sql, milliseconds };
    let gold = question.rows;
    try {
      gold ??= (await port.runSql(gold_sql)).rows;
    } catch (error) {
      return { ...result, verdict: "gold failed", message: String(error) };
    }
    if (body.code === "question_unanswerable" || body.code === "question_unclear")
      return { ...result, message: body.detail ?? "" };
    if (status !== 200 || !body.rows)
      return { ...result, verdict: "wrong", message: `${status}: ${body.detail ?? "no rows"}` };
    const rows = body.rows.map((row) => row.map((cell, at) => readCell(cell, body.column_types?.[at] ?? "")));
    return {
      ...result,
      sql: body.generated_sql ?? "",
      interpretation: body.interpretation ?? "",
      rows: rows.slice(0, MOST_ROWS_KEPT),
      verdict: isSameAnswer(gold, rows, question.ordered, question.row_count) ? "right" : "wrong",
    };
  }

  async #ask(query: string): Promise<ServerAnswer> {
    for (;;) {
      const session_id = await this.#openSession();
      const response = await fetch(`${this.#client.url}/data/query`, {
        method: "POST",
        headers: { authorization: `Bearer ${this.#key}`, "content-type": "application/json" },
        body: JSON.stringify({
          ...{ session_id, query, query_type: "natural_language" },
          ...{ prefer: "table", max_results: MOST_ROWS },
        }),
      });
      const body = (await response.json()) as ServerAnswer["body"];
      // Its session has run its queries of this minute, or was ended to make room for another database's.
      if (response.status !== 429 && response.status !== 410) return { status: response.status, body };
      this.#session = undefined;
      if (response.status === 429) await sleep(1_000);
    }
  }

  async #openSession(): Promise<string> {
    if (!this.#session || this.#session.asked >= QUESTIONS_PER_SESSION) {
      await this.#client.endSessions(SESSION_NAME);
      const { session_id } = await this.#client.openSession(this.#uploadId, SESSION_NAME);
      this.#session = { id: session_id, asked: 0 };
    }
    this.#session.asked++;
    return this.#session.id;
  }

  async close(): Promise<void> {
    await this.#client.endSessions(SESSION_NAME);
    await this.#client.call("DELETE", `/uploads/${this.#uploadId}`);
  }
}

/** Long integers and decimals come as text; a moment without its time of day is a date. */
function readCell(cell: CellValue, type: string): CellValue {
  if (typeof cell === "object" && cell !== null) return JSON.stringify(cell);
  if (typeof cell !== "string") return cell;
  if (/^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT)$/.test(type)) return Number(cell);
  return /^TIMESTAMP/.test(type) ? cell.replace("T", " ").replace(/(\.\d+)?Z$/, "") : cell;
}
