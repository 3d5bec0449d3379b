import { z } from "zod";

const count = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const MB = 1_000_000;

/** Every limit of Eider with its default. A variable of the same name in `wrangler.toml` overrides it. Bytes, seconds or counts. */
export const LimitsSchema = z.object({
  /** Data API: 5 GB a file. */
  MAX_FILE_BYTES: count(5_000 * MB),
  /** Data API: 20 GB an upload. */
  MAX_UPLOAD_BYTES: count(20_000 * MB),
  MAX_FILES_PER_UPLOAD: count(50),
  /** Files above this also get presigned multipart URLs. */
  MULTIPART_THRESHOLD_BYTES: count(100 * MB),
  MAX_ACTIVE_SESSIONS: count(5),
  MAX_QUERIES_PER_MINUTE: count(30),
  /** Data API: 100 MB a query result. */
  MAX_RESULT_BYTES: count(100 * MB),
  MAX_RESULT_ROWS: count(10_000),
  MAX_QUERY_CHARACTERS: count(100_000),
  QUERY_TIME_LIMIT_SECONDS: count(60),
  PRESIGNED_URL_SECONDS: count(3_600),
  EXPORT_RETENTION_DAYS: count(7),
  MAX_REQUEST_BODY_BYTES: count(500 * MB),
  /** Datasets API: 500 MB a dataset file. */
  MAX_DATASET_UPLOAD_BYTES: count(500 * MB),
  /** How long a request for a dataset's statistics or an upload waits for its job before it answers with 202. */
  DATASET_WAIT_SECONDS: count(60),
  /** A file fails when more than this share of its rows had to be set aside. */
  MAX_REJECT_SHARE: z.coerce.number().min(0).max(1).default(0.1),
  /** A column has a type when at least this share of its values is of that type. */
  MIN_TYPE_SHARE: z.coerce.number().min(0.5).max(1).default(0.99),
  MAX_COLUMNS: count(10_000),
  /** Decompressed bytes of one file at most. */
  MAX_DECOMPRESSED_BYTES: count(50_000 * MB),
  /** Decompressed bytes for each compressed byte at most; more is a bomb. */
  MAX_DECOMPRESSION_RATIO: count(2_000),
  /** A running job whose heartbeat is older is started again by cron. */
  JOB_HEARTBEAT_SECONDS: count(120),
  MAX_JOB_ATTEMPTS: count(5),
});

export type Limits = z.infer<typeof LimitsSchema>;

/** Reads the limits from the Worker's variables. Throws a ZodError that names a variable with a wrong value. */
export function readLimits(variables: Record<string, unknown>): Limits {
  return LimitsSchema.parse(variables);
}
