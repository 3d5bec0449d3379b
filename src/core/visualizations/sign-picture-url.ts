import { createHmac, timingSafeEqual } from "node:crypto";
import { isSigningSecret } from "../../storage/s3/credentials.ts";

/** A signed URL of a picture is good for this long. */
export const PICTURE_URL_HOURS = 24;

/** What signs and checks the URLs of pictures. */
export interface PictureSigning {
  /** SIGNING_SECRET; without one nothing is signed. */
  secret: string | undefined;
  now: Date;
}

/**
 * The URL of a chart's PNG that works without a key until it expires: an HMAC-SHA256 over the id and the time of expiry.
 *
 * @returns undefined when this server has no secret to sign with.
 */
export function signPictureUrl(
  { origin, visualizationId }: { origin: string; visualizationId: string },
  { secret, now }: PictureSigning,
): string | undefined {
  if (!isSigningSecret(secret)) return undefined;
  const expires = Math.floor(now.getTime() / 1000) + PICTURE_URL_HOURS * 3600;
  const signature = signatureOf(secret, visualizationId, expires);
  return `${origin}/visualizations/${visualizationId}.png?expires=${expires}&signature=${signature}`;
}

/** Why a signed URL is not to be followed; undefined when it is good. */
export function faultOfPictureUrl(
  url: { visualizationId: string; expires: string | undefined; signature: string | undefined },
  { secret, now }: PictureSigning,
): string | undefined {
  if (!isSigningSecret(secret)) return "This server has no SIGNING_SECRET, so it can check no signatures.";
  const expires = Number(url.expires);
  if (!/^\d{1,12}$/.test(url.expires ?? "") || url.signature === undefined)
    return "The link lacks `expires` or `signature`.";
  const expected = Buffer.from(signatureOf(secret, url.visualizationId, expires));
  const given = Buffer.from(url.signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return "The link's signature is wrong.";
  return expires * 1000 < now.getTime() ? "The link has expired; ask the question again for another." : undefined;
}

function signatureOf(secret: string, visualizationId: string, expires: number): string {
  const key = createHmac("sha256", secret).update("picture urls", "utf8").digest();
  return createHmac("sha256", key).update(`${visualizationId}\n${expires}`, "utf8").digest("base64url");
}
