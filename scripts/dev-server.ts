import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const ROOT = resolve(import.meta.dirname, "..");
const PREFERRED_PORT = 8787;
const PATIENCE_MS = 120_000;
const STARTS_TRIED = 4;

/** Keeps wrangler to this machine: no usage statistics, no look for a newer version, no fetch of an example `Request.cf`. */
export const OFFLINE_ENVIRONMENT = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** Arguments to Node for `wrangler dev`, to which its own are appended. */
export const WRANGLER_DEV = [
  "--import",
  pathToFileURL(resolve(ROOT, "scripts/local/grow-config-buffer.ts")).href,
  resolve(ROOT, "node_modules/wrangler/bin/wrangler.js"),
  "dev",
];

export interface DevServer {
  /** Such as `http://localhost:8787`. */
  url: string;
  /** The id of the process whose children are workerd. */
  pid: number;
  logFile: string;
  /** Resolves when wrangler ends, whoever ended it. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

export interface DevServerOptions {
  logFile?: string;
  persistTo?: string;
  /** Variables that override those of wrangler.toml and .dev.vars. */
  vars?: Record<string, string>;
  config?: string;
  healthPath?: string;
}

/**
 * Starts `wrangler dev` as a child on a free port and waits until it answers. It is ended when this process ends, whichever way.
 *
 * @throws Error with the end of the log when it does not come up.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Wrangler looks for free ports of its own, and another that starts at the same moment finds the same.
      if (attempt === STARTS_TRIED || !(error instanceof Error && error.message.includes("Address already in use")))
        throw error;
    }
  }
}

async function startOnce(options: DevServerOptions): Promise<DevServer> {
  const port = await findFreePort();
  const logFile = resolve(ROOT, options.logFile ?? ".eider/dev-server.log");
  mkdirSync(dirname(logFile), { recursive: true });
  const child = spawn(
    process.execPath,
    [
      ...WRANGLER_DEV,
      ...["--port", String(port), "--ip", "127.0.0.1", "--show-interactive-dev-session=false"],
      ...(options.config ? ["--config", options.config] : []),
      ...(options.persistTo ? ["--persist-to", options.persistTo] : []),
      ...Object.entries(options.vars ?? {}).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
    ],
    // Its own process group, so that workerd, a grandchild, ends with it.
    {
      cwd: ROOT,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...OFFLINE_ENVIRONMENT, NO_COLOR: "1" },
    },
  );
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const killAtExit = () => signalGroup(child, "SIGKILL");
  process.once("exit", killAtExit);

  const server: DevServer = {
    url: `http://localhost:${port}`,
    pid: child.pid ?? 0,
    logFile,
    ended,
    async stop() {
      signalGroup(child, "SIGTERM");
      await Promise.race([ended, sleep(5_000, undefined, { ref: false })]);
      signalGroup(child, "SIGKILL");
      process.off("exit", killAtExit);
    },
  };
  const stopCron = runCron(server.url);
  ended.then(stopCron);
  try {
    await waitUntilHealthy(`${server.url}${options.healthPath ?? "/healthz"}`, child, logFile);
  } catch (cause) {
    await server.stop();
    throw new Error(
      `The server did not start: ${cause instanceof Error ? cause.message : cause}\n\n${endOfLog(logFile)}\n\nThe whole log: ${logFile}`,
    );
  }
  return server;
}

/**
 * Does each minute what cron does in a deployment, as `wrangler dev` has no clock of its own.
 * @returns to be called when the server has ended.
 */
export function runCron(url: string): () => void {
  // A server that is not up yet, or not any more, misses a turn; the next does the same work.
  const run = () =>
    fetch(`${url}/cdn-cgi/local/scheduled`, { signal: AbortSignal.timeout(50_000) }).catch(() => undefined);
  const timer = setInterval(run, 60_000);
  timer.unref();
  return () => clearInterval(timer);
}

/** The last lines that wrangler wrote, for an error message. */
export function endOfLog(logFile: string, lines = 25): string {
  return readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}

async function waitUntilHealthy(url: string, child: ChildProcess, logFile: string): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    // Wrangler stays up and waits for the sources to change.
    if (existsSync(logFile) && readFileSync(logFile, "utf8").includes("Build failed with"))
      throw new Error("the Worker cannot be built.");
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`wrangler ended with code ${child.exitCode ?? child.signalCode}.`);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      await response.arrayBuffer();
      if (response.ok) return;
      if (Date.now() > until) throw new Error(`${url} answers ${response.status}.`);
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    await sleep(200);
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended already.
  }
}

/** The usual port of `wrangler dev`, or any other when it is taken. */
export async function findFreePort(): Promise<number> {
  for (const wanted of [PREFERRED_PORT, 0]) {
    const port = await new Promise<number | undefined>((done) => {
      const probe = createServer();
      probe.once("error", () => done(undefined));
      probe.listen(wanted, "127.0.0.1", () => {
        const address = probe.address();
        probe.close(() => done(typeof address === "object" ? address?.port : undefined));
      });
    });
    if (port !== undefined) return port;
  }
  throw new Error("No free port was found on 127.0.0.1.");
}
