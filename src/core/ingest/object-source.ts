import type { BlockDisk } from "../../engine/types.ts";
import type { ByteSource } from "../../formats/source.ts";
import { AppError } from "../errors.ts";

/**
 * One object in R2 as a source of bytes, held to the version that was confirmed.
 *
 * @throws AppError `resource_conflict` on a read after the object was replaced, `not_found` after it was deleted.
 */
export function openObjectSource(
  bucket: R2Bucket,
  object: { key: string; etag: string; sizeBytes: number },
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
      return (await read({ offset: from, length })).bytes();
    },
    stream(start = 0) {
      if (start >= object.sizeBytes) return new ReadableStream({ start: (controller) => controller.close() });
      const through = new TransformStream<Uint8Array, Uint8Array>();
      read({ offset: start })
        .then((found) => found.body.pipeTo(through.writable))
        .catch((cause) => through.writable.abort(cause).catch(() => undefined));
      return through.readable;
    },
  };
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
