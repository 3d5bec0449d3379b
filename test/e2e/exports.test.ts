import { beforeAll, describe, expect, test } from "vitest";
import { type Answer, TestUser } from "./client.ts";

const user = new TestUser();
let upload: Answer["body"];

/** Asks for an export and waits until it is over. */
async function exportAll(request: Record<string, unknown>, as = user): Promise<Answer["body"]> {
  const created = await as.call("POST", "/data/export", { json: request });
  if (created.status !== 200) throw new Error(JSON.stringify(created.body));
  return settle(created.body.export_id, as);
}

async function settle(exportId: string, as = user): Promise<Answer["body"]> {
  for (;;) {
    const { body } = await as.call("GET", `/data/export/${exportId}`);
    if (body.status !== "processing") return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function download(file: Answer["body"], as = user): Promise<Uint8Array> {
  const response = await as.fetch("GET", file.download_url);
  if (response.status !== 200) throw new Error(await response.text());
  return new Uint8Array(await response.arrayBuffer());
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

beforeAll(async () => {
  upload = await user.upload({
    "people.csv": 'id,name,born\n1,"Ada, L.",1815-12-10\n2,Grace,1906-12-09\n3,,\n',
    "other.csv": "a;b\n1,5;x\n2,5;y\n",
  });
});

describe("an upload's files", () => {
  for (const [format, expected] of Object.entries({
    csv: 'id,name,born\r\n1,"Ada, L.",1815-12-10\r\n2,Grace,1906-12-09\r\n3,,\r\n',
    json: '[{"id":1,"name":"Ada, L.","born":"1815-12-10"},{"id":2,"name":"Grace","born":"1906-12-09"},{"id":3,"name":null,"born":null}]\n',
    ndjson:
      '{"id":1,"name":"Ada, L.","born":"1815-12-10"}\n{"id":2,"name":"Grace","born":"1906-12-09"}\n{"id":3,"name":null,"born":null}\n',
  }))
    test(`as ${format}`, async () => {
      const done = await exportAll({ upload_id: upload.upload_id, files: ["people.csv"], format });
      expect(done).toMatchObject({ status: "completed", error: null, progress: 1 });
      expect(done.files).toHaveLength(1);
      const bytes = await download(done.files[0]);
      expect(done.files[0]).toMatchObject({ filename: `people.${format}`, size_bytes: bytes.length });
      // A CSV that is plain already comes back as it is, with its own line ends.
      expect(text(bytes).replaceAll("\r\n", "\n")).toBe(expected.replaceAll("\r\n", "\n"));
    });
});
