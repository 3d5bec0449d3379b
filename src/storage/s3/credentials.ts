import { createHmac } from "node:crypto";

/** An S3 key pair. */
export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** The access key id of the server's own pair, with which it presigns. No API key's id looks like it. */
export const SERVER_ACCESS_KEY_ID = "eider-server";

/** SIGNING_SECRET has at least this many characters, or nothing is signed with it. */
export const MIN_SIGNING_SECRET_CHARACTERS = 32;

/** Whether the secret is there and long enough to sign with. */
export function isSigningSecret(secret: string | undefined): secret is string {
  return secret !== undefined && secret.length >= MIN_SIGNING_SECRET_CHARACTERS;
}

/**
 * The S3 pair of an API key: its id, and a secret derived from it, so that nothing but the id has to be stored.
 * Whoever has SIGNING_SECRET can derive every pair; changing it ends them all.
 */
export function deriveKeyCredentials(signingSecret: string, keyId: string): S3Credentials {
  return { accessKeyId: keyId, secretAccessKey: derive(signingSecret, `s3 key ${keyId}`) };
}

/** The server's own pair. It is good for presigned URLs alone and never leaves the server. */
export function deriveServerCredentials(signingSecret: string): S3Credentials {
  return { accessKeyId: SERVER_ACCESS_KEY_ID, secretAccessKey: derive(signingSecret, "s3 server") };
}

function derive(signingSecret: string, purpose: string): string {
  return createHmac("sha256", signingSecret).update(purpose, "utf8").digest("base64url");
}
