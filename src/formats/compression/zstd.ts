import { constants, createZstdDecompress } from "node:zlib";
import { FormatError } from "../source.ts";
import { ByteQueue, streamFrom } from "./byte-queue.ts";
import { DEFAULT_WINDOW_BYTES } from "./compression.ts";
import { decodeByPlatform } from "./native.ts";

const MAGIC = 0xfd2fb528;

/**
 * Decodes one or more Zstandard frames (RFC 8878) with windows of at most `windowLimit` bytes; skippable frames are passed over.
 * The platform's decoder stops after the first frame, so the frames are told apart here by their block headers.
 * @throws FormatError when damaged, truncated, followed by other bytes, or with a larger window or a dictionary.
 */
export async function* decodeZstd(
  stream: ReadableStream<Uint8Array>,
  windowLimit = DEFAULT_WINDOW_BYTES,
): AsyncGenerator<Uint8Array> {
  const queue = new ByteQueue(stream);
  try {
    for (let first = true; first || (await queue.fill(1)); first = false) {
      await queue.need(4, "Zstandard");
      const magic = uint32(queue.bytes, queue.position);
      if (magic >>> 4 === 0x184d2a5) {
        await skipFrame(queue);
        continue;
      }
      if (magic !== MAGIC) throw damaged(first ? "no Zstandard signature" : "other bytes follow the data");
      const decoder = createZstdDecompress({
        chunkSize: 65536,
        params: { [constants.ZSTD_d_windowLogMax]: Math.ceil(Math.log2(windowLimit)) },
      });
      yield* decodeByPlatform(streamFrom(readFrame(queue, windowLimit)), decoder, "Zstandard");
    }
  } finally {
    await queue.cancel();
  }
}

function damaged(why: string): FormatError {
  return new FormatError(`The Zstandard data is damaged: ${why}. Upload the file again.`);
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

async function skipFrame(queue: ByteQueue): Promise<void> {
  await queue.need(8, "Zstandard");
  let left = uint32(queue.take(8), 4);
  while (left > 0) {
    await queue.need(1, "Zstandard");
    left -= queue.take(Math.min(left, queue.available)).length;
  }
}

/** The bytes of one frame: header, blocks up to the last, checksum. */
async function* readFrame(queue: ByteQueue, windowLimit: number): AsyncGenerator<Uint8Array> {
  await queue.need(6, "Zstandard");
  const descriptor = queue.bytes[queue.position + 4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryIdSize = [0, 1, 2, 4][descriptor & 3]!;
  const contentSizeSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  if (dictionaryIdSize > 0) {
    throw new FormatError("The Zstandard data was made with a dictionary. Compress it again without one.");
  }
  const headerSize = 5 + (isSingleSegment ? 0 : 1) + contentSizeSize;
  await queue.need(headerSize, "Zstandard");
  if (!isSingleSegment) {
    const window = queue.bytes[queue.position + 5]!;
    const size = 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8);
    if (size > windowLimit) {
      throw new FormatError(
        `The Zstandard data needs a window of ${Math.ceil(size / 1024 ** 2)} MiB to decompress; at most ${Math.floor(windowLimit / 1024 ** 2)} MiB are available. Compress it again with a level of at most 19 and without --long.`,
      );
    }
  }
  yield queue.take(headerSize).slice();
  for (let last = false; !last; ) {
    await queue.need(3, "Zstandard");
    const header = uint32(queue.bytes, queue.position) & 0xffffff;
    last = (header & 1) === 1;
    const kind = (header >> 1) & 3;
    const size = 3 + (kind === 1 ? 1 : header >> 3);
    if (kind === 3 || size > (1 << 17) + 3) throw damaged("an unknown kind of block");
    await queue.need(size, "Zstandard");
    yield queue.take(size).slice();
  }
  if ((descriptor & 4) !== 0) {
    await queue.need(4, "Zstandard");
    yield queue.take(4).slice();
  }
}
