import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TestUser } from "./client.ts";

const TEXTS = readFileSync("test/formats/code-pages/texts.ndjson", "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as { encoding: string; text: string; hex: string })
  .filter(({ encoding }, i, all) => all.findIndex((other) => other.encoding === encoding) === i);

test("files in the code pages of other scripts are read in the runtime as they are in tests", async () => {
  const user = new TestUser();
  const files = Object.fromEntries(
    TEXTS.map(({ hex }, i) => [`text${i}.csv`, new Uint8Array(Buffer.from(hex, "hex"))]),
  );
  const upload = await user.upload(files);
  expect(upload.status).toBe("complete");
  for (const [i, { text, encoding }] of TEXTS.entries()) {
    const { body } = await user.call("GET", `/uploads/${upload.upload_id}/files/text${i}.csv/preview`);
    const shown = JSON.stringify(body);
    for (const cell of text.trimEnd().split(/[,;\n]/)) expect(shown, encoding).toContain(cell);
  }
});
