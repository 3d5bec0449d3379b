/** Text columns: a statement groups their distinct values once and takes every figure from the groups. */
import type { ScannedColumn } from "./scan.ts";
import { quoteText } from "./sql.ts";
import type { PatternCount, TextStats, VariantGroup } from "./types.ts";
import { countPartitions, cutBatches, partitionFilter, type Work } from "./work.ts";

export interface TextResult {
  unique: number;
  memoryBytes: number;
  stats: TextStats;
  top: { value: string; count: number }[];
}

/** Longer values are cut in `values`, `patterns` and `variants`. */
const KEPT_CHARACTERS = 200;
const PATTERN_VALUES = 2000;
const KEPT_PATTERNS = 10;
const KEPT_VARIANTS = 20;
/** Text with more distinct values than this is no set of categories, and is not searched for variants. */
const VARIANT_MAX_VALUES = 20_000;

/** UTF-8 that was read as Latin-1 or Windows-1252: `Ã©`, `Â£`, `â€™`, and a byte order mark. */
export const MOJIBAKE = "\u00c3[\u0080-\u00bf\u0152-\u2122]|\u00c2[\u0080-\u00bf]|\u00e2\u20ac|\u00ef\u00bb\u00bf";
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

// Regular expressions are dear. Byte order tells most values apart from those that could match: white space, signs and
// digits sort before ":", and white space before "!".
const STARTS_BLANK = "x < '!'";
const STARTS_LIKE_NUMBER = "x < ':'";
const ENDS_BLANK = [32, 9, 10, 13].map((code) => `suffix(x, chr(${code}))`).join(" OR ");

const when = (cheap: string, test: string): string => `CASE WHEN ${cheap} THEN ${test} ELSE false END`;
const matches = (pattern: string): string => `regexp_matches(x, ${quoteText(pattern)})`;

const BLANK = when(STARTS_BLANK, matches("^\\s*$"));
const PADDED = when(`${STARTS_BLANK} OR ${ENDS_BLANK}`, matches("^\\s|\\s$"));
const BROKEN = `(contains(x, chr(0)) OR ${when("strlen(x) <> length(x)", `(contains(x, chr(65533)) OR ${matches(MOJIBAKE)})`)})`;
const NUMERIC_LIKE = when(
  STARTS_LIKE_NUMBER,
  when(matches("^\\s*[-+]?\\.?[0-9]"), "try_cast(x AS DOUBLE) IS NOT NULL"),
);
const DATE_LIKE_TEST = when(STARTS_LIKE_NUMBER, matches(DATE_LIKE));

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
  blank: `sum(n) FILTER (${BLANK})`,
  padded: `sum(n) FILTER (${PADDED})`,
  broken: `sum(n) FILTER (${BROKEN})`,
  numeric_like: `sum(n) FILTER (${NUMERIC_LIKE})`,
  date_like: `sum(n) FILTER (${DATE_LIKE_TEST})`,
} as const;

type FactName = keyof typeof FACTS;
const FACT_NAMES = Object.keys(FACTS) as FactName[];
type PassRow = { kind: string; c: number; v: string | null; n: number | null } & Record<FactName, number | null>;

interface Gathered {
  facts: Record<FactName, number>;
  top: { value: string; count: number }[];
  patterns: PatternCount[];
  patternValues: number;
  variants: VariantGroup[];
  variantValues: number;
}

interface TextPlan {
  column: ScannedColumn;
  partitions: number;
  isCategorical: boolean;
  gathered: Gathered;
}

/** What a group costs here besides its hash table entry: the groups are kept, and read by several branches at once. */
const STATEMENT_BYTES = 80;
/** Distinct values of all columns that one statement groups. */
const GROUPS_PER_STATEMENT = 32_768;
const COLUMNS_PER_STATEMENT = 48;

/** Profiles all columns that have a `text`: small ones many to a statement, large ones in passes by hash. */
export async function profileTextColumns(
  work: Work,
  columns: readonly ScannedColumn[],
): Promise<Map<ScannedColumn, TextResult>> {
  const plans = columns.map((column) => planColumn(work, column));
  // A column that needs more than one pass stands alone.
  const weight = ({ column, partitions }: TextPlan) =>
    partitions > 1
      ? GROUPS_PER_STATEMENT
      : Math.max(
          GROUPS_PER_STATEMENT / COLUMNS_PER_STATEMENT,
          column.approximateUnique * (1 + averageBytes(column) / 64),
        );
  let done = 0;
  for (const batch of cutBatches(plans, GROUPS_PER_STATEMENT, weight)) {
    const passes = Math.max(...batch.map(({ partitions }) => partitions));
    for (let p = 0; p < passes; p++) {
      for (const row of await work.query<PassRow>(buildPass(work, batch, p, passes))) {
        gatherRow(batch[row.c]!.gathered, row);
      }
    }
    done += batch.length;
    work.report("text", done, columns.length);
  }
  return new Map(plans.map((plan) => [plan.column, summarizeText(plan, work.keptValues)]));
}

const averageBytes = ({ count, textBytes }: ScannedColumn): number => (count === 0 ? 0 : textBytes / count);

function planColumn(work: Work, column: ScannedColumn): TextPlan {
  const partitions = countPartitions(work, column.approximateUnique, STATEMENT_BYTES + averageBytes(column));
  const zeros = Object.fromEntries(FACT_NAMES.map((name) => [name, 0])) as Record<FactName, number>;
  return {
    column,
    partitions,
    isCategorical: column.kind === "text" && partitions === 1 && column.approximateUnique <= VARIANT_MAX_VALUES,
    gathered: {
      facts: { ...zeros, min_length: Number.POSITIVE_INFINITY },
      top: [],
      patterns: [],
      patternValues: 0,
      variants: [],
      variantValues: 0,
    },
  };
}

function buildPass(work: Work, batch: readonly TextPlan[], pass: number, passes: number): string {
  const isAlone = batch.length === 1;
  const first = (limit: number, order: string) =>
    isAlone
      ? `ORDER BY ${order} LIMIT ${limit}`
      : `QUALIFY row_number() OVER (PARTITION BY c ORDER BY ${order}) <= ${limit}`;
  const noFacts = FACT_NAMES.map(() => "NULL::DOUBLE").join(", ");
  const branch = (kind: string, value: string, count: string, from: string) =>
    `SELECT '${kind}', c, ${value}, (${count})::DOUBLE, ${noFacts} FROM (${from})`;
  const facts = FACT_NAMES.map((name) => `(${FACTS[name]})::DOUBLE AS ${name}`).join(", ");
  const branches = [
    `SELECT 'facts' AS kind, c, NULL::VARCHAR AS v, NULL::DOUBLE AS n, ${facts} FROM g GROUP BY c`,
    branch("top", `left(x, ${KEPT_CHARACTERS})`, "n", `SELECT c, x, n FROM g ${first(work.keptValues, "n DESC, x")}`),
  ];
  if (pass === 0) {
    const sample = `SELECT c, ${SHAPE} AS shape, n FROM (SELECT c, x, n FROM g ${first(PATTERN_VALUES, "hash(x)")})`;
    const shapes = `SELECT * FROM (SELECT c, shape, sum(n) AS total FROM (${sample}) GROUP BY c, shape)`;
    branches.push(branch("pattern", "shape", "total", `${shapes} ${first(KEPT_PATTERNS, "total DESC, shape")}`));
  }
  const categorical = batch.flatMap(({ isCategorical }, c) => (isCategorical ? [c] : []));
  if (categorical.length > 0) {
    const groups = `SELECT c, string_agg(left(x, ${KEPT_CHARACTERS}), chr(31) ORDER BY n DESC, x) AS spellings, sum(n) AS total, count(*) AS k FROM g WHERE c IN (${categorical.join(", ")}) GROUP BY c, ${NORMALIZED} HAVING count(*) > 1`;
    branches.push(
      branch(
        "variant",
        "spellings",
        "total",
        `SELECT * FROM (${groups}) ${first(KEPT_VARIANTS, "total DESC, spellings")}`,
      ),
      branch("variants", "NULL", "total", `SELECT c, sum(k) AS total FROM (${groups}) GROUP BY c`),
    );
  }
  const groups = batch.map(
    ({ column }, c) =>
      `SELECT ${c} AS c, x, count(*)::DOUBLE AS n FROM (SELECT ${column.text} AS x FROM ${work.from}) WHERE x IS NOT NULL AND ${partitionFilter("x", pass, passes)} GROUP BY x`,
  );
  return `WITH g AS MATERIALIZED (${groups.join(" UNION ALL ")}) ${branches.join(" UNION ALL ")}`;
}

function gatherRow(gathered: Gathered, row: PassRow): void {
  const count = row.n ?? 0;
  switch (row.kind) {
    case "facts":
      for (const name of FACT_NAMES) {
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

function summarizeText({ column, gathered, isCategorical }: TextPlan, keptValues: number): TextResult {
  const { facts, patterns, patternValues, variants, variantValues } = gathered;
  const isEmpty = column.count === 0;
  const isText = column.kind === "text";
  const byCount = (a: { value: string; count: number }, b: { value: string; count: number }) =>
    b.count - a.count || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
  return {
    unique: facts.u,
    memoryBytes: facts.bytes,
    stats: {
      min_length: isEmpty ? null : facts.min_length,
      mean_length: isEmpty ? null : facts.characters / column.count,
      max_length: isEmpty ? null : facts.max_length,
      patterns: isText ? patterns.sort((a, b) => b.count - a.count || (a.pattern < b.pattern ? -1 : 1)) : [],
      pattern_values: isText ? patternValues : 0,
      blank: facts.blank,
      padded: facts.padded,
      broken_encoding: facts.broken,
      numeric_like: facts.numeric_like,
      date_like: facts.date_like,
      ...(isCategorical ? { variants: variants.sort((a, b) => b.count - a.count), variant_values: variantValues } : {}),
    },
    top: gathered.top.sort(byCount).slice(0, keptValues),
  };
}
