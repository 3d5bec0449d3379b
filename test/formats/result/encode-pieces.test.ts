import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RecordBatch, RecordBatchReader, type Schema } from "apache-arrow";
import { expect, it } from "vitest";
import { readParquet } from "../../../src/formats/parquet/read-parquet.ts";
import { encodeNdjson, encodePieces } from "../../../src/formats/result/index.ts";
import { createMemorySource } from "../memory-source.ts";
import { openNative } from "../parquet/native.ts";

const SQL = `SELECT CASE WHEN i % 3 > 0 THEN i::TINYINT END a, i * 4611686018427 b, i / 3 AS c, (i * 1.5)::DECIMAL(38, 9) d, i % 2 = 0 e,
  CASE WHEN i % 5 > 0 THEN i % 2 = 0 END f, CASE WHEN i % 7 > 0 THEN 'text ' || i END g, encode('é' || i) h, uuid() i,
  DATE '1900-01-01' + i::INTEGER j, TIMESTAMP '1600-01-01 00:00:00.000001' + to_days(i::INTEGER) k,
  CASE WHEN i % 4 > 0 THEN [[i, NULL], [], NULL] END l, {'x': i, 'y': [{'z': 'deep' || i}], 'b': i % 3 = 0} m, MAP {'k' || i: [i]} n
  FROM range(100) t(i)`;

async function textOf(schema: Schema, batches: readonly RecordBatch[]): Promise<string> {
  const parts: Uint8Array[] = [];
  const source = (async function* () {
    yield* batches;
  })();
  for await (const chunk of encodeNdjson(schema, source)) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

it("encodes pieces of a batch, cut at any row, to the same rows", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pieces-"));
  const native = await openNative();
  try {
    const path = join(folder, "types.parquet");
    await native.run(`COPY (${SQL}) TO '${path}' (FORMAT parquet)`);
    const [table] = await readParquet(createMemorySource(new Uint8Array(readFileSync(path))), undefined);
    const whole: RecordBatch[] = [];
    for await (const batch of table!.batches()) whole.push(batch);
    const cuts = [0, 1, 8, 9, 24, 61, 100];
    const pieces: RecordBatch[] = [];
    for (const [i, from] of cuts.slice(0, -1).entries()) {
      const stream = Buffer.concat(await encodePieces(whole[0]!.slice(from, cuts[i + 1])));
      pieces.push(...RecordBatchReader.from(stream));
    }
    expect(pieces.map(({ numRows }) => numRows)).toEqual([1, 7, 1, 15, 37, 39]);
    expect(await textOf(table!.schema, pieces)).toBe(await textOf(table!.schema, whole));
  } finally {
    native.closeSync();
    rmSync(folder, { recursive: true });
  }
});
