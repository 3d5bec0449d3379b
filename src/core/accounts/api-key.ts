import { createHash } from "node:crypto";

const KEY_FORMAT = /^eider_[0-9A-Za-z]{20,200}$/;

/** How many of a key's first characters are kept readable, to tell keys apart in a list. */
const PREFIX_LENGTH = 12;

/** A new API key: `eider_` and at least 200 bits of randomness. `randomId` gives at least 100 bits a call. */
export function generateApiKey(randomId: () => string): string {
  return `eider_${randomId()}${randomId()}`;
}

/** Whether the text has the shape of an API key; says nothing about whether it exists. */
export function isApiKeyShaped(text: string): boolean {
  return KEY_FORMAT.test(text);
}

/**
 * What is stored of a key: SHA-256, hexadecimal. A fast hash is enough because the key is random and long, and looking the
 * hash up by an index tells nothing through its timing: whoever guesses cannot steer the hash towards a stored one.
 */
export function hashApiKey(key: string): string {
  return createHash("sha256").update(key, "utf8").digest("hex");
}

/** The readable beginning of a key, such as `eider_3fk9qz`. */
export function apiKeyPrefix(key: string): string {
  return key.slice(0, PREFIX_LENGTH);
}
