import type { HonoJsonWebKey } from "hono/utils/jwt/jws";
import { z } from "zod";
import { AppError } from "../errors.ts";

const FRESH_MS = 10 * 60_000;
/** A token with an unknown key id makes us look again, but not more often than this. */
const RETRY_MS = 30_000;
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1_000_000;

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })).max(1000) });

/** One entry per URL, and a deployment has one URL. */
const cache = new Map<string, { keys: HonoJsonWebKey[]; fetchedAt: number }>();

/**
 * An identity provider's public keys (RFC 7517), kept for ten minutes per isolate; a key id that is not among them fetches anew,
 * at most every 30 seconds, so that a rotated key works at once.
 * @throws AppError `service_unavailable` when they cannot be fetched or read.
 */
export async function fetchJwks(url: string, kid: string, now: Date): Promise<HonoJsonWebKey[]> {
  const known = cache.get(url);
  const age = known ? now.getTime() - known.fetchedAt : Number.POSITIVE_INFINITY;
  if (known && age < (known.keys.some((key) => key.kid === kid) ? FRESH_MS : RETRY_MS)) return known.keys;
  const keys = await requestKeys(url);
  cache.set(url, { keys, fetchedAt: now.getTime() });
  return keys;
}

async function requestKeys(url: string): Promise<HonoJsonWebKey[]> {
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    return KeySet.parse(JSON.parse(await readAtMost(response.body, MAX_BYTES))).keys as HonoJsonWebKey[];
  } catch (error) {
    throw new AppError(
      "service_unavailable",
      "The identity provider's public keys (JWKS_URL) cannot be fetched, so JWTs cannot be checked just now.",
      { retryAfterSeconds: 5 },
      { cause: error },
    );
  }
}

async function readAtMost(body: ReadableStream<Uint8Array>, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.byteLength;
    if (bytes > limit) throw new Error(`more than ${limit} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
