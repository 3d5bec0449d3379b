import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { detectTextEncoding } from "../../src/formats/text-encoding.ts";
import { readTable } from "../core/ingest/csv/read-table.ts";

interface Encoded {
  encoding: string;
  text: string;
  hex: string;
}

const texts = readFileSync("test/formats/code-pages/texts.ndjson", "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Encoded)
  .map((each) => [each.encoding, each.text.slice(0, 20), each] as const);

it.each(texts)("a text is told to be %s: %j", (encoding, _start, { hex, text }) => {
  const bytes = Buffer.from(hex, "hex");
  expect(detectTextEncoding(bytes).encoding).toBe(encoding);
  expect(new TextDecoder(encoding).decode(bytes)).toBe(text);
  // Cut anywhere, a text is still told for what it is.
  for (let end = bytes.length - 3; end < bytes.length; end++)
    expect(detectTextEncoding(bytes.subarray(0, end)).encoding, `${end} bytes`).toBe(encoding);
});

it("a file is read in it, whether its first bytes tell it or later ones do", async () => {
  const { hex, text } = texts[0]![2];
  const rows = text.trimEnd().split("\n");
  const table = await readTable(Buffer.from(hex, "hex"));
  expect([table.names, ...table.cells].map((row) => row.join(","))).toEqual(rows);

  const head = `name,address,age\n${"Ann,1 Main Street,30\n".repeat(20_000)}`;
  const data = Buffer.from(hex, "hex");
  const bytes = Buffer.concat([Buffer.from(head), data.subarray(data.indexOf(10) + 1)]);
  const late = await readTable(bytes, {}, { limits: { sampleBytes: 4_096, pieceBytes: 100_000 } });
  expect([late.rejects, ...late.cells.slice(-3).map((row) => row.join(","))]).toEqual([0, ...rows.slice(1)]);
});
