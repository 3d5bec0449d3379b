import { describe, expect, it } from "vitest";
import { previewCsv } from "../../../src/formats/csv/preview.ts";
import { readTable } from "../../core/ingest/csv/read-table.ts";

function sourceOf(bytes: Uint8Array) {
  let read = 0;
  return {
    byteLength: bytes.length,
    async slice(start: number, end = bytes.length) {
      read += end - start;
      return bytes.subarray(start, end);
    },
    get bytesRead() {
      return read;
    },
  };
}

describe("previewCsv", () => {
  it("gives the cells as the file has them", async () => {
    const bytes = new TextEncoder().encode('a,b\n1250.50,"x ""y"""\n007,\n');
    const { dialect, offsets } = await readTable(bytes);
    expect(await previewCsv({ source: sourceOf(bytes), dialect, offsets, offset: 0, limit: 10 })).toEqual([
      ["1250.50", 'x "y"'],
      ["007", ""],
    ]);
  });

  it.each(["utf-8", "utf-16le"])("finds rows in the middle by their offsets, reading little (%s)", async (encoding) => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `${i}.50,"zwei\nZeilen ü"`);
    const text = `\ufeffn,t\n${lines.join("\n")}\n`;
    const bytes =
      encoding === "utf-8"
        ? new TextEncoder().encode(text)
        : new Uint8Array(Uint16Array.from(text, (char) => char.charCodeAt(0)).buffer);
    const { dialect, offsets, rows } = await readTable(
      bytes,
      {},
      { limits: { pieceBytes: 300_000, offsetBytes: 20_000 } },
    );
    expect(rows).toBe(60_000);
    for (const offset of [0, 1, 12_345, 59_998]) {
      const source = sourceOf(bytes);
      const cells = await previewCsv({ source, dialect, offsets, offset, limit: 2 });
      expect(cells).toEqual([0, 1].map((i) => [`${offset + i}.50`, "zwei\nZeilen ü"]));
      expect(source.bytesRead).toBeLessThanOrEqual(256 * 1024);
    }
  });
});
