import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { DataType, type Field, type List, type Struct, type Vector } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { readOrc } from "../../../src/formats/orc/read-orc.ts";
import { FormatError, type FormatTable } from "../../../src/formats/source.ts";
import { toPlain } from "../json/arrow-rows.ts";
import { createMemorySource } from "../memory-source.ts";

const samples = join(import.meta.dirname, "samples");
const corpus = join(import.meta.dirname, "../../../../shared/corpora/orc/examples");

/** A value in the form that make-samples.py writes, by its Arrow type. */
function describeValue(type: DataType, vector: Vector, row: number): unknown {
  const data = vector.data[0]!;
  if (!vector.isValid(row)) return null;
  if (DataType.isTimestamp(type)) return { microseconds: Number((data.values as BigInt64Array)[row]) };
  if (DataType.isDate(type)) return { days: (data.values as Int32Array)[row] };
  if (DataType.isDecimal(type)) return formatDecimal(toPlain(vector.get(row)) as bigint, type.scale);
  if (DataType.isBinary(type)) return { hex: Buffer.from(vector.get(row) as Uint8Array).toString("hex") };
  if (DataType.isList(type)) {
    const { valueOffsets } = data as unknown as { valueOffsets: Int32Array };
    const child = vector.getChildAt(0)!;
    const childType = (type as List).children[0]!.type;
    const rows = valueOffsets[row + 1]! - valueOffsets[row]!;
    return Array.from({ length: rows }, (_, i) => describeValue(childType, child, valueOffsets[row]! + i));
  }
  if (DataType.isStruct(type)) {
    const fields = (type as Struct).children as Field[];
    return Object.fromEntries(
      fields.map((field, i) => [field.name, describeValue(field.type, vector.getChildAt(i)!, row)]),
    );
  }
  const value: unknown = vector.get(row);
  if (typeof value !== "bigint") return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function formatDecimal(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, digits.length - scale)}.${digits.slice(-scale)}`;
}

async function collect(table: FormatTable, from = 0): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const batch of table.batches(from)) {
    for (let row = 0; row < batch.numRows; row++) {
      rows.push(
        Object.fromEntries(
          batch.schema.fields.map((field, i) => [field.name, describeValue(field.type, batch.getChildAt(i)!, row)]),
        ),
      );
    }
  }
  return rows;
}

async function readAll(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  const [table] = await readOrc(createMemorySource(bytes), {});
  return collect(table!);
}

describe("samples of Apache ORC's own writer", () => {
  const expected = gunzipSync(readFileSync(join(samples, "all-types.ndjson.gz")))
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const files = readdirSync(samples).filter(
    (file) => file.endsWith(".orc") && !["no-rows.orc", "stripes.orc", "wide.orc"].includes(file),
  );

  it.each(files)("reads every value of %s", async (file) => {
    const rows = await readAll(readFileSync(join(samples, file)));
    expect(rows.length).toBe(expected.length);
    for (const [i, row] of rows.entries()) {
      const wanted = { ...expected[i] };
      // ORC keeps maps in any order of keys, and floats of 32 bits are widened exactly.
      expect(row, `row ${i}`).toEqual(wanted);
    }
  });

  it("reads any batch on its own, with few bytes fetched", async () => {
    const source = createMemorySource(readFileSync(join(samples, "stripes.orc")));
    let fetched = 0;
    const [table] = await readOrc(
      {
        ...source,
        slice: (start, end) =>
          source.slice(start, end).then((bytes) => {
            fetched += bytes.length;
            return bytes;
          }),
      },
      {},
    );
    const firsts: number[] = [];
    let rows = 0;
    for await (const batch of table!.batches()) {
      firsts.push(Number(batch.getChild("id")!.get(0)));
      for (let i = 0; i < batch.numRows; i += 997)
        expect(batch.getChild("text")!.get(i)).toBe(`${(rows + i) % 1000}${"x".repeat(90)}`);
      expect(firsts.at(-1)).toBe(rows);
      rows += batch.numRows;
    }
    expect(rows).toBe(100_000);
    expect(firsts.length).toBeGreaterThan(3);
    fetched = 0;
    for (let i = 0; i < firsts.length; i++) {
      for await (const batch of table!.batches(i)) {
        expect(Number(batch.getChild("id")!.get(0))).toBe(firsts[i]);
        break;
      }
    }
    expect(fetched).toBeLessThan(firsts.length * source.byteLength);
  });

  it("reads many columns, whose streams take turns in memory", async () => {
    const [table] = await readOrc(createMemorySource(readFileSync(join(samples, "wide.orc"))), {});
    let first = 0;
    let batches = 0;
    for await (const batch of table!.batches()) {
      for (let row = 0; row < batch.numRows; row++) {
        const j = first + row;
        for (let i = 0; i < 120; i += 7) {
          const wanted = j % 11 === i % 11 ? null : BigInt((j * (i + 1)) % 1009);
          if (batch.getChildAt(i)!.get(row) !== wanted)
            expect([j, i, batch.getChildAt(i)!.get(row)]).toEqual([j, i, wanted]);
        }
        for (let i = 0; i < 60; i += 7) {
          const wanted = `${(j + i) % 50}-${j % 7}`;
          if (batch.getChildAt(120 + i)!.get(row) !== wanted)
            expect([j, i, batch.getChildAt(120 + i)!.get(row)]).toEqual([j, i, wanted]);
        }
      }
      first += batch.numRows;
      batches++;
    }
    expect([first, batches > 1]).toEqual([3000, true]);
  });

  it("reads a file without rows", async () => {
    const [table] = await readOrc(createMemorySource(readFileSync(join(samples, "no-rows.orc"))), {});
    expect([table!.rowCount, table!.schema.fields.length]).toEqual([0, 24]);
    expect(await collect(table!)).toEqual([]);
  });

  it.each(files)("refuses %s truncated at 20 positions", async (file) => {
    const bytes = readFileSync(join(samples, file));
    for (let i = 0; i < 20; i++) {
      const cut = bytes.subarray(0, Math.floor((bytes.length * i) / 20));
      await expect(readAll(cut)).rejects.toThrow(FormatError);
    }
  });

  it.each(["v2-snappy.orc", "v1-uncompressed.orc", "v2-lz4.orc"])(
    "reads or refuses %s with bytes changed, without another error",
    async (file) => {
      const bytes = readFileSync(join(samples, file));
      for (let i = 0; i < 60; i++) {
        const changed = new Uint8Array(bytes);
        changed[Math.floor((bytes.length * (i + 0.5)) / 60)]! ^= 0xff;
        await readAll(changed).catch((error: unknown) => {
          if (!(error instanceof FormatError)) throw error;
        });
      }
    },
  );
});

describe("other files", () => {
  it.each([
    "",
    "ORC",
    "a,b\n1,2\n",
    '{"a":1}',
    "PAR1....................PAR1",
    "ARROW1\0\0........",
    `PK\u0003\u0004${"x".repeat(300)}`,
  ])("refuses %j", async (text) => {
    await expect(readAll(new TextEncoder().encode(text))).rejects.toThrow(FormatError);
  });
});

describe.skipIf(!existsSync(corpus))(`Apache ORC's examples (${corpus}; skipped when absent)`, () => {
  const list = (folder: string): string[] =>
    existsSync(join(corpus, folder))
      ? readdirSync(join(corpus, folder))
          .filter((file) => file.endsWith(".orc"))
          .map((file) => join(folder, file))
      : [];

  it("reads the rows that ORC's own tools print", { timeout: 60_000 }, async () => {
    let right = 0;
    for (const file of list("")) {
      const expectedFile = join(corpus, "expected", file.replace(/\.orc$/, ".jsn.gz"));
      if (!existsSync(expectedFile)) continue;
      const lines = gunzipSync(readFileSync(expectedFile)).toString().trimEnd().split("\n");
      const rows = await readAll(readFileSync(join(corpus, file)));
      expect([file, rows.length]).toEqual([file, lines.length]);
      for (const [i, line] of lines.entries()) expectPrinted(rows[i]!, line, `${file} row ${i}`);
      right++;
    }
    console.log(`ORC examples: ${right} files read with every value right`);
    expect(right).toBeGreaterThanOrEqual(6);
  });

  it("reads or refuses all the others", async () => {
    const counts = { read: 0, refused: [] as string[] };
    for (const file of [...list(""), ...list("corrupt"), ...list("../encrypted"), ...list("encrypted")]) {
      try {
        const [table] = await readOrc(createMemorySource(readFileSync(join(corpus, file))), {});
        expect([file, (await collect(table!)).length]).toEqual([file, table!.rowCount]);
        counts.read++;
      } catch (error) {
        expect([file, error]).toEqual([file, expect.any(FormatError)]);
        counts.refused.push(file);
      }
    }
    console.log(`ORC examples: ${counts.read} read, refused: ${counts.refused.join(", ")}`);
    for (const file of list("corrupt")) expect(counts.refused).toContain(file);
    expect(counts.read).toBeGreaterThanOrEqual(12);
  });
});

/** Compares a row with the JSON that orc-contents prints: binary as byte arrays, timestamps as text, maps as key and value. */
function expectPrinted(row: Record<string, unknown>, line: string, label: string): void {
  const wanted = JSON.parse(line.replace(/(: |\[)(-?\d{16,})(?=[,}\]])/g, '$1"$2"')) as Record<string, unknown>;
  for (const [key, value] of Object.entries(wanted)) {
    if (!isPrintedAs(row[key], value)) expect([label, key, row[key]]).toEqual([label, key, value]);
  }
}

function isPrintedAs(value: unknown, printed: unknown): boolean {
  if (value === null || printed === null) return value === printed;
  if (typeof printed === "number") {
    const number = Number(value);
    return Math.abs(number - printed) <= Math.abs(printed) * 1e-6;
  }
  if (typeof printed === "string" && typeof value === "object") {
    const { microseconds, days } = value as { microseconds?: number; days?: number };
    if (days !== undefined) return new Date(days * 86_400_000).toISOString().slice(0, 10) === printed;
    const text = new Date(Math.floor(microseconds! / 1000)).toISOString().replace("T", " ").replace("Z", "");
    return printed.padEnd(23, "0").slice(0, 23) === text;
  }
  if (Array.isArray(printed)) {
    if (typeof value === "object" && "hex" in value)
      return Buffer.from(printed as number[]).toString("hex") === value.hex;
    return (
      Array.isArray(value) && value.length === printed.length && value.every((item, i) => isPrintedAs(item, printed[i]))
    );
  }
  if (typeof printed === "object") {
    return Object.entries(printed).every(([key, item]) => isPrintedAs((value as Record<string, unknown>)[key], item));
  }
  return value === printed || (typeof value === "number" && String(value) === printed);
}
