import { createHash, createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { ROOT } from "./run-wrangler.ts";

/** Long enough for whatever a running server writes at a time. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * Opens the D1 database of a local state. In this process it takes milliseconds, and a running `wrangler dev` is kept out of it only
 * while a statement writes; `wrangler d1 execute` takes seconds and holds it longer.
 *
 * @throws Error when the state has no such database yet.
 */
export function openLocalDatabase(state: string, options: { readOnly?: boolean } = {}): DatabaseSync {
  return openObject(state, "d1", "miniflare-D1DatabaseObject", databaseId(), options);
}

/** Opens the index of the R2 bucket of a local state, to read. */
export function openLocalBucketIndex(state: string): DatabaseSync {
  return openObject(state, "r2", "miniflare-R2BucketObject", "eider", { readOnly: true });
}

/** D1 databases and R2 buckets are Durable Objects to Miniflare, each with an SQLite file named after the object's id. */
function openObject(
  state: string,
  folder: string,
  namespace: string,
  name: string,
  options: { readOnly?: boolean },
): DatabaseSync {
  const path = `${state}/v3/${folder}/${namespace}/${objectId(namespace, name)}.sqlite`;
  if (!existsSync(path)) throw new Error(`There is nothing at ${path}. \`npm run dev\` makes it.`);
  return new DatabaseSync(path, { ...options, timeout: BUSY_TIMEOUT_MS });
}

/** As workerd derives it from a name. */
function objectId(namespace: string, name: string): string {
  const key = createHash("sha256").update(namespace).digest();
  const sign = (data: string | Buffer) => createHmac("sha256", key).update(data).digest().subarray(0, 16);
  const signedName = sign(name);
  return Buffer.concat([signedName, sign(signedName)]).toString("hex");
}

/** The id that `wrangler dev` names the database by. */
function databaseId(): string {
  const config = readFileSync(`${ROOT}wrangler.toml`, "utf8");
  const id = /^\s*preview_database_id\s*=\s*"(.+)"/m.exec(config) ?? /^\s*database_id\s*=\s*"(.+)"/m.exec(config);
  if (!id?.[1]) throw new Error("wrangler.toml names no database_id.");
  return id[1];
}
