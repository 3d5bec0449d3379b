import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readParquet } from "../../../src/formats/parquet/read-parquet.ts";
import { readVariantDictionary, variantText } from "../../../src/formats/parquet/variant-value.ts";
import { FormatError } from "../../../src/formats/source.ts";
import { type Plain, readRows } from "../arrow/plain-values.ts";
import { createMemorySource } from "../memory-source.ts";
import { nativeRows, openNative, withoutZones } from "./native.ts";

const CORPUS = resolve(import.meta.dirname, "../../../../shared/corpora/parquet");
const LIMIT = 2000;

/** Native DuckDB 1.4 dies of these, or of the next query after them. */
const NATIVE_CANNOT = ["rle_malicious_bitwidth", "shredded_variant/"];
/** An empty byte string as a decimal: DuckDB reads past its end, here it is zero. */
const NATIVE_IS_WRONG = ["byte_array_decimal_empty_value"];

type Outcome = "right" | "refused" | "wrong" | "unproved";

interface Verdict {
  readonly file: string;
  readonly outcome: Outcome;
  readonly detail: string;
}

function filesOf(folder: string): string[] {
  const files = readdirSync(join(CORPUS, folder), { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".parquet")).map((file) => join(CORPUS, folder, file));
}

async function readFile(path: string): Promise<Plain[][] | FormatError> {
  try {
    const [table] = await readParquet(createMemorySource(new Uint8Array(readFileSync(path))), undefined);
    return await readRows(table!, LIMIT);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

/** Reads every file of a folder, and compares with native DuckDB where it reads it too. */
async function judge(folder: string): Promise<Verdict[]> {
  let native = await openNative();
  const verdicts: Verdict[] = [];
  for (const path of filesOf(folder)) {
    const file = relative(CORPUS, path);
    const read = await readFile(path);
    if (read instanceof FormatError) {
      verdicts.push({ file, outcome: "refused", detail: read.message });
      continue;
    }
    let expected: Plain[][] | undefined;
    if (![...NATIVE_CANNOT, ...NATIVE_IS_WRONG].some((name) => file.includes(name))) {
      try {
        expected = await nativeRows(native, `FROM read_parquet('${path}', hive_partitioning = false) LIMIT ${LIMIT}`);
      } catch {
        native = await openNative();
      }
    }
    const difference = expected && findDifference(read, expected);
    const outcome = !expected ? "unproved" : difference === undefined ? "right" : "wrong";
    verdicts.push({ file, outcome, detail: difference ?? "" });
  }
  return verdicts;
}

function findDifference(read: Plain[][], expected: Plain[][]): string | undefined {
  if (read.length !== expected.length) return `${read.length} rows, expected ${expected.length}`;
  for (const [i, row] of expected.entries()) {
    const [actual, wanted] = [JSON.stringify(read[i]), JSON.stringify(row.map(withoutZones))];
    if (actual !== wanted) return `row ${i}: ${actual?.slice(0, 200)}, expected ${wanted.slice(0, 200)}`;
  }
  return undefined;
}

function report(title: string, verdicts: readonly Verdict[]): Record<Outcome, number> {
  const counts = { right: 0, refused: 0, wrong: 0, unproved: 0 };
  for (const { outcome } of verdicts) counts[outcome]++;
  const wrong = verdicts
    .filter(({ outcome }) => outcome === "wrong")
    .map(({ file, detail }) => `\n  ${file}: ${detail}`);
  console.log(`${title}: ${JSON.stringify(counts)}, hung 0${wrong.join("")}`);
  return counts;
}

const isThere = existsSync(CORPUS);
if (!isThere)
  console.log("The Parquet test collections are not in ../shared/corpora/parquet: their tests are skipped.");

describe.skipIf(!isThere)("public Parquet collections", () => {
  it("parquet-testing: data", async () => {
    const counts = report("parquet-testing/data", await judge("parquet-testing/data"));
    expect(counts.wrong).toBe(0);
    expect(counts.right).toBeGreaterThanOrEqual(33);
    expect(counts.right + counts.unproved).toBeGreaterThanOrEqual(36);
  });

  it("parquet-testing: bad data is refused", async () => {
    const verdicts = await judge("parquet-testing/bad_data");
    expect(report("parquet-testing/bad_data", verdicts).refused).toBe(verdicts.length);
  });

  it("parquet-testing: shredded variants, against their binary form", async () => {
    const verdicts: Verdict[] = [];
    for (const path of filesOf("parquet-testing/shredded_variant")) {
      const rows = await readFile(path);
      if (rows instanceof FormatError) {
        verdicts.push({ file: relative(CORPUS, path), outcome: "refused", detail: rows.message });
        continue;
      }
      const difference = rows.map((row, i) => {
        const expected = expectedVariant(path.replace(".parquet", `_row-${i}.variant.bin`));
        return expected === undefined || expected === row.at(-1) ? "" : `row ${i}: ${row.at(-1)}, expected ${expected}`;
      });
      const detail = difference.join("");
      verdicts.push({ file: relative(CORPUS, path), outcome: detail ? "wrong" : "right", detail });
    }
    const counts = report("parquet-testing/shredded_variant", verdicts);
    expect(counts.wrong).toBe(0);
    expect(counts.right).toBeGreaterThanOrEqual(55);
  });

  it("duckdb: files of its own tests", async () => {
    const counts = report("duckdb-parquet-testing", await judge("duckdb-parquet-testing"));
    expect(counts.wrong).toBe(0);
    expect(counts.right).toBeGreaterThanOrEqual(150);
    expect(counts.unproved).toBeLessThanOrEqual(4);
  });

  it("duckdb: broken files are refused", async () => {
    for (const folder of [
      "duckdb-sqllogictests/broken",
      "duckdb-parquet-testing/broken",
      "duckdb-parquet-testing/afl",
    ]) {
      const verdicts = await judge(folder);
      expect(report(folder, verdicts).refused).toBe(verdicts.length);
    }
  });
});

/** A variant file: its metadata, then its value. A variant null is null. */
function expectedVariant(path: string): string | null | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = new Uint8Array(readFileSync(path));
  const width = (bytes[0]! >> 6) + 1;
  const at = (k: number): number =>
    bytes.subarray(1 + k * width, 1 + (k + 1) * width).reduceRight((n, b) => n * 256 + b, 0);
  const names = at(0);
  const start = 1 + width * (names + 2) + at(names + 1);
  const text = variantText(bytes.subarray(start), readVariantDictionary(bytes));
  return text === "null" ? null : text;
}
