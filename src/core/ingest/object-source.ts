import type { BlockDisk } from "../../engine/types.ts";
import type { ByteSource } from "../../formats/source.ts";
import { AppError } from "../errors.ts";

/**
 * One object in R2 as a source of bytes, held to the version that was confirmed.
 *
 * @param onRead is told up to which byte has been read, each time.
 * @throws AppError `resource_conflict` on a read after the object was replaced, `not_found` after it was deleted.
 */
export function openObjectSource(
  bucket: R2Bucket,
  object: { key: string; etag: string; sizeBytes: number },
  onRead?: (end: number) => void,
): ByteSource {
  const read = async (range: R2Range): Promise<R2ObjectBody> => {
    const found = await bucket.get(object.key, { range, onlyIf: { etagMatches: object.etag } });
    if (!found) throw new AppError("not_found", "The file's bytes have been deleted.");
    if (!("body" in found))
      throw new AppError(
        "resource_conflict",
        "The file's bytes were replaced after it was confirmed. Create a new upload for the new bytes.",
      );
    return found;
  };
  return {
    byteLength: object.sizeBytes,
    async slice(start, end = object.sizeBytes) {
      const from = Math.max(0, Math.min(start, object.sizeBytes));
      const length = Math.min(end, object.sizeBytes) - from;
      if (length <= 0) return new Uint8Array(0);
      const bytes = await (await read({ offset: from, length })).bytes();
      onRead?.(from + length);
      return bytes;
    },
    stream: (start = 0) =>
      streamRanges(start, object.sizeBytes, async (offset, length) => {
        const bytes = await (await read({ offset, length })).bytes();
        onRead?.(offset + length);
        if (bytes.length === length) return bytes;
        throw new Error(`R2 gave ${bytes.length} of ${length} bytes at ${offset} of “${object.key}”.`);
      }),
  };
}

/** The first get of a stream is small, since many streams are only looked into; each further one is twice as wide, up to the widest. */
const FIRST_GET_BYTES = 256 * 1024;
const WIDEST_GET_BYTES = 4 * 1024 * 1024;
/** What is handed on at a time: decompressors blow up what they are given at once. */
const CHUNK_BYTES = 256 * 1024;

/**
 * A stream of ranges, read in a few wide gets: a body read chunk by chunk takes ten times as long. Once the gets are at their widest the
 * next is under way while one is handed out, so that at most 8 MB are held.
 */
function streamRanges(
  start: number,
  end: number,
  read: (offset: number, length: number) => Promise<Uint8Array>,
): ReadableStream<Uint8Array> {
  let at = start;
  let width = FIRST_GET_BYTES;
  let current: Uint8Array = new Uint8Array(0);
  let handedOut = 0;
  let ahead: Promise<Uint8Array> | undefined;
  const readOn = (): Promise<Uint8Array> | undefined => {
    if (at >= end) return undefined;
    const length = Math.min(width, end - at);
    const bytes = read(at, length);
    // Whoever awaits it hears of an error; a get that nobody waits for any more must not be an unhandled rejection.
    bytes.catch(() => undefined);
    at += length;
    width = Math.min(width * 2, WIDEST_GET_BYTES);
    return bytes;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (handedOut === current.length) {
          const next = ahead ?? readOn();
          ahead = undefined;
          if (!next) return controller.close();
          current = await next;
          handedOut = 0;
          if (current.length === WIDEST_GET_BYTES) ahead = readOn();
        }
        const chunk = current.subarray(handedOut, handedOut + CHUNK_BYTES);
        handedOut += chunk.length;
        controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
}

const DISK_CHUNK_BYTES = 1 << 20;

/** A file on a Workbench's disk as a source of bytes. */
export function openDiskSource(disk: BlockDisk, file: string): ByteSource {
  const byteLength = disk.size(file) ?? 0;
  const read = (start: number, end: number): Uint8Array => {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
    disk.read(file, start, bytes);
    return bytes;
  };
  return {
    byteLength,
    slice: async (start, end = byteLength) => read(start, end),
    stream(start = 0) {
      let at = start;
      return new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (at >= byteLength) return controller.close();
            const chunk = read(at, at + DISK_CHUNK_BYTES);
            at += chunk.length;
            controller.enqueue(chunk);
          },
        },
        { highWaterMark: 0 },
      );
    },
  };
}
