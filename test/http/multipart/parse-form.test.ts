import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseForm } from "../../../src/http/multipart/parse-form.ts";
import { collect, encodeForm, formRequest, rawForm, readParts } from "./form-bytes.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** File contents in which bits of boundaries are likely. */
const content = fc
  .array(
    fc.oneof(
      fc.constantFrom("\r", "\n", "\r\n", "-", "--", "\r\n--", "\r\n------formdata-undici-", "x", "a,b\r\n"),
      fc.string(),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => new TextEncoder().encode(pieces.join("")));
const words = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .map((name) => name.replaceAll(/[\\\r\n]|%(22|0A|0D)/gi, "_").trim() || "n");

describe("forms as the platform writes them", () => {
  test("come out as they went in, however they are cut into chunks", async () => {
    const part = fc.oneof(
      fc.record({
        name: words,
        value: fc.string({ unit: "grapheme" }).map((value) => value.replaceAll(/\r\n?|\n/g, "\r\n")),
      }),
      fc.record({ name: words, filename: words, content }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 }),
        async (parts, sizes) => {
          const form = new FormData();
          for (const p of parts) {
            if ("filename" in p)
              form.append(p.name, new File([p.content as Uint8Array<ArrayBuffer>], p.filename, { type: "text/csv" }));
            else form.append(p.name, p.value);
          }
          const { bytes, contentType } = await encodeForm(form);
          const found = await readParts(parseForm(formRequest(bytes, contentType, sizes).request));
          expect(found).toEqual(
            parts.map((p) =>
              "filename" in p
                ? { kind: "file", name: p.name, filename: p.filename, contentType: "text/csv", content: p.content }
                : { kind: "field", name: p.name, value: p.value },
            ),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  test("cut off anywhere are refused as cut off", async () => {
    const form = new FormData();
    form.append("name", "Customers");
    form.append("files", new File(["id,name\r\n1,a\r\n"], "customers.csv", { type: "text/csv" }));
    const { bytes, contentType } = await encodeForm(form);
    const closing = text(bytes).lastIndexOf("--");
    expect(closing).toBeGreaterThan(0);
    for (let length = 1; length < closing + 2; length++) {
      const { request } = formRequest(bytes.subarray(0, length), contentType, [7]);
      await expect(readParts(parseForm(request)), `${length} of ${bytes.length} bytes`).rejects.toMatchObject({
        name: "AppError",
        code: "invalid_request",
        message: expect.stringMatching(/breaks off|does not begin with the boundary/),
      });
    }
    const whole = await readParts(parseForm(formRequest(bytes.subarray(0, closing + 2), contentType).request));
    expect(whole).toHaveLength(2);
  });

  test("the message names the file that broke off", async () => {
    const { request } = formRequest(
      rawForm(["--x", 'Content-Disposition: form-data; name="files"; filename="sales.csv"', "", "1,2"]).bytes,
      "multipart/form-data; boundary=x",
    );
    await expect(readParts(parseForm(request))).rejects.toThrow(
      "The form breaks off in the file “sales.csv” (part “files”)",
    );
  });
});

describe("streaming", () => {
  test("bytes are pulled only as the file is read, and left when the consumer leaves", async () => {
    const form = new FormData();
    form.append("files", new File([new Uint8Array(1_000_000)], "zeros.bin"));
    const { bytes, contentType } = await encodeForm(form);
    const { request, seen } = formRequest(bytes, contentType, [10_000]);
    const parts = parseForm(request);
    const first = await parts.next();
    expect(seen.pulled).toBe(10_000);
    if (first.done || first.value.kind !== "file") throw new Error("expected a file");
    let length = 0;
    for await (const chunk of first.value.stream) {
      length += chunk.length;
      expect(seen.pulled - length).toBeLessThan(10_500);
      if (length > 50_000) break;
    }
    await parts.return();
    expect(seen.cancelled).toBe(true);
    expect(seen.pulled).toBeLessThan(80_000);
  });

  test("an unread or half-read file is skipped; its stream cannot be read afterwards", async () => {
    const form = new FormData();
    form.append("a", new File(["first\r\nfile".repeat(50)], "a.csv"));
    form.append("b", new File(["second".repeat(50)], "b.csv"));
    form.append("c", new File(["third"], "c.csv"));
    const { bytes, contentType } = await encodeForm(form);
    const streams: AsyncIterable<Uint8Array>[] = [];
    const names: string[] = [];
    for await (const part of parseForm(formRequest(bytes, contentType, [37]).request)) {
      names.push(part.name);
      if (part.kind !== "file") continue;
      streams.push(part.stream);
      if (part.name === "b") for await (const _ of part.stream) break;
      if (part.name === "c") expect(text(await collect(part.stream))).toBe("third");
    }
    expect(names).toEqual(["a", "b", "c"]);
    await expect(collect(streams[0] as AsyncIterable<Uint8Array>)).rejects.toThrow("has been passed");
  });
});

describe("forms of other clients", () => {
  const disposition = async (header: string) => {
    const { bytes, contentType } = rawForm(["--x", `Content-Disposition: ${header}`, "", "1", "--x--"]);
    const [part] = await readParts(parseForm(formRequest(bytes, contentType).request));
    return part;
  };

  test.each([
    ['form-data; name="files"; filename="a \\"b\\".csv"', 'a "b".csv'],
    ["form-data; name=\"files\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.csv", "naïve €.csv"],
    ['form-data; name="files"; filename="na_ve.csv"; filename*=utf-8\'\'na%C3%AFve.csv', "naïve.csv"],
    ["form-data; name=\"files\"; filename*=iso-8859-1''na%EFve.csv", "naïve.csv"],
    ['form-data; name="files"; filename="C:\\data\\a.csv"', "C:\\data\\a.csv"],
    ['form-data; name="files"; filename="semi;colon.csv"', "semi;colon.csv"],
    ['FORM-DATA;NAME=files;FileName="a.csv"', "a.csv"],
    ["form-data; name=files; filename=a.csv", "a.csv"],
    ['form-data; name="files"; filename="%22q%22.csv"', '"q".csv'],
    ['form-data; name="files"; filename="50%.csv"', "50%.csv"],
    ['form-data; name="files"; filename=""', ""],
  ])("%s", async (header, filename) => {
    expect(await disposition(header)).toMatchObject({ kind: "file", name: "files", filename });
  });

  test("preamble, padding after the boundary, epilogue, and a quoted boundary", async () => {
    const { bytes } = rawForm([
      "This is a form.",
      "--x y \t",
      'Content-Disposition: form-data; name="a"',
      "",
      "1",
      "--x y--",
      "bye",
    ]);
    const { request } = formRequest(bytes, 'multipart/form-data; charset=utf-8; boundary="x y"', [3]);
    expect(await readParts(parseForm(request))).toEqual([{ kind: "field", name: "a", value: "1" }]);
  });

  test("a line that only begins like the boundary is content", async () => {
    const { bytes, contentType } = rawForm([
      "--x",
      'Content-Disposition: form-data; name="a"',
      "",
      "1",
      "--xy",
      "2",
      "--x--",
    ]);
    expect(await readParts(parseForm(formRequest(bytes, contentType, [5]).request))).toMatchObject([
      { value: "1\r\n--xy\r\n2" },
    ]);
  });

  test("a Latin-1 file name", async () => {
    const { bytes, contentType } = rawForm([
      "--x",
      'Content-Disposition: form-data; name="f"; filename="na?ve.csv"',
      "",
      "1",
      "--x--",
    ]);
    bytes[bytes.indexOf(63)] = 0xef;
    expect(await readParts(parseForm(formRequest(bytes, contentType).request))).toMatchObject([
      { filename: "naïve.csv" },
    ]);
  });
});

describe("what is refused", () => {
  const refuse = async (lines: string[], contentType = "multipart/form-data; boundary=x", limits = {}) => {
    const { bytes } = rawForm(lines);
    return readParts(parseForm(formRequest(bytes, contentType).request, limits));
  };
  const part = (name: string, value = "1") => ["--x", `Content-Disposition: form-data; name="${name}"`, "", value];

  test.each([
    ["no boundary", () => refuse(part("a"), "multipart/form-data"), "invalid_request", "needs its boundary"],
    [
      "another boundary",
      () => refuse([...part("a"), "--x--"], "multipart/form-data; boundary=y"),
      "invalid_request",
      "does not begin with the boundary “y”",
    ],
    [
      "another boundary in a long body",
      () => refuse(part("a", "z".repeat(200_000)), "multipart/form-data; boundary=y"),
      "invalid_request",
      "does not begin",
    ],
    ["an empty body", () => refuse([]), "invalid_request", "0 bytes"],
    ["a part without headers", () => refuse(["--x", "", "1", "--x--"]), "invalid_request", "Part 1 of the form"],
    [
      "a part without name",
      () => refuse(["--x", "Content-Disposition: form-data", "", "1", "--x--"]),
      "invalid_request",
      "gives no name",
    ],
    [
      "an attachment",
      () => refuse(["--x", 'Content-Disposition: attachment; name="a"', "", "1", "--x--"]),
      "invalid_request",
      "form-data",
    ],
    [
      "an open quote",
      () => refuse(["--x", 'Content-Disposition: form-data; name="a', "", "1", "--x--"]),
      "invalid_request",
      "Content-Disposition",
    ],
    [
      "bare line feeds",
      () => refuse(['--x\r\nContent-Disposition: form-data; name="a"\n\n1\n--x--']),
      "invalid_request",
      "breaks off in the headers of its part 1",
    ],
    [
      "a base64 part",
      () =>
        refuse([
          "--x",
          'Content-Disposition: form-data; name="a"',
          "Content-Transfer-Encoding: base64",
          "",
          "MQ==",
          "--x--",
        ]),
      "validation_failed",
      "as they are",
    ],
    [
      "endless headers",
      () => refuse(["--x", `X: ${"y".repeat(70_000)}`, "", "1"]),
      "invalid_request",
      "do not end within",
    ],
    [
      "a field over the limit",
      () =>
        refuse([...part("a", "12345"), "--x--"], undefined, { maxFieldBytes: 100 }).then(() =>
          refuse([...part("a", "1".repeat(101)), "--x--"], undefined, { maxFieldBytes: 100 }),
        ),
      "payload_too_large",
      "at most 100 bytes",
    ],
    [
      "too many parts",
      () => refuse([...part("a"), ...part("b"), ...part("c"), "--x--"], undefined, { maxParts: 2 }),
      "payload_too_large",
      "more than 2 parts",
    ],
  ])("%s", async (_name, run, code, message) => {
    await expect(run()).rejects.toMatchObject({ name: "AppError", code, message: expect.stringContaining(message) });
  });

  test("a connection that breaks is a form that breaks off, with its cause", async () => {
    const cause = new Error("Network connection lost.");
    let turn = 0;
    const body = new ReadableStream({
      type: "bytes",
      pull(controller: ReadableByteStreamController) {
        if (turn++ > 0) throw cause;
        controller.enqueue(
          rawForm(["--x", 'Content-Disposition: form-data; name="files"; filename="a.csv"', "", "1,2"]).bytes,
        );
      },
    });
    const parts = parseForm({ headers: new Headers({ "content-type": "multipart/form-data; boundary=x" }), body });
    await expect(readParts(parts)).rejects.toMatchObject({ code: "invalid_request", cause });
  });
});
