import { PART_BYTES, type StreamedObject } from "./stream-to-object.ts";

/** What is needed to go on with an object in another process, beside the bytes of `pending`. Plain JSON. */
export interface ObjectState {
  uploadId: string;
  parts: R2UploadedPart[];
}

/**
 * An object that is written bit by bit, over several processes if need be. Up to 5 MiB go in one put, more in parts of 5 MiB:
 * memory stays at one part. Until `complete` nothing of it is to be seen.
 */
export class ResumableObject {
  readonly #bucket: R2Bucket;
  readonly #key: string;
  readonly #contentType: string;
  readonly #buffer = new Uint8Array(PART_BYTES);
  #filled = 0;
  #upload: R2MultipartUpload | undefined;
  readonly #parts: R2UploadedPart[];

  /** @param resumed what `state` and `pending` were when the last process left off. */
  constructor(
    bucket: R2Bucket,
    key: string,
    contentType: string,
    resumed: { state: ObjectState | undefined; pending: Uint8Array } = { state: undefined, pending: new Uint8Array(0) },
  ) {
    this.#bucket = bucket;
    this.#key = key;
    this.#contentType = contentType;
    this.#parts = [...(resumed.state?.parts ?? [])];
    this.#upload = resumed.state ? bucket.resumeMultipartUpload(key, resumed.state.uploadId) : undefined;
    this.#buffer.set(resumed.pending);
    this.#filled = resumed.pending.length;
  }

  /** Undefined as long as nothing has been sent. */
  get state(): ObjectState | undefined {
    return this.#upload ? { uploadId: this.#upload.uploadId, parts: [...this.#parts] } : undefined;
  }

  /** Bytes that were written and not yet sent; a view. */
  get pending(): Uint8Array {
    return this.#buffer.subarray(0, this.#filled);
  }

  get sizeBytes(): number {
    return this.#parts.length * PART_BYTES + this.#filled;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      if (this.#filled === this.#buffer.length) await this.#sendPart();
      const length = Math.min(this.#buffer.length - this.#filled, bytes.length - at);
      this.#buffer.set(bytes.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
    }
  }

  async #sendPart(): Promise<void> {
    const httpMetadata = { contentType: this.#contentType };
    this.#upload ??= await this.#bucket.createMultipartUpload(this.#key, { httpMetadata });
    this.#parts.push(await this.#upload.uploadPart(this.#parts.length + 1, this.pending));
    this.#filled = 0;
  }

  /** Puts the object in its place. */
  async complete(): Promise<StreamedObject> {
    const { sizeBytes } = this;
    if (!this.#upload) {
      const httpMetadata = { contentType: this.#contentType };
      return { sizeBytes, etag: (await this.#bucket.put(this.#key, this.pending, { httpMetadata })).etag };
    }
    await this.#sendPart();
    return { sizeBytes, etag: (await this.#upload.complete(this.#parts)).etag };
  }

  /** Gives up what was sent. Never throws: what cannot be given up now, R2 removes by its lifecycle rule. */
  async abort(): Promise<void> {
    await this.#upload?.abort().catch((cause: unknown) => {
      console.error({ message: "An unfinished export could not be aborted.", key: this.#key, cause: String(cause) });
    });
    this.#upload = undefined;
  }
}
