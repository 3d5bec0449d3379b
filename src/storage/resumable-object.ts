import { PART_BYTES, type StreamedObject } from "./stream-to-object.ts";

/** What is needed to go on with an object in another process, beside the bytes of `pending`. Plain JSON. */
export interface ObjectState {
  uploadId: string;
  parts: R2UploadedPart[];
}

/** Parts that are on their way at the same time, while the next one fills. */
const PARTS_IN_FLIGHT = 2;

/**
 * An object that is written bit by bit, over several processes if need be. Up to 5 MiB go in one put, more in parts of 5 MiB:
 * memory stays at three parts. Until `complete` nothing of it is to be seen.
 */
export class ResumableObject {
  readonly #bucket: R2Bucket;
  readonly #key: string;
  readonly #contentType: string;
  readonly #onBegin: (uploadId: string) => void;
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(PART_BYTES);
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #filled = 0;
  #upload: R2MultipartUpload | undefined;
  readonly #parts: R2UploadedPart[];
  #sentParts: number;
  readonly #inFlight = new Set<Promise<void>>();
  #failure: { cause: unknown } | undefined;

  /**
   * @param options.resumed what `state` and `pending` were when the last process left off.
   * @param options.onBegin told the id of the multipart upload as soon as there is one: R2 lists none that are unfinished.
   */
  constructor(
    bucket: R2Bucket,
    key: string,
    contentType: string,
    options: {
      resumed?: { state: ObjectState | undefined; pending: Uint8Array } | undefined;
      onBegin?: ((uploadId: string) => void) | undefined;
    } = {},
  ) {
    const { state, pending } = options.resumed ?? { state: undefined, pending: new Uint8Array(0) };
    this.#bucket = bucket;
    this.#key = key;
    this.#contentType = contentType;
    this.#onBegin = options.onBegin ?? (() => {});
    this.#parts = [...(state?.parts ?? [])];
    this.#sentParts = this.#parts.length;
    this.#upload = state ? bucket.resumeMultipartUpload(key, state.uploadId) : undefined;
    this.#buffer.set(pending);
    this.#filled = pending.length;
  }

  /** Undefined as long as nothing has been sent. To be asked for right after `settle`. */
  get state(): ObjectState | undefined {
    return this.#upload ? { uploadId: this.#upload.uploadId, parts: [...this.#parts] } : undefined;
  }

  /** Bytes that were written and not yet sent; a view. */
  get pending(): Uint8Array {
    return this.#buffer.subarray(0, this.#filled);
  }

  get sizeBytes(): number {
    return this.#sentParts * PART_BYTES + this.#filled;
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

  /** Sends what is in the buffer; waits only when enough is on its way. */
  async #sendPart(): Promise<void> {
    if (!this.#upload) {
      const httpMetadata = { contentType: this.#contentType };
      this.#upload = await this.#bucket.createMultipartUpload(this.#key, { httpMetadata });
      this.#onBegin(this.#upload.uploadId);
    }
    while (this.#inFlight.size >= PARTS_IN_FLIGHT) await Promise.race(this.#inFlight);
    if (this.#failure) throw this.#failure.cause;
    const buffer = this.#buffer;
    const index = this.#sentParts++;
    const sending = this.#upload
      .uploadPart(index + 1, buffer.subarray(0, this.#filled))
      .then(
        (part) => {
          this.#parts[index] = part;
          this.#spare.push(buffer);
        },
        (cause: unknown) => {
          this.#failure ??= { cause };
        },
      )
      .finally(() => this.#inFlight.delete(sending));
    this.#inFlight.add(sending);
    this.#buffer = this.#spare.pop() ?? new Uint8Array(PART_BYTES);
    this.#filled = 0;
  }

  /** Waits until what is on its way has arrived. */
  async settle(): Promise<void> {
    await Promise.all(this.#inFlight);
    if (this.#failure) throw this.#failure.cause;
  }

  /** Puts the object in its place. */
  async complete(): Promise<StreamedObject> {
    const { sizeBytes } = this;
    if (!this.#upload) {
      const httpMetadata = { contentType: this.#contentType };
      return { sizeBytes, etag: (await this.#bucket.put(this.#key, this.pending, { httpMetadata })).etag };
    }
    await this.#sendPart();
    await this.settle();
    return { sizeBytes, etag: (await this.#upload.complete(this.#parts)).etag };
  }

  /** Gives up what was sent. Never throws: what cannot be given up now, R2 removes by its lifecycle rule. */
  async abort(): Promise<void> {
    await Promise.all(this.#inFlight);
    if (this.#upload) await abortUpload(this.#upload);
    this.#upload = undefined;
  }
}

/** Gives up a multipart upload, if it is still there. */
export async function abortUpload(upload: R2MultipartUpload): Promise<void> {
  await upload.abort().catch((cause: unknown) => {
    console.error({ message: "An unfinished object could not be given up.", key: upload.key, cause: String(cause) });
  });
}
