import { expect, it } from "vitest";
import { readOrc } from "../../../src/formats/orc/read-orc.ts";
import { encodeNdjson } from "../../../src/formats/result/index.ts";
import { createMemorySource } from "../memory-source.ts";
import { openNative } from "../parquet/native.ts";
import { writeTimestamps } from "./write-timestamps.ts";

const DAY = 86_400_000_000_000n;
/** Rows of which only the last stripe's have parts of a microsecond. */
const COLUMNS = {
  fine: [0n, 1_500_000_000n, -1_500_001_000n, 123_456_789_012_345_678n, -1_234_567_890_123_456_789n, 1n],
  coarse: [0n, 1_500_000_000n, -1_500_001_000n, 123_456_789_012_345_000n, -1_234_567_890_123_456_000n, 1_000n],
  distant: [0n, 200_000n * DAY + 1_001n, 1n, 2n, 3n, 4n],
};

async function read(bytes: Uint8Array): Promise<{ types: string[]; rows: Record<string, string>[] }> {
  const [table] = await readOrc(createMemorySource(bytes), {});
  const parts: Uint8Array[] = [];
  for await (const part of encodeNdjson(table!.schema, table!.batches())) parts.push(part);
  const rows = Buffer.concat(parts).toString().trimEnd().split("\n");
  return {
    types: table!.schema.fields.map(({ type }) => String(type)),
    rows: rows.map((row: string) => JSON.parse(row) as Record<string, string>),
  };
}

it("timestamps have nanoseconds where a value needs them and all are within their reach", async () => {
  const { types, rows } = await read(writeTimestamps(COLUMNS, 2));
  expect(types).toEqual(["Timestamp<NANOSECOND>", "Timestamp<MICROSECOND>", "Timestamp<MICROSECOND>"]);
  const native = await openNative();
  const texts = async (values: readonly bigint[], divide: bigint, make: string) =>
    (
      await native.runAndReadAll(
        `SELECT replace((${make})::VARCHAR, ' ', 'T') FROM (SELECT unnest([${values
          .map((value) => (value - (((value % divide) + divide) % divide)) / divide)
          .join(", ")}]::BIGINT[]) AS v)`,
      )
    )
      .getRows()
      .map(([text]) => text);
  const given = (name: string) =>
    rows.map((row) => row[name]!.replace(/(?<=\.\d*[1-9])0+(?=Z)|Z$/g, "").replace("Z", ""));
  expect(given("fine")).toEqual(await texts(COLUMNS.fine, 1n, "make_timestamp_ns(v)"));
  expect(given("coarse")).toEqual(await texts(COLUMNS.coarse, 1_000n, "make_timestamp(v)"));
  expect(given("distant")).toEqual(await texts(COLUMNS.distant, 1_000n, "make_timestamp(v)"));
  native.closeSync();
});

it("are microseconds where the file does not say how far they reach", async () => {
  const { types } = await read(writeTimestamps(COLUMNS, 6, false));
  expect(types).toEqual(Array(3).fill("Timestamp<MICROSECOND>"));
});
