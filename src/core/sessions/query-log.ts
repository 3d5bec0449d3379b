import type { RateLimit } from "../errors.ts";
import type { HistoryEntry, QueryRequest } from "../services.ts";

const MINUTE_MS = 60_000;
/** A session lasts a week at most; at 30 queries a minute nobody reads more than this. */
const KEPT_QUERIES = 10_000;

/** Whether a query may run, and how many of this minute are left. */
export interface Admission {
  isAdmitted: boolean;
  /** Null without a limit. */
  rateLimit: RateLimit | null;
}

interface QueryRow extends Record<string, SqlStorageValue> {
  query_id: string;
  query_type: string;
  query: string;
  sql: string;
  executed_at: number;
  execution_time_ms: number | null;
  status: string;
  row_count: number | null;
  error: string | null;
}

/** The queries of one session in its object's SQLite: history and rate limit in one. */
export class QueryLog {
  readonly #sql: SqlStorage;
  #isClosed = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`create table if not exists queries (
      number integer primary key, query_id text not null, query_type text not null, query text not null, sql text not null,
      executed_at integer not null, execution_time_ms real, status text not null, row_count integer, error text)`);
    sql.exec("create index if not exists queries_executed on queries (executed_at)");
    sql.exec(
      "update queries set status = 'failed', error = 'The session was restarted while this ran.' where status = 'running'",
    );
  }

  /** Admits a query if fewer than `perMinute` were admitted in the minute before `now`, and writes it down as running. */
  admit(request: QueryRequest, perMinute: number | null, now: number): Admission {
    const recent = this.#sql
      .exec<{ n: number; first: number | null }>(
        "select count(*) as n, min(executed_at) as first from queries where executed_at > ?",
        now - MINUTE_MS,
      )
      .one();
    const resetSeconds = Math.max(1, Math.ceil(((recent.first ?? now) + MINUTE_MS - now) / 1000));
    if (perMinute !== null && recent.n >= perMinute)
      return { isAdmitted: false, rateLimit: { limit: perMinute, remaining: 0, resetSeconds } };
    this.#sql.exec(
      "insert into queries (query_id, query_type, query, sql, executed_at, status) values (?, ?, ?, ?, ?, 'running')",
      request.queryId,
      request.queryType,
      request.query,
      request.sql,
      now,
    );
    this.#sql.exec("delete from queries where number <= (select max(number) from queries) - ?", KEPT_QUERIES);
    const rateLimit =
      perMinute === null ? null : { limit: perMinute, remaining: perMinute - recent.n - 1, resetSeconds };
    return { isAdmitted: true, rateLimit };
  }

  /** What comes after this is not written down any more: the object's storage is about to be emptied while queries still end. */
  close(): void {
    this.#isClosed = true;
  }

  /** Writes down the SQL that a question came to. */
  notePlan(queryId: string, sql: string): void {
    if (this.#isClosed) return;
    this.#sql.exec("update queries set sql = ? where query_id = ?", sql, queryId);
  }

  finish(queryId: string, end: { executionTimeMs: number; rowCount: number | null; error: string | null }): void {
    if (this.#isClosed) return;
    this.#sql.exec(
      "update queries set status = ?, execution_time_ms = ?, row_count = ?, error = ? where query_id = ?",
      end.error === null ? "completed" : "failed",
      end.executionTimeMs,
      end.rowCount,
      end.error,
      queryId,
    );
  }

  /** Oldest first. */
  list(): HistoryEntry[] {
    if (this.#isClosed) return [];
    return this.#sql
      .exec<QueryRow>("select * from queries order by number")
      .toArray()
      .map((row) => ({
        queryId: row.query_id,
        queryType: row.query_type as HistoryEntry["queryType"],
        query: row.query,
        sql: row.sql,
        executedAt: new Date(row.executed_at).toISOString(),
        executionTimeMs: row.execution_time_ms,
        status: row.status as HistoryEntry["status"],
        rowCount: row.row_count,
        error: row.error,
      }));
  }
}
