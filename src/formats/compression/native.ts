import { createGunzip, createInflateRaw } from "node:zlib";
import { FormatError } from "../source.ts";
import { readChunks } from "./byte-queue.ts";

/** Decodes gzip (RFC 1952), also of several members, by the platform's zlib. @throws FormatError when damaged. */
export function decodeGzip(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  return decodeByPlatform(stream, createGunzip({ chunkSize: 65536 }), "gzip");
}

/** Decodes raw deflate data (RFC 1951). @throws FormatError when damaged. */
export function decodeDeflate(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  return decodeByPlatform(stream, createInflateRaw({ chunkSize: 65536 }), "deflate");
}

/** What is used of node:zlib's transforms. */
export interface NodeTransform {
  write(chunk: Uint8Array): boolean;
  end(): void;
  destroy(): void;
  once(event: "drain", listener: () => void): unknown;
  on(event: "error" | "close", listener: (error?: Error) => void): unknown;
  [Symbol.asyncIterator](): AsyncIterator<unknown>;
}

/** Runs a stream through one of node:zlib's decoders, with backpressure; `what` names the data in errors. */
export async function* decodeByPlatform(
  stream: ReadableStream<Uint8Array>,
  decoder: NodeTransform,
  what: string,
): AsyncGenerator<Uint8Array> {
  let sourceError: unknown;
  let wakeFeeder: () => void = () => undefined;
  let open = true;
  const close = () => {
    open = false;
    wakeFeeder();
  };
  decoder.on("error", close);
  decoder.on("close", close);
  const feed = async () => {
    for await (const chunk of readChunks(stream)) {
      if (!open) return;
      if (!decoder.write(chunk)) {
        await new Promise<void>((resolve) => {
          wakeFeeder = resolve;
          decoder.once("drain", resolve);
          if (!open) resolve();
        });
      }
    }
    if (open) decoder.end();
  };
  const feeding = feed().catch((error: unknown) => {
    sourceError = error;
    decoder.destroy();
  });
  try {
    const iterator = decoder[Symbol.asyncIterator]();
    for (;;) {
      const next = await iterator.next();
      if (next.done) break;
      yield next.value as Uint8Array;
    }
  } catch (error) {
    if (sourceError !== undefined) throw sourceError;
    throw explainZlib(error, what);
  } finally {
    close();
    decoder.destroy();
    await feeding;
  }
  if (sourceError !== undefined) throw sourceError;
}

function explainZlib(error: unknown, what: string): FormatError {
  const message = error instanceof Error ? error.message : String(error);
  if (/unexpected end|incomplete/i.test(message)) {
    return new FormatError(`The ${what} data ends too early. The file is truncated; upload it again.`, {
      cause: error,
    });
  }
  return new FormatError(`The ${what} data is damaged (${message}).`, { cause: error });
}
