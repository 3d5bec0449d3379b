import type { ResultShape } from "../ask/types.ts";
import type { Database } from "../storage/database.ts";
import type { RateLimit } from "./errors.ts";
import type { Limits } from "./limits.ts";

/** Who is calling, and what the key allows. */
export interface Caller {
  userId: string;
  email: string;
  scopes: readonly string[];
  /** The organisation that a token of the Files API was asked for; its files belong to that unless they say otherwise. */
  organization?: string | undefined;
}

/** Presigned URLs for one object, part by part. */
export interface MultipartUrls {
  upload_id: string;
  /** Bytes of each part but the last. */
  part_size: number;
  parts: { part_number: number; url: string }[];
  complete_url: string;
  abort_url: string;
}

/** Where a presigned URL points and who signs it. */
export interface Presigner {
  presignMultipart(request: { key: string; sizeBytes: number; contentType: string }): Promise<MultipartUrls>;
  /** A URL that takes one request with `method` on `key` until `expiresAt`. */
  presign(request: { method: "GET" | "PUT" | "POST"; key: string; query?: Record<string, string> }): Promise<string>;
}

/** What use cases work with. Effects come in here, so that a test can hand in its own clock or limits. */
export interface Services {
  readonly db: Database;
  readonly bucket: R2Bucket;
  readonly jobs: Queue<JobMessage>;
  readonly presigner: Presigner;
  readonly sessions: SessionRooms;
  readonly workbenches: WorkbenchRooms;
  /** Null where no mail can be sent. */
  readonly mailer: Mailer | null;
  /** Whether a webhook may go to this machine: only under `wrangler dev`. */
  readonly allowsLocalWebhooks: boolean;
  readonly limits: Limits;
  /** Base of the URLs in answers, such as `https://api.example.com`. */
  readonly origin: string;
  readonly now: () => Date;
  /** Random lower-case letters and digits, unguessable (≥ 100 bits). */
  readonly randomId: () => string;
  /** A random UUID, for what the Datasets API names. */
  readonly randomUuid: () => string;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** Sends mail in plain text. */
export interface Mailer {
  send(mail: { to: string; subject: string; text: string }): Promise<void>;
}

/** Queue messages carry ids, never payloads. */
export interface JobMessage {
  jobId: string;
}

/** The Session objects, seen from the core. */
export interface SessionRooms {
  get(sessionId: string): SessionRoom;
}

export interface QueryRequest {
  queryId: string;
  queryType: "sql" | "natural_language";
  /** As the user asked it. */
  query: string;
  sql: string;
  /** Null: no limit but that of bytes. */
  maxRows: number | null;
  format: ResultFormat;
  /** Bytes of the answer at most, where another limit than `MAX_RESULT_BYTES` holds. */
  maxBytes?: number | undefined;
  /** Seconds at most, where another limit than `QUERY_TIME_LIMIT_SECONDS` holds. */
  timeLimitSeconds?: number | undefined;
  /** Comes with a question, whose `sql` is empty until it is planned. */
  ask?: AskRequest | undefined;
}

export const ANSWER_FORMS = ["table", "visualization", "text"] as const;
/** How a question is answered: rows, a chart, or a sentence. */
export type AnswerForm = (typeof ANSWER_FORMS)[number];

export interface AskRequest {
  /** The session's tables: the names that queries use, and what they are in the database. */
  tables: { name: string; tableId: string }[];
  /** The form that the caller wants, whatever the question says. */
  prefer?: AnswerForm | undefined;
  /** A single figure is told in a sentence rather than as a table. */
  saysValues: boolean;
}

/** How a question was understood, and how it is to be answered. */
export interface QuestionPlan {
  sql: string;
  /** What the query does, in plain words. */
  interpretation: string;
  title: string;
  /** Choices that the question left open. */
  assumptions: string[];
  /** What the result's columns are for; null where a model wrote the query. */
  shape: ResultShape | null;
  planner: "built-in" | "model";
  /** What else the asker should know. */
  notes: string[];
  form: AnswerForm;
  /** The question asks for a file with a picture. */
  image: boolean;
}

export const RESULT_FORMATS = ["json", "csv", "ndjson", "arrow"] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];

/** One entry of a session's history. */
export interface HistoryEntry {
  queryId: string;
  queryType: "sql" | "natural_language";
  query: string;
  sql: string;
  executedAt: string;
  executionTimeMs: number | null;
  status: "running" | "completed" | "failed";
  rowCount: number | null;
  error: string | null;
}

/** A table file in R2 under the name that queries use. */
export interface SessionSource {
  name: string;
  objectKey: string;
  /** Where its block layout is; the object may be missing. */
  layoutKey: string;
  objectBytes: number;
  columnCount: number;
}

export interface SessionSetup {
  sessionId: string;
  tables: SessionSource[];
  expiresAt: number;
  /** Null: as many as the engine can run. */
  queriesPerMinute: number | null;
}

/** A query's outcome as it crosses from the Session object: errors lose their class on the way, so they travel as values. */
export type QueryOutcome = { ok: true; value: QueryAnswer } | { ok: false; error: QueryFailure };

export interface QueryFailure {
  code: string;
  message: string;
  rateLimit?: RateLimit;
  /** Extra members of the error's document. */
  members?: Record<string, unknown>;
}

/**
 * The columns at once, the rows as they come.
 *
 * For `json` the body is the rows as JSON arrays with commas between them, then a newline (which the rows never hold), then a `RowsEnd`
 * as JSON. For the other formats it is the answer's body itself.
 */
export interface QueryAnswer {
  columns: { name: string; type: string }[];
  body: ReadableStream<Uint8Array>;
  /**
   * Whether there are more rows than were asked for, as far as it is known before the rows; a `RowsEnd` knows it after them. Without a
   * number of rows it is false: such an answer is whole, or breaks off.
   */
  isCut: boolean | undefined;
  /** Queries of this minute; null without a limit. */
  rateLimit: RateLimit | null;
  /** For a question: how it was understood. */
  plan?: QuestionPlan | undefined;
}

/** How a stream of rows ended. */
export interface RowsEnd {
  rowCount: number;
  truncated: boolean;
  reason: string | null;
  executionTimeMs: number;
  error?: { code: string; message: string };
}

export interface SessionRoom {
  open(setup: SessionSetup): Promise<void>;
  query(request: QueryRequest): Promise<QueryOutcome>;
  history(): Promise<HistoryEntry[]>;
  /** Cancels what runs and forgets everything. Idempotent. */
  close(): Promise<void>;
}

/** One job's Workbench object, seen from the core. */
export interface WorkbenchRoom {
  /** Makes sure that the job is being worked on. Idempotent. */
  start(jobId: string): Promise<void>;
  cancel(): Promise<void>;
}

export interface WorkbenchRooms {
  get(jobId: string): WorkbenchRoom;
}
