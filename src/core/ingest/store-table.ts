import type { BlockDisk } from "../../engine/types.ts";

/** R2 wants parts of one size, 5 MiB at the least and 10,000 at the most: this allows tables of 80 GB. */
const PART_BYTES = 8 << 20;

/** Copies a file from a Workbench's disk to R2, one part in memory at a time. Running it again overwrites with the same bytes. */
export async function storeTableFile(
  bucket: R2Bucket,
  disk: BlockDisk,
  file: string,
  key: string,
  onProgress: (bytes: number) => void,
): Promise<{ sizeBytes: number; etag: string }> {
  const sizeBytes = disk.size(file) ?? 0;
  const read = (start: number): Uint8Array => {
    const bytes = new Uint8Array(Math.min(PART_BYTES, sizeBytes - start));
    disk.read(file, start, bytes);
    return bytes;
  };
  if (sizeBytes <= PART_BYTES) {
    const object = await bucket.put(key, read(0));
    if (!object) throw new Error("R2 did not store the table file.");
    onProgress(sizeBytes);
    return { sizeBytes, etag: object.etag };
  }
  const upload = await bucket.createMultipartUpload(key);
  try {
    const parts: R2UploadedPart[] = [];
    for (let start = 0; start < sizeBytes; start += PART_BYTES) {
      const bytes = read(start);
      parts.push(await upload.uploadPart(parts.length + 1, bytes));
      onProgress(start + bytes.length);
    }
    const object = await upload.complete(parts);
    return { sizeBytes, etag: object.etag };
  } catch (cause) {
    await upload
      .abort()
      .catch((error) =>
        console.error({ message: "An unfinished table file could not be discarded.", key, error: String(error) }),
      );
    throw cause;
  }
}
