/** The key that works on the machine that runs `wrangler dev`, and nowhere else. Also the secret of its S3 credentials. */
export const LOCAL_KEY = "local-dev-key";

/** What stands for it where keys are named by their ids. */
export const LOCAL_KEY_ID = "local";

/** Its user. */
export const LOCAL_USER = { id: "user_local_dev", email: "dev@localhost" } as const;

const LOCAL_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Whether this request may use `local-dev-key`: the Worker runs with `.dev.vars` (which no deployment reads) **and** was
 * addressed as this machine. The second half holds even if someone sets EIDER_LOCAL on a deployment, whose requests carry its
 * public host name, and keeps a web page elsewhere (DNS rebinding) from using the key, since its host name would be its own.
 */
export function isLocalRequest(environment: { EIDER_LOCAL?: string }, url: string): boolean {
  return environment.EIDER_LOCAL === "true" && LOCAL_HOSTS.has(new URL(url).hostname);
}
