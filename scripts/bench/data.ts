import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { ROOT } from "../local/run-wrangler.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { writeArrowFile } from "./arrow-file.ts";
import { withNative } from "./native.ts";

/** The files that are measured with. Native DuckDB makes them, once; nothing in them is random, so that runs can be compared. */

const FOLDER = `${ROOT}.eider/bench/data`;

export const FORMATS = ["csv", "parquet", "ndjson", "arrow"] as const;
export type Format = (typeof FORMATS)[number];

export const CONTENT_TYPES: Record<Format, string> = {
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet",
  ndjson: "application/x-ndjson",
  arrow: "application/vnd.apache.arrow.file",
};

/** Of one row of `ORDERS`, about. */
const ROW_BYTES: Record<Format, number> = { csv: 88, parquet: 26, ndjson: 181, arrow: 83 };

const COPY_OPTIONS: Record<Exclude<Format, "arrow">, string> = {
  csv: "FORMAT csv, HEADER",
  parquet: "FORMAT parquet, COMPRESSION snappy",
  ndjson: "FORMAT json",
};

export interface DataFile {
  name: string;
  path: string;
  format: Format;
  rows: number;
  bytes: number;
}

/** A table by its name and the SELECT that gives its rows. */
interface Contents {
  name: string;
  select: (rows: number) => string;
}

/** Eight columns of the kinds that uploads have: keys, times, categories, codes, money, counts, flags and free text. */
export const ORDERS: Contents = {
  name: "orders",
  select: (rows) => `SELECT i AS id,
    TIMESTAMP '2024-01-01' + to_seconds(i) AS ordered_at,
    'region-' || (hash(i) % 12) AS region,
    'P' || lpad((hash(i + 1) % 1000)::VARCHAR, 5, '0') AS product,
    ((hash(i + 2) % 100000) / 100)::DECIMAL(10, 2) AS amount,
    (hash(i + 3) % 50 + 1)::INTEGER AS quantity,
    hash(i + 4) % 17 = 0 AS returned,
    'customer' || (hash(i + 5) % 200000) || '@example.com' AS email
  FROM range(${rows}) AS numbers(i)`,
};

/** A number from 0 to 1 that depends on the row alone. */
const uniform = (seed: number) => `((hash(i * 64 + ${seed}) % 1000003) / 1000003)`;
/** About normal: the sum of uniform numbers (Irwin–Hall). */
const normal = (seed: number) => `(${[0, 1, 2, 3].map((k) => uniform(seed + k)).join(" + ")} - 2) / 0.577`;
const missing = (seed: number, share: number, value: string) =>
  `CASE WHEN ${uniform(seed)} < ${share} THEN NULL ELSE ${value} END`;

/**
 * Twenty columns of the kinds that data sets for training have: continuous and skewed numbers, counts, codes, categories of several sizes,
 * names that hardly repeat, dates, flags and gaps.
 *
 * @param shift by how many standard deviations the second version lies off the first.
 */
export const customers = (version: "first" | "second"): Contents => ({
  name: `customers-${version}`,
  select: (rows) => {
    const shift = version === "first" ? 0 : 0.3;
    return `SELECT i AS id,
      round(40 + 12 * ${normal(1)})::INTEGER AS age,
      round(exp(10.4 + ${shift} + 0.6 * ${normal(5)}), 2) AS income,
      ${missing(9, 0.04, `round(650 + 80 * (${normal(10)} + ${shift}))::INTEGER`)} AS credit_score,
      round(${uniform(14)} * 5000, 2) AS balance,
      ${missing(15, 0.1, `round(exp(3 + 1.1 * ${normal(16)}), 3)`)} AS lifetime_value,
      (hash(i * 64 + 20) % 13)::INTEGER AS products,
      floor(-ln(${uniform(21)} + 1e-6) * (8 + 4 * ${shift}))::INTEGER AS visits,
      round(${normal(22)}, 6) AS score,
      ${uniform(26)} AS propensity,
      'country-' || (hash(i * 64 + 27) % 40) AS country,
      ['basic', 'plus', 'pro', 'enterprise'][1 + floor(least(0.999, ${uniform(28)} * (1 + ${shift})) ^ 2 * 4)::INTEGER] AS plan,
      ${missing(29, 0.02, `'channel ' || (hash(i * 64 + 30) % 8)`)} AS channel,
      'C-' || lpad((hash(i * 64 + 31) % 5000)::VARCHAR, 6, '0') AS city,
      'user' || (hash(i * 64 + 32) % (${rows} * 2)) || '@example.com' AS email,
      ${missing(33, 0.3, `'Note ' || (hash(i * 64 + 34) % 300) || ' of the account'`)} AS comment,
      DATE '2015-01-01' + (hash(i * 64 + 35) % 3650)::INTEGER AS signed_up,
      TIMESTAMP '2025-01-01' + to_seconds((hash(i * 64 + 36) % 31536000)::BIGINT) AS last_seen,
      ${uniform(37)} < 0.5 AS subscribed,
      ${uniform(38)} < 0.08 * (1 + ${shift}) AS churned
    FROM range(${rows}) AS numbers(i)`;
  },
});

const MEASURES = [
  "visits",
  "orders",
  "returns",
  "revenue",
  "cost",
  "discount",
  "weight",
  "distance",
  "rating",
  "delay",
];
const LABELS = ["country", "channel", "segment", "device", "payment"];

/** Fifty columns, among them names that hold several words and names that resemble each other. */
export const WIDE: Contents = {
  name: "shop",
  select: (rows) => {
    const measures = MEASURES.flatMap((measure, m) =>
      ["", "_last_month", "_per_customer", "_forecast"].map(
        (ending, e) => `round(${uniform(m * 4 + e)} * ${100 * (m + 1)}, 2) AS ${measure}${ending}`,
      ),
    );
    const labels = LABELS.map((label, l) => `'${label} ' || (hash(i * 64 + ${40 + l}) % ${5 + 7 * l}) AS ${label}`);
    return `SELECT i AS id, DATE '2022-01-01' + (hash(i * 64 + 50) % 1200)::INTEGER AS order_date, ${labels.join(", ")},
      'customer' || (hash(i * 64 + 51) % 30000) AS customer, ${uniform(52)} < 0.1 AS churned,
      (hash(i * 64 + 53) % 80 + 18)::INTEGER AS age, ${measures.join(", ")} FROM range(${rows}) AS numbers(i)`;
  },
};

/** Few columns for very many rows: a key, a continuous number, a category, a day. */
export const READINGS: Contents = {
  name: "readings",
  select: (
    rows,
  ) => `SELECT i AS id, round(20 + 5 * ${normal(1)}, 5) AS temperature, 'station-' || (hash(i * 64 + 5) % 500) AS station,
    DATE '2020-01-01' + (i // 25000)::INTEGER AS day FROM range(${rows}) AS numbers(i)`,
};

/** Makes a file of about so many bytes or just so many rows, unless it is there. */
export async function makeFile(
  contents: Contents,
  format: Format,
  size: { megabytes: number } | { rows: number },
): Promise<DataFile> {
  const rows = "rows" in size ? size.rows : Math.ceil((size.megabytes * 1_000_000) / ROW_BYTES[format]);
  const name = `${contents.name}_${rows}.${format}`;
  const path = `${FOLDER}/${name}`;
  if (!existsSync(path)) {
    mkdirSync(FOLDER, { recursive: true });
    const bar = new ProgressBar(`Making ${name}`);
    const unfinished = `${path}.${process.pid}`;
    try {
      await withNative(":memory:", 2, async (db) => {
        if (format === "arrow")
          await writeArrowFile(db, contents.select(rows), unfinished, (done) => bar.update(done / rows));
        else await db.run(`COPY (${contents.select(rows)}) TO '${unfinished}' (${COPY_OPTIONS[format]})`);
      });
      renameSync(unfinished, path);
    } finally {
      rmSync(unfinished, { force: true });
    }
    bar.finish();
  }
  return { name, path, format, rows, bytes: statSync(path).size };
}
