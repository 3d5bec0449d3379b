/** R2's least size of a part that is not the last; what one upload holds in memory. */
export const PART_BYTES = 5 * 1024 * 1024;
/** R2's most parts of one multipart upload. */
const MAX_PARTS = 10_000;

export interface StreamedObject {
  sizeBytes: number;
  etag: string;
}

/** The stream went on beyond `maxBytes`; nothing of it was kept. */
export class StreamTooLongError extends Error {
  override readonly name = "StreamTooLongError";
  readonly maxBytes: number;
  constructor(maxBytes: number) {
    super(`The stream has more than ${maxBytes} bytes.`);
    this.maxBytes = maxBytes;
  }
}

/**
 * Stores a stream of unknown length as one object. Up to 5 MiB go in one put, more in parts of 5 MiB, so that memory stays at one
 * part. When the stream fails or is too long, the object is as it was before, and no part stays behind.
 *
 * @param options.maxBytes the stream is left at the first byte beyond.
 * @throws StreamTooLongError; whatever the stream or R2 throws.
 */
export async function streamToObject(
  bucket: R2Bucket,
  key: string,
  stream: AsyncIterable<Uint8Array>,
  options: { maxBytes: number; contentType: string; partBytes?: number },
): Promise<StreamedObject> {
  const buffer = new Uint8Array(options.partBytes ?? PART_BYTES);
  const maxBytes = Math.min(options.maxBytes, buffer.length * MAX_PARTS);
  const httpMetadata = { contentType: options.contentType };
  const parts: R2UploadedPart[] = [];
  let upload: R2MultipartUpload | undefined;
  let filled = 0;
  let sizeBytes = 0;
  try {
    for await (const chunk of stream) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw new StreamTooLongError(maxBytes);
      for (let at = 0; at < chunk.length; ) {
        if (filled === buffer.length) {
          upload ??= await bucket.createMultipartUpload(key, { httpMetadata });
          parts.push(await upload.uploadPart(parts.length + 1, buffer));
          filled = 0;
        }
        const length = Math.min(buffer.length - filled, chunk.length - at);
        buffer.set(chunk.subarray(at, at + length), filled);
        filled += length;
        at += length;
      }
    }
    const rest = buffer.subarray(0, filled);
    if (!upload) return { sizeBytes, etag: (await bucket.put(key, rest, { httpMetadata })).etag };
    parts.push(await upload.uploadPart(parts.length + 1, rest));
    return { sizeBytes, etag: (await upload.complete(parts)).etag };
  } catch (failure) {
    await upload?.abort().catch((cause: unknown) => {
      console.error({
        message: "An unfinished multipart upload could not be aborted; R2 removes it after its lifecycle rule.",
        key,
        cause: String(cause),
      });
    });
    throw failure;
  }
}
