/** What became of a webhook. */
export interface WebhookResult {
  delivered: boolean;
  attempts: number;
  /** HTTP status of the last answer; null when there was none. */
  status: number | null;
}

const TIMEOUT_MS = 10_000;
/** Waits before the second, third and fourth attempt. */
const BACK_OFF_MS = [1_000, 5_000, 15_000];

export interface WebhookMessage {
  url: string;
  /** `whsec_` and the key in base64. */
  secret: string;
  /** The same for each attempt: receivers tell repetitions by it. */
  id: string;
  body: string;
}

/**
 * The headers of a signed POST, as Standard Webhooks defines them (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`
 * (seconds since the epoch) and `webhook-signature`, which is `v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`.
 */
export async function signWebhook(
  { secret, id, body }: Omit<WebhookMessage, "url">,
  now: Date,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, "")), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${id}.${timestamp}.${body}`));
  return {
    "content-type": "application/json",
    "user-agent": "Eider-Webhook/1",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${btoa(String.fromCharCode(...new Uint8Array(signature)))}`,
  };
}

/**
 * POSTs a message, up to four times with waits between: an answer of 2xx is success, 410 and other refusals that no repetition mends
 * (4xx but 408, 425 and 429) end it, as do redirects, which are not followed. The answer's body is not read. Never throws, except when
 * `signal` aborts.
 */
export async function sendWebhook(
  message: WebhookMessage,
  options: { now: () => Date; signal: AbortSignal; backOffMs?: readonly number[]; timeoutMs?: number },
): Promise<WebhookResult> {
  const waits = options.backOffMs ?? BACK_OFF_MS;
  let status: number | null = null;
  for (let attempts = 1; ; attempts++) {
    status = await post(message, options);
    if (status !== null && status >= 200 && status < 300) return { delivered: true, attempts, status };
    const wait = waits[attempts - 1];
    if (wait === undefined || !isWorthAnother(status)) return { delivered: false, attempts, status };
    await new Promise((resolve) => setTimeout(resolve, wait));
    options.signal.throwIfAborted();
  }
}

function isWorthAnother(status: number | null): boolean {
  return status === null || status >= 500 || status === 408 || status === 425 || status === 429;
}

async function post(
  message: WebhookMessage,
  { now, signal, timeoutMs }: { now: () => Date; signal: AbortSignal; timeoutMs?: number },
): Promise<number | null> {
  try {
    const response = await fetch(message.url, {
      method: "POST",
      headers: await signWebhook(message, now()),
      body: message.body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    signal.throwIfAborted();
    console.warn({
      message: "A webhook could not be delivered.",
      host: new URL(message.url).host,
      error: String(error),
    });
    return null;
  }
}
