import { type ChecksumAlgorithm, createChecksum } from "./checksums.ts";
import { S3Error } from "./s3-error.ts";

/** What a body was announced to be. */
export interface BodyClaims {
  /** Bytes after decoding. */
  length: number;
  /** Hexadecimal, from `x-amz-content-sha256`. */
  sha256: string | null;
  /** Base64, from `Content-MD5`. */
  md5: string | null;
  /** From `x-amz-checksum-*` headers. */
  checksums: ReadonlyMap<ChecksumAlgorithm, string>;
  /** Algorithms whose value comes in a trailing header. */
  trailing: readonly ChecksumAlgorithm[];
}

/** A source that ends with the trailing headers, if it has any. */
export type BodySource = AsyncGenerator<Uint8Array, Map<string, string>>;

/**
 * Passes a body on and checks it against what was announced. Its last piece is held back until everything has been found right, so a
 * consumer that needs all bytes to finish (R2 does) cannot finish with a wrong body.
 * @returns the checksums found, to be confirmed to the client.
 * @throws S3Error `IncompleteBody`, `XAmzContentSHA256Mismatch`, `BadDigest`, `InvalidRequest`.
 */
export async function* checkBody(
  source: BodySource,
  claims: BodyClaims,
): AsyncGenerator<Uint8Array, Map<ChecksumAlgorithm, string>> {
  const sha256 = claims.sha256 === null ? null : createChecksum("sha256");
  const md5 = claims.md5 === null ? null : createChecksum("md5");
  const sums = [...new Set([...claims.checksums.keys(), ...claims.trailing])].map((algorithm) => ({
    algorithm,
    sum: createChecksum(algorithm),
  }));
  let bytes = 0;
  let held: Uint8Array | undefined;
  let next = await source.next();
  for (; !next.done; next = await source.next()) {
    const piece = next.value;
    bytes += piece.byteLength;
    if (bytes > claims.length) throw wrongLength(claims.length);
    sha256?.update(piece);
    md5?.update(piece);
    for (const { sum } of sums) sum.update(piece);
    if (held) yield held;
    held = piece;
  }
  if (bytes !== claims.length) throw wrongLength(claims.length);
  if (sha256 && Buffer.from(sha256.digest(), "base64").toString("hex") !== claims.sha256) {
    throw new S3Error("XAmzContentSHA256Mismatch", "The body's SHA-256 is not that of x-amz-content-sha256.");
  }
  if (md5 && md5.digest() !== claims.md5) throw new S3Error("BadDigest", "The body's MD5 is not that of Content-MD5.");
  const found = new Map<ChecksumAlgorithm, string>();
  for (const { algorithm, sum } of sums) {
    const announced = claims.checksums.get(algorithm) ?? next.value.get(`x-amz-checksum-${algorithm}`);
    if (announced === undefined)
      throw new S3Error("InvalidRequest", `The trailing header x-amz-checksum-${algorithm} is missing.`);
    const value = sum.digest();
    if (value !== announced)
      throw new S3Error(
        "BadDigest",
        `The body's ${algorithm.toUpperCase()} is not that of x-amz-checksum-${algorithm}.`,
      );
    found.set(algorithm, value);
  }
  if (held) yield held;
  return found;
}

function wrongLength(announced: number): S3Error {
  return new S3Error("IncompleteBody", `The body has another length than the ${announced} bytes announced.`);
}
