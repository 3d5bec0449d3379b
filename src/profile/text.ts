/** Text columns: one statement a pass groups the distinct values and takes every figure from the groups. */
import type { ScannedColumn } from "./scan.ts";
import { quoteText } from "./sql.ts";
import type { PatternCount, TextStats, VariantGroup } from "./types.ts";
import { countPartitions, partitionFilter, type Work } from "./work.ts";

export interface TextResult {
  unique: number;
  memoryBytes: number;
  stats: TextStats;
  top: { value: string; count: number }[];
}

/** Values kept per column. */
export const KEPT_VALUES = 100;
/** Longer values are cut in `values`, `patterns` and `variants`. */
const KEPT_CHARACTERS = 200;
const PATTERN_VALUES = 2000;
const KEPT_PATTERNS = 10;
const KEPT_VARIANTS = 20;
/** Text with more distinct values than this is no set of categories, and is not searched for variants. */
const VARIANT_MAX_VALUES = 20_000;

/** UTF-8 that was read as Latin-1 or Windows-1252: `Ã©`, `Â£`, `â€™`, and a byte order mark. */
const MOJIBAKE = "\u00c3[\u0080-\u00bf\u0152-\u2122]|\u00c2[\u0080-\u00bf]|\u00e2\u20ac|\u00ef\u00bb\u00bf";
const DATE_LIKE =
  "^\\s*(\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}|\\d{1,2}[-/.]\\d{1,2}[-/.]\\d{2,4})([ T]\\d{1,2}:\\d{2}.*)?\\s*$";

/**
 * Python's `sys.getsizeof` of a string (CPython 3.11): 49 bytes and one a character for ASCII, 73 and one for Latin-1,
 * 74 and two for the basic plane, 76 and four beyond it.
 */
const PYTHON_SIZE = `CASE
  WHEN strlen(x) = length(x) THEN 49 + length(x)
  WHEN NOT regexp_matches(x, ${quoteText("[^\\x{0000}-\\x{00ff}]")}) THEN 73 + length(x)
  WHEN NOT regexp_matches(x, ${quoteText("[^\\x{0000}-\\x{ffff}]")}) THEN 74 + 2 * length(x)
  ELSE 76 + 4 * length(x) END`;

const BROKEN = `CASE
  WHEN strlen(x) <> length(x) AND (contains(x, chr(65533)) OR regexp_matches(x, ${quoteText(MOJIBAKE)})) THEN true
  ELSE regexp_matches(x, ${quoteText("[\\x{0001}-\\x{0008}\\x{000b}\\x{000c}\\x{000e}-\\x{001f}\\x{007f}]")}) END`;

const NUMERIC_LIKE = `CASE WHEN regexp_matches(x, ${quoteText("^\\s*[-+]?[0-9.]")}) THEN try_cast(x AS DOUBLE) IS NOT NULL ELSE false END`;
const DATE_LIKE_TEST = `CASE WHEN regexp_matches(x, ${quoteText("^\\s*\\d")}) THEN regexp_matches(x, ${quoteText(DATE_LIKE)}) ELSE false END`;

const rewrite = (inner: string, pattern: string, by: string): string =>
  `regexp_replace(${inner}, ${quoteText(pattern)}, ${quoteText(by)}, 'g')`;

/** Letters become `A` and `a`, digits `9`; a run of two or more gets a `+`. */
const SHAPE = [
  ["[\\p{Ll}\\p{Lo}]{2,}", "a+"],
  ["[\\p{Ll}\\p{Lo}]", "a"],
  ["\\p{Lu}{2,}", "A+"],
  ["\\p{Lu}", "A"],
  ["\\p{Nd}{2,}", "9+"],
  ["\\p{Nd}", "9"],
  ["\\s+", " "],
].reduce((inner, [pattern, by]) => rewrite(inner, pattern!, by!), "left(x, 100)");

/** The form that spellings of one category share. */
const NORMALIZED = `lower(trim(${rewrite("x", "\\s+", " ")}))`;

const FACTS = {
  u: "count(*)",
  min_length: "min(length(x))",
  max_length: "max(length(x))",
  characters: "sum(n * length(x))",
  bytes: `sum(n * (${PYTHON_SIZE}))`,
  blank: `sum(n) FILTER (regexp_matches(x, ${quoteText("^\\s*$")}))`,
  padded: `sum(n) FILTER (regexp_matches(x, ${quoteText("^\\s|\\s$")}))`,
  broken: `sum(n) FILTER (${BROKEN})`,
  numeric_like: `sum(n) FILTER (${NUMERIC_LIKE})`,
  date_like: `sum(n) FILTER (${DATE_LIKE_TEST})`,
} as const;

type FactName = keyof typeof FACTS;
type PassRow = { kind: string; v: string | null; n: number | null } & Record<FactName, number | null>;

interface Gathered {
  facts: Record<FactName, number>;
  top: { value: string; count: number }[];
  patterns: PatternCount[];
  patternValues: number;
  variants: VariantGroup[];
  variantValues: number;
}

/** Profiles one column that has a `text`. */
export async function profileTextColumn(work: Work, column: ScannedColumn): Promise<TextResult> {
  const averageBytes = column.count === 0 ? 0 : column.textBytes / column.count;
  const partitions = countPartitions(work, column.approximateUnique, averageBytes);
  const isCategorical = partitions === 1 && column.approximateUnique <= VARIANT_MAX_VALUES;
  const gathered: Gathered = {
    facts: {
      ...(Object.fromEntries(Object.keys(FACTS).map((name) => [name, 0])) as Record<FactName, number>),
      min_length: Infinity,
    },
    top: [],
    patterns: [],
    patternValues: 0,
    variants: [],
    variantValues: 0,
  };
  for (let p = 0; p < partitions && column.count > 0; p++) {
    const sql = buildPass(work, column, partitionFilter("x", p, partitions), p === 0, isCategorical);
    for (const row of await work.query<PassRow>(sql)) gatherRow(gathered, row);
  }
  return summarizeText(column, gathered, isCategorical);
}

function buildPass(
  work: Work,
  column: ScannedColumn,
  filter: string,
  isFirst: boolean,
  isCategorical: boolean,
): string {
  const names = Object.keys(FACTS) as FactName[];
  const facts = names.map((name) => `(${FACTS[name]})::DOUBLE AS ${name}`).join(", ");
  const noFacts = names.map(() => "NULL::DOUBLE").join(", ");
  const branch = (kind: string, value: string, count: string, from: string) =>
    `SELECT '${kind}', ${value}, (${count})::DOUBLE, ${noFacts} FROM (${from})`;
  const branches = [
    `SELECT 'facts' AS kind, NULL::VARCHAR AS v, NULL::DOUBLE AS n, ${facts} FROM g`,
    branch("top", `left(x, ${KEPT_CHARACTERS})`, "n", `SELECT x, n FROM g ORDER BY n DESC, x LIMIT ${KEPT_VALUES}`),
  ];
  if (isFirst && column.kind === "text") {
    const sample = `SELECT ${SHAPE} AS shape, n FROM (SELECT x, n FROM g ORDER BY hash(x) LIMIT ${PATTERN_VALUES})`;
    branches.push(
      branch(
        "pattern",
        "shape",
        "total",
        `SELECT shape, sum(n) AS total FROM (${sample}) GROUP BY shape ORDER BY total DESC, shape LIMIT ${KEPT_PATTERNS}`,
      ),
    );
  }
  if (isCategorical && column.kind === "text") {
    const groups = `SELECT string_agg(left(x, ${KEPT_CHARACTERS}), chr(31) ORDER BY n DESC, x) AS spellings, sum(n) AS total, count(*) AS c FROM g GROUP BY ${NORMALIZED} HAVING count(*) > 1`;
    branches.push(
      branch(
        "variant",
        "spellings",
        "total",
        `SELECT * FROM (${groups}) ORDER BY total DESC, spellings LIMIT ${KEPT_VARIANTS}`,
      ),
      branch("variants", "NULL", "total", `SELECT coalesce(sum(c), 0) AS total FROM (${groups})`),
    );
  }
  const groups = `SELECT x, count(*)::DOUBLE AS n FROM (SELECT ${column.text} AS x FROM ${work.from}) WHERE x IS NOT NULL AND ${filter} GROUP BY x`;
  return `WITH g AS MATERIALIZED (${groups}) ${branches.join(" UNION ALL ")}`;
}

function gatherRow(gathered: Gathered, row: PassRow): void {
  const count = row.n ?? 0;
  switch (row.kind) {
    case "facts":
      for (const name of Object.keys(FACTS) as FactName[]) {
        const value = row[name] ?? (name === "min_length" ? Number.POSITIVE_INFINITY : 0);
        const before = gathered.facts[name];
        if (name === "min_length") gathered.facts[name] = Math.min(before, value);
        else if (name === "max_length") gathered.facts[name] = Math.max(before, value);
        else gathered.facts[name] = before + value;
      }
      if (gathered.patternValues === 0) gathered.patternValues = Math.min(PATTERN_VALUES, row.u ?? 0);
      break;
    case "top":
      gathered.top.push({ value: row.v ?? "", count });
      break;
    case "pattern":
      gathered.patterns.push({ pattern: row.v ?? "", count });
      break;
    case "variant":
      gathered.variants.push({ spellings: (row.v ?? "").split("\u001f"), count });
      break;
    case "variants":
      gathered.variantValues = count;
  }
}

function summarizeText(column: ScannedColumn, gathered: Gathered, isCategorical: boolean): TextResult {
  const { facts, patterns, patternValues, variants, variantValues } = gathered;
  const isEmpty = column.count === 0;
  const byCount = (a: { value: string; count: number }, b: { value: string; count: number }) =>
    b.count - a.count || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
  return {
    unique: facts.u,
    memoryBytes: facts.bytes,
    stats: {
      min_length: isEmpty ? null : facts.min_length,
      mean_length: isEmpty ? null : facts.characters / column.count,
      max_length: isEmpty ? null : facts.max_length,
      patterns,
      pattern_values: patternValues,
      blank: facts.blank,
      padded: facts.padded,
      broken_encoding: facts.broken,
      numeric_like: facts.numeric_like,
      date_like: facts.date_like,
      ...(isCategorical ? { variants, variant_values: variantValues } : {}),
    },
    top: gathered.top.sort(byCount).slice(0, KEPT_VALUES),
  };
}
