import { ByteQueue, streamFrom } from "../compression/byte-queue.ts";
import { decodeGzip } from "../compression/native.ts";
import { decodeZstd } from "../compression/zstd.ts";
import { FormatError } from "../source.ts";
import type { Sink } from "./page-values.ts";
import { streamSnappy } from "./snappy.ts";
import { lengthAt, MAX_COLUMN_BYTES } from "./values.ts";

/** Smaller pages are decompressed whole, which is faster. */
const LEAST_STREAMED_BYTES = 4 * 2 ** 20;

interface StreamingCodec {
  decode(pieces: AsyncIterable<Uint8Array>, byteLength: number): AsyncIterable<Uint8Array>;
  /** What it holds, about. */
  readonly heldBytes: number;
}

const CODECS: Record<string, StreamingCodec> = {
  UNCOMPRESSED: { decode: (pieces) => pieces, heldBytes: 0 },
  SNAPPY: { decode: streamSnappy, heldBytes: 2 ** 19 },
  GZIP: { decode: (pieces) => decodeGzip(streamFrom(pieces)), heldBytes: 2 ** 18 },
  ZSTD: { decode: (pieces) => decodeZstd(streamFrom(pieces)), heldBytes: 3 * 2 ** 20 },
};

/** Whether a page is large, and such that its values can be decoded one after the other without all of it in memory. */
export function isStreamable(page: { codec: string; encoding: string; type: string; byteLength: number }): boolean {
  const { codec, encoding, type, byteLength } = page;
  return byteLength > LEAST_STREAMED_BYTES && encoding === "PLAIN" && type !== "BOOLEAN" && CODECS[codec] !== undefined;
}

/** A large page that is decompressed while it is read. */
export class PageStream {
  readonly heldBytes: number;
  readonly #queue: ByteQueue;

  /** @param pieces the page's body, compressed. */
  constructor(codec: string, pieces: AsyncIterable<Uint8Array>, byteLength: number) {
    const streaming = CODECS[codec]!;
    this.heldBytes = streaming.heldBytes;
    this.#queue = new ByteQueue(streamFrom(streaming.decode(pieces, byteLength)));
  }

  /** A copy of the next `count` bytes. */
  async read(count: number): Promise<Uint8Array> {
    await this.#need(count);
    return this.#queue.take(count).slice();
  }

  /** Moves the next values, PLAIN ones, into a sink. */
  async take(sink: Sink, count: number): Promise<void> {
    const queue = this.#queue;
    sink.reserve(count);
    for (let left = count; left > 0; ) {
      if (sink.kind === "fixed") {
        await this.#need(sink.width);
        const values = Math.min(left, Math.floor(queue.available / sink.width));
        sink.append(queue.bytes, queue.position, values);
        queue.position += values * sink.width;
        left -= values;
        continue;
      }
      await this.#need(4);
      await this.#need(4 + this.#nextLength());
      for (; left > 0 && queue.available >= 4; left--) {
        const start = queue.position + 4;
        const end = start + this.#nextLength();
        if (end > queue.end) break;
        sink.appendValue(queue.bytes, start, end);
        queue.position = end;
      }
    }
  }

  /** Lets everything go. */
  close(): void {
    // Whether that succeeds or not, nothing more is read of it.
    this.#queue.cancel().catch(() => undefined);
  }

  #nextLength(): number {
    const length = lengthAt(this.#queue.bytes, this.#queue.position);
    if (length > MAX_COLUMN_BYTES) {
      throw new FormatError("A value of a Parquet page is longer than 48 MB, or the page is damaged.");
    }
    return length;
  }

  #need(count: number): Promise<void> {
    return this.#queue.need(count, "Parquet page's");
  }
}
