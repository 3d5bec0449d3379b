import { request } from "node:http";

/** A file as a part of a form. */
export interface FormFile {
  field: string;
  filename: string;
  contentType: string;
  bytes: number;
  content: AsyncIterable<Buffer> | Iterable<Buffer>;
}

/**
 * Sends a form of text fields and one file, which is streamed.
 *
 * @param onSent bytes of the file so far.
 * @throws Error with what the server said when it does not answer with 2xx.
 */
export async function sendForm(
  url: string,
  form: { fields?: Record<string, string>; file: FormFile; headers?: Record<string, string> },
  onSent: (sent: number) => void,
): Promise<Record<string, unknown>> {
  const { fields = {}, file, headers = {} } = form;
  const disposition = `Content-Disposition: form-data; name="${file.field}"; filename="${file.filename}"`;
  const head = Buffer.from(
    [
      ...Object.entries(fields).map(
        ([name, value]) => `--bench\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      ),
      `--bench\r\n${disposition}\r\nContent-Type: ${file.contentType}\r\n\r\n`,
    ].join(""),
  );
  const tail = Buffer.from("\r\n--bench--\r\n");
  const post = request(url, {
    method: "POST",
    headers: {
      authorization: "Bearer local-dev-key",
      "content-type": "multipart/form-data; boundary=bench",
      "content-length": head.length + file.bytes + tail.length,
      ...headers,
    },
  });
  const answer = new Promise<Record<string, unknown>>((done, fail) => {
    post.once("error", fail);
    post.once("response", async (response) => {
      let text = "";
      for await (const piece of response) text += piece;
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) done(JSON.parse(text));
      else fail(new Error(`A form of ${file.bytes} bytes was answered with ${statusCode}: ${text.slice(0, 500)}`));
    });
  });
  const write = async (piece: Buffer) => {
    if (!post.write(piece)) await Promise.race([new Promise((drained) => post.once("drain", drained)), answer]);
  };
  await write(head);
  let sent = 0;
  for await (const piece of file.content) {
    await write(piece);
    sent += piece.length;
    onSent(sent);
  }
  post.end(tail);
  return answer;
}
