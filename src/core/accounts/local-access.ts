/** The key that works on the machine that runs `wrangler dev`, and nowhere else. Also the secret of its S3 credentials. */
export const LOCAL_KEY = "local-dev-key";

/** What stands for it where keys are named by their ids. */
export const LOCAL_KEY_ID = "local";

/** Its user. */
export const LOCAL_USER = { id: "user_local_dev", email: "dev@localhost" } as const;

const LOCAL_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Whether this request may use `local-dev-key`: the Worker runs with `.dev.vars` (which no deployment reads), was addressed as this
 * machine, **and** no web page of another site sent it. The second half holds even if someone sets EIDER_LOCAL on a deployment, whose
 * requests carry its public host name, and against a page whose own name was made to point here (DNS rebinding); the third against
 * pages that address this machine openly, as every page in the developer's browser can.
 */
export function isLocalRequest(
  environment: { EIDER_LOCAL?: string },
  request: { url: string; headers: Headers },
): boolean {
  return (
    environment.EIDER_LOCAL === "true" &&
    LOCAL_HOSTS.has(new URL(request.url).hostname) &&
    !isFromForeignPage(request.headers)
  );
}

/** Browsers send `Origin` or `Sec-Fetch-Site` (Fetch Standard; Fetch Metadata) with whatever a page sends elsewhere; other clients neither. */
function isFromForeignPage(headers: Headers): boolean {
  const origin = headers.get("origin");
  if (origin !== null) return !URL.canParse(origin) || !LOCAL_HOSTS.has(new URL(origin).hostname);
  return headers.get("sec-fetch-site") === "cross-site";
}
