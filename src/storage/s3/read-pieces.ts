const PIECE_BYTES = 256 * 1024;

/**
 * A body in pieces of 256 KiB, the last one smaller. Read as it comes, a request's body arrives in some 4 KiB at a time, and going through
 * JavaScript for each makes hashing several times slower.
 */
export async function* readPieces(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader({ mode: "byob" });
  try {
    for (;;) {
      const { done, value } = await reader.readAtLeast(PIECE_BYTES, new Uint8Array(PIECE_BYTES));
      if (value && value.byteLength > 0) yield value;
      if (done) return;
    }
  } finally {
    reader.releaseLock();
  }
}
