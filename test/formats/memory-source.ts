import type { ByteSource } from "../../src/formats/source.ts";

/** A piece of memory as a ByteSource, handed out in chunks of the given size. */
export function createMemorySource(bytes: Uint8Array, chunkSize = 65_536): ByteSource {
  return {
    byteLength: bytes.length,
    slice: (start, end = bytes.length) => Promise.resolve(bytes.slice(start, end)),
    stream: (start = 0) => {
      let at = start;
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          if (at >= bytes.length) return controller.close();
          controller.enqueue(bytes.slice(at, at + chunkSize));
          at += chunkSize;
        },
      });
    },
  };
}

/** All bytes of a stream. For tests only. */
export async function collectBytes(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
