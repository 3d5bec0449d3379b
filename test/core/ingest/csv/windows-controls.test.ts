import { expect, it } from "vitest";
import { previewCsv } from "../../../../src/formats/csv/preview.ts";
import { createMemorySource } from "../../../formats/memory-source.ts";
import { readTable } from "./read-table.ts";

const ROWS = 500;
const limits = { pieceBytes: 700, offsetBytes: 512, commitBytes: 4_000 };

it("puts punctuation for control characters in every piece of a file, and in its previews", async () => {
  const lines = Array.from({ length: ROWS }, (_, i) => `${i},A \u0093day ${i}\u0094 \u0096 ü${"x".repeat(i % 40)}`);
  const text = `id,note\r\n${lines.join("\r\n")}\r\n`;
  const table = await readTable(text, {}, { limits });
  const expected = lines.map((line) =>
    line.replace("\u0093", "“").replace("\u0094", "”").replace("\u0096", "–").split(","),
  );
  expect(table.cells).toEqual(expected);
  expect(table.offsets.length).toBeGreaterThan(5);
  const source = createMemorySource(new TextEncoder().encode(text));
  const shown = await previewCsv({ source, dialect: table.dialect, offsets: table.offsets, offset: 400, limit: 20 });
  expect(shown).toEqual(expected.slice(400, 420));
});

it("still sets aside rows that are no UTF-8", async () => {
  const lines = Array.from({ length: ROWS }, (_, i) => `${i},7 \u0096 8`);
  const bytes = new TextEncoder().encode(`id,note\n${lines.join("\n")}\n250,bad \u00ff\n`);
  bytes[bytes.length - 2] = 0xff;
  const table = await readTable(bytes, {}, { limits });
  expect([table.rows, table.rejected.map(({ line }) => line)]).toEqual([ROWS, [ROWS + 2]]);
});
