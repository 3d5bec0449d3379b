import type { BlockDisk } from "../../engine/types.ts";

/** R2 wants parts of one size, 5 MiB at the least and 10,000 at the most: this allows tables of 50 GB. */
const PART_BYTES = 5 << 20;
/** Parts on their way at once. */
const PARTS_IN_FLIGHT = 3;

/** Copies a file from a Workbench's disk to R2, a few parts in memory at a time. Running it again overwrites with the same bytes. */
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
  const partCount = Math.ceil(sizeBytes / PART_BYTES);
  let next = 0;
  try {
    const parts: R2UploadedPart[] = [];
    let storedBytes = 0;
    const storeParts = async () => {
      while (next < partCount) {
        const index = next++;
        const bytes = read(index * PART_BYTES);
        parts[index] = await upload.uploadPart(index + 1, bytes);
        storedBytes += bytes.length;
        onProgress(storedBytes);
      }
    };
    await Promise.all(Array.from({ length: PARTS_IN_FLIGHT }, storeParts));
    const object = await upload.complete(parts);
    return { sizeBytes, etag: object.etag };
  } catch (cause) {
    next = partCount;
    await upload
      .abort()
      .catch((error) =>
        console.error({ message: "An unfinished table file could not be discarded.", key, error: String(error) }),
      );
    throw cause;
  }
}
