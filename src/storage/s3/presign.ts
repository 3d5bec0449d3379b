import { AwsV4Signer } from "aws4fetch";
import {
  deriveServerCredentials,
  isSigningSecret,
  MIN_SIGNING_SECRET_CHARACTERS,
  type S3Credentials,
} from "./credentials.ts";
import { planParts } from "./part-plan.ts";
import { formatDateTime } from "./signature.ts";
import { encodeObjectKey } from "./uri-encoding.ts";

/** The bucket's name at the built-in endpoint. */
export const S3_BUCKET = "eider";
export const S3_REGION = "auto";

const MAX_EXPIRY_SECONDS = 7 * 86_400;

/** The variables and secrets that decide where presigned URLs point. */
export interface StorageSettings {
  SIGNING_SECRET?: string;
  R2_ACCOUNT_ID?: string;
  R2_BUCKET_NAME?: string;
  R2_ACCESS_KEY_ID?: string;
  R2_SECRET_ACCESS_KEY?: string;
}

/** Presigned URLs for one object, part by part, as they go over the wire. */
export interface PresignedParts {
  upload_id: string;
  /** Bytes of each part but the last. */
  part_size: number;
  parts: { part_number: number; url: string }[];
  complete_url: string;
  abort_url: string;
}

/** Signs URLs. */
export interface UrlSigner {
  presign(request: { method: "GET" | "PUT" | "POST"; key: string; query?: Record<string, string> }): Promise<string>;
  presignMultipart(request: { key: string; sizeBytes: number; contentType: string }): Promise<PresignedParts>;
}

export interface PresignerOptions {
  settings: StorageSettings;
  /** Base of this Worker's own URLs. */
  origin: string;
  bucket: Pick<R2Bucket, "createMultipartUpload">;
  expiresInSeconds: number;
  now: () => Date;
  /** Makes the error that says to the caller that this deployment cannot sign, and why. */
  unavailable?: (message: string) => Error;
}

/** Whether the Worker serves the S3 endpoint itself: it does until R2's own keys are configured. */
export function servesS3(settings: StorageSettings): boolean {
  return !settings.R2_ACCESS_KEY_ID && !settings.R2_SECRET_ACCESS_KEY;
}

/** The part of the bucket that a user's own S3 credentials reach. */
export function userPrefix(userId: string): string {
  return `uploads/${userId}/`;
}

/** Base URL of the bucket and the pair that signs for it. */
interface SigningTarget {
  baseUrl: string;
  credentials: S3Credentials;
}

/**
 * Signs URLs for R2's S3 endpoint when its keys are configured, otherwise for the Worker's own under `/s3/`. A URL is good for one
 * method on one key until it expires; the client may send any body and content type.
 *
 * Presigning throws what `unavailable` makes when the secrets it needs are missing, and RangeError for a key with a `.` or
 * `..` segment, which URLs cannot express.
 */
export function createPresigner(options: PresignerOptions): UrlSigner {
  // Deriving a signing key takes four HMACs; it is the same for all URLs of a day.
  const cache = new Map<string, ArrayBuffer>();

  async function sign(method: string, key: string, query: Record<string, string>): Promise<string> {
    if (key.split("/").some((segment) => segment === "." || segment === ".."))
      throw new RangeError(`the key ${JSON.stringify(key)} has a dot segment`);
    const { baseUrl, credentials } = findTarget(options);
    const url = new URL(`${baseUrl}/${encodeObjectKey(key)}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    url.searchParams.set("X-Amz-Expires", String(Math.min(options.expiresInSeconds, MAX_EXPIRY_SECONDS)));
    const datetime = formatDateTime(options.now());
    const signed = await new AwsV4Signer({
      method,
      url: url.href,
      ...credentials,
      service: "s3",
      region: S3_REGION,
      datetime,
      cache,
      signQuery: true,
    }).sign();
    return signed.url.href;
  }

  return {
    presign: ({ method, key, query }) => sign(method, key, query ?? {}),
    async presignMultipart({ key, sizeBytes, contentType }): Promise<PresignedParts> {
      findTarget(options);
      const { partBytes, partCount } = planParts(sizeBytes);
      // An upload begun through the binding goes on through the S3 endpoint: R2 keeps one list of both.
      const { uploadId } = await options.bucket.createMultipartUpload(key, { httpMetadata: { contentType } });
      const parts: PresignedParts["parts"] = [];
      for (let number = 1; number <= partCount; number++) {
        parts.push({ part_number: number, url: await sign("PUT", key, { partNumber: String(number), uploadId }) });
      }
      return {
        upload_id: uploadId,
        part_size: partBytes,
        parts,
        complete_url: await sign("POST", key, { uploadId }),
        abort_url: await sign("DELETE", key, { uploadId }),
      };
    },
  };
}

function findTarget({
  settings,
  origin,
  unavailable = (message) => new Error(message),
}: PresignerOptions): SigningTarget {
  if (!servesS3(settings)) {
    const {
      R2_ACCOUNT_ID: account,
      R2_ACCESS_KEY_ID: accessKeyId,
      R2_SECRET_ACCESS_KEY: secretAccessKey,
      R2_BUCKET_NAME: bucket,
    } = settings;
    if (!account || !accessKeyId || !secretAccessKey || !bucket) {
      throw unavailable(
        "This server cannot presign URLs: of R2_ACCOUNT_ID, R2_BUCKET_NAME, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY some are set and some are not.",
      );
    }
    return {
      baseUrl: `https://${account}.r2.cloudflarestorage.com/${bucket}`,
      credentials: { accessKeyId, secretAccessKey },
    };
  }
  if (!isSigningSecret(settings.SIGNING_SECRET)) {
    throw unavailable(
      `This server cannot presign URLs: SIGNING_SECRET is not set or has fewer than ${MIN_SIGNING_SECRET_CHARACTERS} characters.`,
    );
  }
  return { baseUrl: `${origin}/s3/${S3_BUCKET}`, credentials: deriveServerCredentials(settings.SIGNING_SECRET) };
}
