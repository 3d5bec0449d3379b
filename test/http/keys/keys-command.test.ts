import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { completeDevVars, readDevVars } from "../../../scripts/local/dev-vars.ts";
import { queryDatabase, quoteSql } from "../../../scripts/local/query-database.ts";
import { createState } from "../../e2e/create-state.ts";

const root = resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "eider-keys-"));
const state = createState();
afterAll(() => {
  for (const path of [folder, state]) rmSync(path, { recursive: true });
});

function keys(...args: string[]) {
  const run = spawnSync(process.execPath, [join(root, "scripts/keys.ts"), ...args, "--state", state], {
    encoding: "utf8",
  });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

test("create prints just the key, which is then in the database as its hash, with its user", () => {
  const name = "it's; DROP TABLE users; --";
  const { out, status } = keys(
    "create",
    "--email",
    "O'Neil@Example.com",
    "--name",
    name,
    "--scopes",
    "read",
    "--expires-days",
    "2",
  );
  expect(status).toBe(0);
  expect(out).toMatch(/^eider_[0-9a-v]{52}\n$/);
  const again = keys("create", "--email", "o'neil@example.com");
  const rows = queryDatabase({ remote: false, state }, [
    "SELECT k.*, u.email FROM api_keys k JOIN users u ON u.id = k.user_id ORDER BY k.expires_at IS NULL",
  ]);
  expect(rows).toHaveLength(2);
  expect(new Set(rows.map((row) => row["user_id"])).size).toBe(1);
  expect(rows[0]).toMatchObject({
    email: "o'neil@example.com",
    name,
    scopes: '["read"]',
    hash: createHash("sha256").update(out.trim()).digest("hex"),
  });
  expect(Number(rows[0]?.["expires_at"]) - Number(rows[0]?.["created_at"])).toBe(2 * 86_400_000);
  expect(rows[1]).toMatchObject({
    expires_at: null,
    scopes: '["read","write","admin"]',
    hash: createHash("sha256").update(again.out.trim()).digest("hex"),
  });
});

test("list shows keys without showing them, revoke ends one", () => {
  const made = JSON.parse(keys("create", "--email", "b@example.com", "--json").out) as {
    id: string;
    key: string;
    s3: object | null;
  };
  expect(made.s3).toMatchObject({ access_key_id: made.id });
  const listed = keys("list", "--email", "b@example.com").out;
  expect(listed).toContain(made.id);
  expect(listed).not.toContain(made.key);
  expect(keys("revoke", made.id).status).toBe(0);
  const [row] = queryDatabase({ remote: false, state }, [
    `SELECT revoked_at FROM api_keys WHERE id = ${quoteSql(made.id)}`,
  ]);
  expect(Number(row?.["revoked_at"])).toBeGreaterThan(Date.now() - 60_000);
  expect(keys("revoke", "key_none")).toMatchObject({
    status: 1,
    out: "",
    err: expect.stringContaining("There is no key with the id “key_none”."),
  });
});

test.each([
  [["create"], /needs --email/],
  [["create", "--email", "nobody"], /not an email address/],
  [["create", "--email", "a@b.c", "--scopes", "root"], /no scope “root”/],
  [["create", "--email", "a@b.c", "--expires-days", "soon"], /--expires-days/],
  [["create", "--email", "a@b.c", "--wat"], /wat/],
  [["destroy"], /no command “destroy”/],
])("%j is refused in a sentence", (args, message) => {
  const { status, out, err } = keys(...args);
  expect(status).toBe(1);
  expect(out).toBe("");
  expect(err).toMatch(message);
  expect(err).not.toContain("    at ");
});

test("SQL literals", () => {
  expect(quoteSql("a'b")).toBe("'a''b'");
  expect(quoteSql(null)).toBe("NULL");
  expect(() => quoteSql("a\0b")).toThrow(/NUL/);
  expect(() => quoteSql(Number.NaN)).toThrow();
});

test(".dev.vars is completed, never overwritten, and its owner's alone", () => {
  const path = join(folder, ".dev.vars");
  expect(completeDevVars(path)).toEqual(["EIDER_LOCAL", "JWT_SECRET", "SIGNING_SECRET"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const first = readFileSync(path, "utf8");
  expect(readDevVars(first).get("SIGNING_SECRET")?.length).toBeGreaterThanOrEqual(32);
  expect(completeDevVars(path)).toEqual([]);
  expect(readFileSync(path, "utf8")).toBe(first);
  writeFileSync(path, 'JWT_SECRET="mine"\nEIDER_LOCAL=false');
  expect(completeDevVars(path)).toEqual(["SIGNING_SECRET"]);
  const values = readDevVars(readFileSync(path, "utf8"));
  expect(values.get("JWT_SECRET")).toBe("mine");
  expect(values.get("EIDER_LOCAL")).toBe("false");
});
