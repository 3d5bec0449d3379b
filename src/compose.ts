import { AppError } from "./core/errors.ts";
import { readLimits } from "./core/limits.ts";
import type { Mailer, Services, SessionRoom, WorkbenchRoom } from "./core/services.ts";
import type { Environment } from "./environment.ts";
import { openDatabase } from "./storage/database.ts";
import { createPresigner } from "./storage/s3/presign.ts";

const ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH = 24;

/** Random lower-case letters and digits: 24 of 36 are 124 bits. */
function randomId(): string {
  let id = "";
  while (id.length < ID_LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(ID_LENGTH * 2))) {
      // 252 = 7 × 36: bytes above would make some letters likelier than others.
      if (byte < 252 && id.length < ID_LENGTH) id += ID_ALPHABET[byte % 36];
    }
  }
  return id;
}

/** Puts the services of one request, job or timer together from the Worker's bindings. */
export function composeServices(
  env: Environment,
  context: { origin: string; waitUntil: (work: Promise<unknown>) => void },
): Services {
  let lasting = lastingServices.get(env);
  if (!lasting) {
    lasting = composeLasting(env);
    lastingServices.set(env, lasting);
  }
  const { limits, now } = lasting;
  return {
    ...lasting,
    presigner: createPresigner({
      settings: env,
      origin: context.origin,
      bucket: env.BUCKET,
      expiresInSeconds: limits.PRESIGNED_URL_SECONDS,
      now,
      unavailable: (message) => new AppError("service_unavailable", message),
    }),
    origin: context.origin,
    waitUntil: context.waitUntil,
  };
}

type LastingServices = Omit<Services, "presigner" | "origin" | "waitUntil">;

/** By environment, of which an isolate has one: to put drizzle together alone is a sixth of the work of a metadata request. */
const lastingServices = new WeakMap<Environment, LastingServices>();

function composeLasting(env: Environment): LastingServices {
  return {
    db: openDatabase(env.DB),
    bucket: env.BUCKET,
    jobs: env.JOBS,
    sessions: rooms<SessionRoom>(env.SESSIONS),
    workbenches: rooms<WorkbenchRoom>(env.WORKBENCHES),
    mailer: createMailer(env),
    allowsLocalWebhooks: env.EIDER_LOCAL === "true",
    limits: readLimits(env as unknown as Record<string, unknown>),
    now: () => new Date(),
    randomId,
    randomUuid: () => crypto.randomUUID(),
  };
}

/** The objects of a class by name; all of their methods are called over RPC. */
function rooms<Room>(namespace: DurableObjectNamespace): { get(name: string): Room } {
  return { get: (name) => namespace.get(namespace.idFromName(name)) as unknown as Room };
}

/** Cloudflare's `send_email` binding. Under `wrangler dev` mails become files, so that any sender will do. */
function createMailer(env: Environment): Mailer | null {
  const { EMAIL } = env;
  const from = env.MAIL_FROM ?? (env.EIDER_LOCAL === "true" ? "eider@localhost" : undefined);
  if (!EMAIL || !from) return null;
  return {
    async send({ to, subject, text }) {
      await EMAIL.send({ from: { email: from, name: "Eider" }, to, subject, text });
    },
  };
}
