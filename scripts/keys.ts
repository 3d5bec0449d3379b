import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { apiKeyPrefix, generateApiKey, hashApiKey } from "../src/core/accounts/api-key.ts";
import { normalizeEmail } from "../src/core/accounts/email.ts";
import { deriveKeyCredentials } from "../src/storage/s3/credentials.ts";
import { userPrefix } from "../src/storage/s3/presign.ts";
import { SCOPES } from "../src/storage/scopes.ts";
import { applyLocalMigrations } from "./local/apply-migrations.ts";
import { completeDevVars, readDevVars } from "./local/dev-vars.ts";
import { queryDatabase, quoteSql } from "./local/query-database.ts";
import { DEFAULT_STATE, ROOT } from "./local/run-wrangler.ts";

const USAGE = `Usage: npm run -s keys -- <command> [options]

  create --email <address>   make an API key, and its user when new; prints just the key
         [--name <text>] [--scopes read,write,admin] [--expires-days <n>] [--json: with the S3 credentials]
  list   [--email <address>]
  revoke <key id>

  --remote         the deployed database instead of the local one
  --state <folder> the local state, when wrangler dev runs with --persist-to`;

const DAY_MS = 86_400_000;
const MAX_DAYS = 3650;

/** 26 letters and digits, 130 bits. */
function randomId(): string {
  const alphabet = "0123456789abcdefghijklmnopqrstuv";
  return Array.from(crypto.getRandomValues(new Uint8Array(26)), (byte) => alphabet[byte & 31]).join("");
}

/** A mistake of whoever typed the command. */
class UsageError extends Error {}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        email: { type: "string" },
        name: { type: "string", default: "command line" },
        scopes: { type: "string", default: SCOPES.join(",") },
        "expires-days": { type: "string" },
        json: { type: "boolean", default: false },
        remote: { type: "boolean", default: false },
        state: { type: "string", default: DEFAULT_STATE },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

type Options = ReturnType<typeof readArguments>["values"];

function createKey(options: Options): void {
  if (options.email === undefined) throw new UsageError("create needs --email.");
  const email = normalizeEmail(options.email);
  const scopes = options.scopes.split(",").map((scope) => scope.trim());
  const unknown = scopes.find((scope) => !SCOPES.some((known) => known === scope));
  if (unknown !== undefined) throw new UsageError(`There is no scope “${unknown}”. Scopes: ${SCOPES.join(", ")}.`);
  if (options.name.trim() === "" || options.name.length > 100)
    throw new UsageError("--name takes 1 to 100 characters.");
  const now = Date.now();
  const key = generateApiKey(randomId);
  const id = `key_${randomId()}`;
  const values = [
    id,
    options.name.trim(),
    hashApiKey(key),
    apiKeyPrefix(key),
    JSON.stringify(SCOPES.filter((scope) => scopes.includes(scope))),
    now,
    readExpiry(options["expires-days"], now),
  ];
  const rows = queryDatabase(options, [
    `INSERT INTO users (id, email, created_at) VALUES (${quoteSql(`user_${randomId()}`)}, ${quoteSql(email)}, ${now}) ON CONFLICT (email) DO NOTHING`,
    `INSERT INTO api_keys (user_id, id, name, hash, prefix, scopes, created_at, expires_at)
       SELECT id, ${values.map(quoteSql).join(", ")} FROM users WHERE email = ${quoteSql(email)}`,
    `SELECT user_id FROM api_keys WHERE id = ${quoteSql(id)}`,
  ]);
  const userId = rows[0]?.["user_id"];
  if (typeof userId !== "string") throw new Error("The database took the key but does not show it.");
  console.log(
    options.json
      ? JSON.stringify({ id, key, email, user_id: userId, s3: s3Credentials(options, id, userId) }, null, 2)
      : key,
  );
}

function readExpiry(days: string | undefined, now: number): number | null {
  if (days === undefined) return null;
  const number = Number(days);
  if (!(number > 0 && number <= MAX_DAYS))
    throw new UsageError(`--expires-days takes a number above 0, at most ${MAX_DAYS}.`);
  return Math.round(now + number * DAY_MS);
}

/** Null for a deployed instance: its SIGNING_SECRET is not here. */
function s3Credentials(options: Options, keyId: string, userId: string) {
  const path = `${ROOT}.dev.vars`;
  const secret =
    options.remote || !existsSync(path) ? undefined : readDevVars(readFileSync(path, "utf8")).get("SIGNING_SECRET");
  if (secret === undefined) return null;
  const { accessKeyId, secretAccessKey } = deriveKeyCredentials(secret, keyId);
  return { access_key_id: accessKeyId, secret_access_key: secretAccessKey, prefix: userPrefix(userId) };
}

function listKeys(options: Options): void {
  const where = options.email === undefined ? "" : `WHERE u.email = ${quoteSql(normalizeEmail(options.email))}`;
  const rows = queryDatabase(options, [
    `SELECT k.id, k.prefix, u.email, k.name, k.scopes, k.created_at, k.expires_at, k.revoked_at, k.last_used_at
     FROM api_keys k JOIN users u ON u.id = k.user_id ${where} ORDER BY k.created_at DESC, k.id`,
  ]);
  if (options.json) {
    console.log(JSON.stringify(rows, null, 2));
    return;
  }
  const day = (value: unknown) => (typeof value === "number" ? new Date(value).toISOString().slice(0, 16) : "-");
  const table = rows.map((row) => [
    String(row["id"]),
    `${row["prefix"]}…`,
    String(row["email"]),
    String(row["name"]),
    (JSON.parse(String(row["scopes"])) as string[]).join(","),
    ...["created_at", "expires_at", "revoked_at", "last_used_at"].map((name) => day(row[name])),
  ]);
  printTable([["ID", "KEY", "USER", "NAME", "SCOPES", "CREATED", "EXPIRES", "REVOKED", "LAST USED"], ...table]);
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  for (const row of rows)
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

function revokeKey(options: Options, id: string | undefined): void {
  if (id === undefined) throw new UsageError("revoke needs a key's id; `list` shows them.");
  const rows = queryDatabase(options, [
    `UPDATE api_keys SET revoked_at = ${Date.now()} WHERE id = ${quoteSql(id)} AND revoked_at IS NULL`,
    `SELECT id FROM api_keys WHERE id = ${quoteSql(id)}`,
  ]);
  if (rows.length === 0) throw new UsageError(`There is no key with the id “${id}”.`);
  console.error(`${id} is revoked.`);
}

function run(): void {
  const { positionals, values } = readArguments();
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  if (!values.remote) {
    completeDevVars(`${ROOT}.dev.vars`);
    applyLocalMigrations(values.state);
  }
  if (command === "create") createKey(values);
  else if (command === "list") listKeys(values);
  else if (command === "revoke") revokeKey(values, rest[0]);
  else throw new UsageError(`There is no command “${command}”.`);
}

try {
  run();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  process.exitCode = 1;
}
