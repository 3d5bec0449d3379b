import { createHash, timingSafeEqual } from "node:crypto";
import { S3Error } from "./s3-error.ts";
import { type CredentialScope, EMPTY_SHA256, hmacSha256, scopeText, sha256Hex } from "./signature.ts";

/** What the chunks' signatures are made with; each covers the one before, the first the request's own. */
export interface ChunkSigning {
  signingKey: Uint8Array;
  dateTime: string;
  scope: CredentialScope;
  seedSignature: string;
}

export interface ChunkOptions {
  /** Null: the chunks carry no signatures (`STREAMING-UNSIGNED-PAYLOAD-TRAILER`). */
  signing: ChunkSigning | null;
  /** Whether trailing headers follow the last chunk. */
  hasTrailers: boolean;
}

const MAX_LINE_BYTES = 1024;
const MAX_TRAILER_BYTES = 16_384;

/**
 * Decodes S3's `aws-chunked` body: `<hex size>[;chunk-signature=<hex>] CRLF <data> CRLF …`, an empty chunk, then trailing headers.
 * Yields the data as it comes, returns the trailing headers. A chunk's signature is checked after its last byte was yielded, so
 * the consumer must not act on the data before the generator has returned.
 * @throws S3Error `SignatureDoesNotMatch`, `IncompleteBody`, or `InvalidRequest` for a malformed frame.
 */
export async function* decodeChunks(
  source: AsyncIterable<Uint8Array>,
  options: ChunkOptions,
): AsyncGenerator<Uint8Array, Map<string, string>> {
  const reader = new ByteReader(source);
  let previous = options.signing?.seedSignature ?? "";
  for (;;) {
    const { size, signature } = parseChunkHeader(await reader.readLine());
    const hash = createHash("sha256");
    let left = size;
    while (left > 0) {
      const piece = await reader.readSome(left);
      left -= piece.byteLength;
      if (options.signing) hash.update(piece);
      yield piece;
    }
    if (options.signing) {
      previous = checkChunk(options.signing, previous, signature, size === 0 ? EMPTY_SHA256 : hash.digest("hex"));
    }
    if (size === 0) break;
    if ((await reader.readLine()) !== "") throw malformed("a chunk's data does not end in CRLF");
  }
  const trailers = await readTrailers(reader);
  if (options.hasTrailers && options.signing) checkTrailers(options.signing, previous, trailers);
  return trailers;
}

function parseChunkHeader(line: string): { size: number; signature: string | null } {
  const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (!match) throw malformed("a chunk must begin with its size in hexadecimal");
  return { size: Number.parseInt(match[1] ?? "", 16), signature: match[2] ?? null };
}

function checkChunk(signing: ChunkSigning, previous: string, signature: string | null, dataHash: string): string {
  const text = [
    "AWS4-HMAC-SHA256-PAYLOAD",
    signing.dateTime,
    scopeText(signing.scope),
    previous,
    EMPTY_SHA256,
    dataHash,
  ].join("\n");
  return requireSignature(signing, text, signature, "A chunk's signature");
}

function checkTrailers(signing: ChunkSigning, previous: string, trailers: Map<string, string>): void {
  const signature = trailers.get("x-amz-trailer-signature") ?? null;
  trailers.delete("x-amz-trailer-signature");
  const canonical = [...trailers].map(([name, value]) => `${name}:${value}\n`).join("");
  const text = [
    "AWS4-HMAC-SHA256-TRAILER",
    signing.dateTime,
    scopeText(signing.scope),
    previous,
    sha256Hex(canonical),
  ].join("\n");
  requireSignature(signing, text, signature, "The trailing headers' signature");
}

function requireSignature(signing: ChunkSigning, text: string, signature: string | null, what: string): string {
  const expected = hmacSha256(signing.signingKey, text);
  const given = Buffer.from(signature ?? "", "hex");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new S3Error("SignatureDoesNotMatch", `${what} is missing or wrong.`);
  }
  return signature ?? "";
}

async function readTrailers(reader: ByteReader): Promise<Map<string, string>> {
  const trailers = new Map<string, string>();
  let bytes = 0;
  while (!(await reader.isAtEnd())) {
    const line = await reader.readLine();
    bytes += line.length + 2;
    if (bytes > MAX_TRAILER_BYTES) throw malformed(`the trailing headers are longer than ${MAX_TRAILER_BYTES} bytes`);
    if (line === "") continue;
    const at = line.indexOf(":");
    const name = line.slice(0, at).trim().toLowerCase();
    if (at < 1 || trailers.has(name)) throw malformed("a trailing header must read name:value, each name once");
    trailers.set(name, line.slice(at + 1).trim());
  }
  return trailers;
}

/** Reads lines and counted bytes from a stream. Keeps one piece of the stream at a time, and one line. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#piece.byteLength === 0) {
      const next = await this.#source.next();
      if (next.done) return true;
      this.#piece = next.value;
    }
    return false;
  }

  /** At least one byte, at most `limit`. */
  async readSome(limit: number): Promise<Uint8Array> {
    if (await this.isAtEnd()) throw new S3Error("IncompleteBody", "The body ends in the middle of a chunk.");
    const some = this.#piece.subarray(0, limit);
    this.#piece = this.#piece.subarray(some.byteLength);
    return some;
  }

  /** Without its CRLF. */
  async readLine(): Promise<string> {
    let line = "";
    for (;;) {
      if (await this.isAtEnd()) throw new S3Error("IncompleteBody", "The body ends before its last chunk.");
      const end = this.#piece.indexOf(10);
      const part = end < 0 ? this.#piece : this.#piece.subarray(0, end);
      if (line.length + part.byteLength > MAX_LINE_BYTES)
        throw malformed(`a line is longer than ${MAX_LINE_BYTES} bytes`);
      line += Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("latin1");
      this.#piece = this.#piece.subarray(part.byteLength + (end < 0 ? 0 : 1));
      if (end >= 0) return line.endsWith("\r") ? line.slice(0, -1) : line;
    }
  }
}

function malformed(what: string): S3Error {
  return new S3Error("InvalidRequest", `The aws-chunked body is malformed: ${what}.`);
}
