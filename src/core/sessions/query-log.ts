import type { HistoryEntry, QueryRequest } from "../services.ts";

const MINUTE_MS = 60_000;
/** A session lasts a week at most; at 30 queries a minute nobody reads more than this. */
const KEPT_QUERIES = 10_000;

/** Seconds to wait, or how many queries are left in this minute. */
export type Admission = { admitted: true; remaining: number | null } | { admitted: false; retryAfterSeconds: number };

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
    if (perMinute !== null && recent.n >= perMinute)
      return {
        admitted: false,
        retryAfterSeconds: Math.max(1, Math.ceil(((recent.first ?? now) + MINUTE_MS - now) / 1000)),
      };
    this.#sql.exec(
      "insert into queries (query_id, query_type, query, sql, executed_at, status) values (?, ?, ?, ?, ?, 'running')",
      request.queryId,
      request.queryType,
      request.query,
      request.sql,
      now,
    );
    this.#sql.exec("delete from queries where number <= (select max(number) from queries) - ?", KEPT_QUERIES);
    return { admitted: true, remaining: perMinute === null ? null : perMinute - recent.n - 1 };
  }

  /** Writes down the SQL that a question came to. */
  notePlan(queryId: string, sql: string): void {
    this.#sql.exec("update queries set sql = ? where query_id = ?", sql, queryId);
  }

  finish(queryId: string, end: { executionTimeMs: number; rowCount: number | null; error: string | null }): void {
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
