import { ByteQueue, streamFrom } from "../compression/byte-queue.ts";
import { decodeZstd } from "../compression/zstd.ts";
import { streamLz4Frames } from "./lz4.ts";

/** How a buffer is stored, and what its decoder holds, about. */
const CODECS = {
  none: { decode: (pieces: AsyncIterable<Uint8Array>) => pieces, heldBytes: 2 ** 16 },
  lz4: { decode: streamLz4Frames, heldBytes: 2 ** 18 },
  zstd: { decode: (pieces: AsyncIterable<Uint8Array>) => decodeZstd(streamFrom(pieces)), heldBytes: 2 ** 21 },
};

export type BufferCodec = keyof typeof CODECS;

/** A large buffer of an Arrow file that is decompressed while it is read, from its beginning to its end. */
export class BufferStream {
  /** Bytes that it holds, about. */
  readonly heldBytes: number;
  readonly #queue: ByteQueue;

  constructor(codec: BufferCodec, pieces: AsyncIterable<Uint8Array>) {
    this.heldBytes = BufferStream.heldBy(codec);
    this.#queue = new ByteQueue(streamFrom(CODECS[codec].decode(pieces)));
  }

  /** Bytes that a stream of this codec would hold. */
  static heldBy(codec: BufferCodec): number {
    return CODECS[codec].heldBytes;
  }

  /** Whether the bytes from `start` on are still to come. */
  canRead(start: number): boolean {
    return start >= this.#queue.offset;
  }

  /** Bytes `[start, end)`, fewer where the buffer ends, valid until the next call; what lies before them cannot be read any more. */
  async read(start: number, end: number): Promise<Uint8Array> {
    const queue = this.#queue;
    while (queue.offset < start && (await queue.fill(1))) {
      queue.position += Math.min(queue.available, start - queue.offset);
    }
    await queue.fill(end - start);
    return queue.bytes.subarray(queue.position, Math.min(queue.position + end - start, queue.end));
  }

  /** Lets everything go. */
  close(): void {
    // Whether that succeeds or not, nothing more is read of it.
    this.#queue.cancel().catch(() => undefined);
  }
}
