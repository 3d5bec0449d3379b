import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Data, DataType, type RecordBatch } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { readArrow } from "../../../src/formats/arrow/read-arrow.ts";
import { FormatError } from "../../../src/formats/source.ts";
import { createMemorySource } from "../memory-source.ts";
import { isSame, readExpectedRows } from "./integration-json.ts";
import { type Plain, plainValue } from "./plain-values.ts";

const CORPUS = resolve(import.meta.dirname, "../../../../shared/corpora/arrow/arrow-testing/data");
const isThere = existsSync(CORPUS);
if (!isThere) console.log("The Arrow test collection is not in ../shared/corpora/arrow: its tests are skipped.");

/** Values in the form of the integration files: nothing is rounded or formatted on the way. */
function rawValue(data: Data, i: number): Plain {
  if (data.nullCount > 0 && !data.getValid(i)) return null;
  const { type } = data;
  const value: unknown = data.values?.[i];
  if (DataType.isBinary(type)) {
    return `hex ${Buffer.from(data.values.subarray(data.valueOffsets[i], data.valueOffsets[i + 1])).toString("hex")}`;
  }
  if (DataType.isFixedSizeBinary(type)) {
    return `hex ${Buffer.from(data.values.subarray(i * type.byteWidth, (i + 1) * type.byteWidth)).toString("hex")}`;
  }
  if (DataType.isDecimal(type))
    return `${String(plainValue(data, i))
      .replace(".", "")
      .replace(/^(-?)0+(?=\d)/, "$1")}e-${type.scale}`;
  if (DataType.isDate(type)) return `day ${value}`;
  if (DataType.isTime(type) || DataType.isTimestamp(type)) return String(value);
  if (DataType.isList(type) || DataType.isMap(type)) {
    const [start, end] = [data.valueOffsets[i]!, data.valueOffsets[i + 1]!];
    return Array.from({ length: end - start }, (_, k) => rawValue(data.children[0]!, start + k));
  }
  if (DataType.isStruct(type)) return data.children.map((child) => rawValue(child, i));
  return plainValue(data, i);
}

async function readFile(path: string, onBatch: (batch: RecordBatch) => void): Promise<FormatError | undefined> {
  try {
    const [table] = await readArrow(createMemorySource(new Uint8Array(readFileSync(path))), undefined);
    let rows = 0;
    for await (const batch of table!.batches()) {
      onBatch(batch);
      rows += batch.numRows;
      if (rows > 1_000_000) break;
    }
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

describe.skipIf(!isThere)("public Arrow collection", () => {
  it("integration files are read with their values", async () => {
    const root = join(CORPUS, "arrow-ipc-stream/integration");
    for (const version of readdirSync(root)) {
      const counts = { right: 0, refused: 0, wrong: 0 };
      const wrong: string[] = [];
      for (const file of readdirSync(join(root, version)).filter((name) => !name.endsWith(".json.gz"))) {
        const path = join(root, version, file);
        const expected = readExpectedRows(path.replace(/\.(stream|arrow_file)$/, ".json.gz"));
        const rows: Plain[][] = [];
        const refusal = await readFile(path, (batch) => {
          for (let i = 0; i < batch.numRows; i++) rows.push(batch.data.children.map((column) => rawValue(column, i)));
        });
        const isRight = rows.length === expected.length && expected.every((row, i) => isSame(row, rows[i]!));
        if (refusal) counts.refused++;
        else counts[isRight ? "right" : "wrong"]++;
        if (refusal || !isRight) wrong.push(`\n  ${file}: ${refusal?.message ?? "other values"}`);
      }
      console.log(`integration/${version}: ${JSON.stringify(counts)}, hung 0${wrong.join("")}`);
      expect([version, counts.wrong, counts.refused]).toEqual([version, 0, 0]);
    }
  });

  it("files of fuzzers are refused with a sentence, or read", async () => {
    const counts = { read: 0, refused: 0 };
    for (const folder of ["arrow-ipc-file", "arrow-ipc-stream", "arrow-ipc-tensor-stream", "forward-compatibility"]) {
      for (const name of readdirSync(join(CORPUS, folder))) {
        const path = join(CORPUS, folder, name);
        if (!statSync(path).isFile()) continue;
        const refusal = await readFile(path, () => {});
        counts[refusal ? "refused" : "read"]++;
        if (refusal) expect(refusal.message).toMatch(/\.$/);
      }
    }
    console.log(`fuzzed and future files: ${JSON.stringify(counts)}, crashed 0, hung 0`);
    expect(counts.refused).toBeGreaterThanOrEqual(75);
  });
});
