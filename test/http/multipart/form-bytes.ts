import type { FormPart } from "../../../src/http/multipart/parse-form.ts";

/** A request whose body arrives in chunks of the given sizes, the last of which repeats. */
export function formRequest(bytes: Uint8Array, contentType: string, chunkSizes: readonly number[] = [65_536]) {
  let at = 0;
  let turn = 0;
  const seen = { pulled: 0, cancelled: false };
  const body = new ReadableStream(
    {
      type: "bytes",
      pull(controller: ReadableByteStreamController) {
        if (at >= bytes.length) {
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        const size = chunkSizes[Math.min(turn++, chunkSizes.length - 1)] ?? 1;
        controller.enqueue(bytes.slice(at, at + size));
        at += size;
        seen.pulled = Math.min(at, bytes.length);
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { request: { headers: new Headers({ "content-type": contentType }), body }, seen };
}

/** A form as the platform itself writes it (undici, not the code under test). */
export async function encodeForm(form: FormData): Promise<{ bytes: Uint8Array; contentType: string }> {
  const response = new Response(form);
  return {
    bytes: new Uint8Array(await response.arrayBuffer()),
    contentType: response.headers.get("content-type") ?? "",
  };
}

export type WholePart =
  | { kind: "field"; name: string; value: string }
  | { kind: "file"; name: string; filename: string; contentType: string; content: Uint8Array };

/** All parts with their whole contents; for tests, whose forms are small. */
export async function readParts(parts: AsyncIterable<FormPart>): Promise<WholePart[]> {
  const all: WholePart[] = [];
  for await (const part of parts) {
    if (part.kind === "field") all.push(part);
    else {
      const { stream, ...rest } = part;
      all.push({ ...rest, content: await collect(stream) });
    }
  }
  return all;
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk.slice());
  return new Uint8Array(Buffer.concat(chunks));
}

/** A form written by hand: every line of `lines` ends in CR LF. */
export function rawForm(lines: readonly string[], boundary = "x") {
  return {
    bytes: new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join("")),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}
