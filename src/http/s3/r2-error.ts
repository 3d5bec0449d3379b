import { isMomentary, MOMENTARY_MESSAGE } from "../../storage/database-error.ts";
import { S3Error, type S3ErrorCode } from "../../storage/s3/s3-error.ts";

/** R2's error numbers (R2 documentation, "Error codes"), which its binding appends to the message: `put: … (10011)`. */
const CODES: Record<string, [S3ErrorCode, string]> = {
  "10007": ["NoSuchKey", "There is no object with this key."],
  "10011": ["EntityTooSmall", "A part other than the last has fewer than 5 MiB."],
  "10012": ["MetadataTooLarge", "The metadata is larger than R2 stores."],
  "10020": ["InvalidArgument", "R2 does not take this object name."],
  "10024": ["NoSuchUpload", "There is no such multipart upload: it was completed, aborted, or belongs to another key."],
  "10025": ["InvalidPart", "A listed part was never uploaded, or its ETag is another."],
  "10029": ["InvalidArgument", "R2 does not take one of the arguments."],
  "10031": ["PreconditionFailed", "A condition of the request does not hold."],
  "10037": ["BadDigest", "The body is not what its checksum says."],
  "10039": ["InvalidRange", "The range lies outside the object."],
  "10048": ["InvalidPart", "The parts must all have one size; only the last may be smaller."],
  "100100": ["EntityTooLarge", "The body is larger than R2 takes in one request."],
};

/** R2's refusal, or the database's, in S3's words; undefined for everything that is neither. */
export function toS3Error(error: unknown): S3Error | undefined {
  if (error instanceof S3Error) return error;
  const number = error instanceof Error ? /\((\d{5,6})\)/.exec(error.message)?.[1] : undefined;
  const known = number === undefined ? undefined : CODES[number];
  if (known) return new S3Error(known[0], known[1], { cause: error });
  return isMomentary(error) ? new S3Error("ServiceUnavailable", MOMENTARY_MESSAGE, { cause: error }) : undefined;
}
