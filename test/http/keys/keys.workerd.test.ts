import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { sign } from "hono/jwt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AccountsServer, JWT_SECRET, startAccounts } from "./start-accounts.ts";

interface Created {
  id: string;
  key: string;
  prefix: string;
  expires_at: string | null;
  s3: Record<string, string>;
}

let server: AccountsServer;
/** An identity provider: serves its public keys. */
let provider: Server;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = (key: typeof rsa.publicKey, kid: string) => ({ ...key.export({ format: "jwk" }), kid, alg: "RS256" });

beforeAll(async () => {
  const served = [jwk(rsa.publicKey, "first")];
  provider = createServer((_, response) => response.end(JSON.stringify({ keys: served })));
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  server = await startAccounts({ JWKS_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks` });
});

afterAll(async () => {
  await server.harness.close();
  provider.close();
});

async function call(
  path: string,
  init: { method?: string; body?: unknown; headers?: Record<string, string>; key?: string } = {},
) {
  const response = await fetch(server.url + path, {
    method: init.method ?? "GET",
    headers: {
      ...(init.key === undefined ? {} : { authorization: `Bearer ${init.key}` }),
      ...(init.body === undefined ? {} : { "content-type": "application/json" }),
      ...init.headers,
    },
    ...(init.body === undefined ? {} : { body: typeof init.body === "string" ? init.body : JSON.stringify(init.body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}

async function createKey(body: object = {}, key = "local-dev-key"): Promise<Created> {
  const answer = await call("/api/keys", { method: "POST", key, body: { name: "test", ...body } });
  expect(answer.status).toBe(201);
  return answer.body;
}

/** Puts a user with one key into the database, as `npm run keys` does. */
async function createUser(name: string, scopes = ["read", "write", "admin"]): Promise<string> {
  const { createHash } = await import("node:crypto");
  const key = `eider_${name}${"0".repeat(30)}`;
  const hash = createHash("sha256").update(key).digest("hex");
  await server.env.DB.batch([
    server.env.DB.prepare("INSERT INTO users (id, email, created_at) VALUES (?, ?, 0)").bind(
      `user_${name}`,
      `${name}@example.com`,
    ),
    server.env.DB.prepare(
      "INSERT INTO api_keys (id, user_id, name, hash, prefix, scopes, created_at) VALUES (?, ?, 'k', ?, 'eider_', ?, 0)",
    ).bind(`key_${name}`, `user_${name}`, hash, JSON.stringify(scopes)),
  ]);
  return key;
}

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

describe("API keys", () => {
  test("a created key works in both headers, and only its hash is stored", async () => {
    const created = await createKey();
    expect(created.key).toMatch(/^eider_[0-9a-z]{40,}$/);
    expect(created.key.startsWith(created.prefix)).toBe(true);
    const who = { status: 200, body: { userId: "user_local_dev", email: "dev@localhost", scopes: ["read", "write"] } };
    expect(await call("/whoami", { key: created.key })).toMatchObject(who);
    expect(await call("/whoami", { headers: { "x-api-key": created.key } })).toMatchObject(who);
    const { results } = await server.env.DB.prepare("SELECT * FROM api_keys WHERE id = ?").bind(created.id).all();
    expect(JSON.stringify(results)).not.toContain(created.key);
  });

  test("its use is recorded", async () => {
    const created = await createKey();
    await call("/whoami", { key: created.key });
    await expect
      .poll(
        async () =>
          (await server.env.DB.prepare("SELECT last_used_at FROM api_keys WHERE id = ?").bind(created.id).first())?.[
            "last_used_at"
          ],
      )
      .toBeGreaterThan(Date.now() - 60_000);
  });

  test.each([
    ["nothing", {}, /There is no credential/],
    ["an empty key", { "x-api-key": " " }, /There is no credential/],
    ["another scheme", { authorization: "Basic dTpw" }, /must read `Bearer/],
    ["Bearer without a key", { authorization: "Bearer" }, /must read `Bearer/],
    ["two words", { authorization: "Bearer a b" }, /must read `Bearer/],
    ["something else", { authorization: "Bearer sk-123" }, /neither an API key/],
    ["an unknown key", { authorization: `Bearer eider_${"x".repeat(40)}` }, /no such API key/],
    ["SQL", { authorization: "Bearer eider_'or'1'='1" }, /neither an API key/],
  ])("%s is refused with 401", async (_, headers, detail) => {
    const answer = await call("/whoami", { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.get("www-authenticate")).toContain("Bearer");
    expect(answer.body).toMatchObject({ status: 401, code: "unauthorized", detail: expect.stringMatching(detail) });
  });

  test("a forged key (one character off) is refused", async () => {
    const { key } = await createKey();
    expect((await call("/whoami", { key: `${key.slice(0, -1)}${key.endsWith("a") ? "b" : "a"}` })).status).toBe(401);
  });

  test("an expired key is refused and says so", async () => {
    const created = await createKey({ expires_in_days: 1 });
    expect(Date.parse(created.expires_at ?? "") - Date.now()).toBeGreaterThan(86_300_000);
    expect((await call("/whoami", { key: created.key })).status).toBe(200);
    await server.env.DB.prepare("UPDATE api_keys SET expires_at = ? WHERE id = ?")
      .bind(Date.now() - 1, created.id)
      .run();
    expect(await call("/whoami", { key: created.key })).toMatchObject({
      status: 401,
      body: { detail: expect.stringContaining("expired at") },
    });
  });

  test("a revoked key is refused by the very next request; revoking again does no harm", async () => {
    const created = await createKey();
    expect((await call("/whoami", { key: created.key })).status).toBe(200);
    for (let i = 0; i < 2; i++)
      expect((await call(`/api/keys/${created.id}`, { method: "DELETE", key: "local-dev-key" })).status).toBe(204);
    expect(await call("/whoami", { key: created.key })).toMatchObject({
      status: 401,
      body: { detail: expect.stringContaining("revoked at") },
    });
  });

  test("scopes: read for GET, write for the rest, admin for keys", async () => {
    const read = await createKey({ scopes: ["read"] });
    const write = await createKey({ scopes: ["write"] });
    expect((await call("/whoami", { key: read.key })).status).toBe(200);
    expect((await call("/whoami", { key: read.key, method: "POST" })).status).toBe(403);
    expect((await call("/whoami", { key: write.key })).status).toBe(403);
    expect((await call("/whoami", { key: write.key, method: "DELETE" })).status).toBe(200);
    for (const { key } of [read, write]) {
      const answer = await call("/api/keys", { key });
      expect(answer).toMatchObject({
        status: 403,
        body: { code: "insufficient_permissions", detail: expect.stringContaining("“admin”") },
      });
    }
  });

  test("nobody gives a key more scopes than their own", async () => {
    const key = await createUser("onlyadmin", ["admin", "read"]);
    const answer = await call("/api/keys", { method: "POST", key, body: { name: "x", scopes: ["read", "write"] } });
    expect(answer).toMatchObject({ status: 403, body: { detail: expect.stringContaining("“write”") } });
    expect((await call("/api/keys", { method: "POST", key, body: { name: "x", scopes: ["read"] } })).status).toBe(201);
  });

  test("another user's keys are not there", async () => {
    const mine = await createKey();
    const other = await createUser("other");
    expect((await call(`/api/keys/${mine.id}`, { method: "DELETE", key: other })).status).toBe(404);
    expect((await call("/api/keys/key_nonsense", { method: "DELETE", key: other })).body.detail).toBe(
      "There is no API key “key_nonsense”.",
    );
    const list = await call("/api/keys", { key: other });
    expect(list.body.keys.map((key: Created) => key.id)).toEqual(["key_other"]);
    expect((await call("/whoami", { key: mine.key })).status).toBe(200);
  });

  test("the list pages, newest first, without keys", async () => {
    const key = await createUser("lister");
    for (const name of ["a", "b", "c"]) await createKey({ name }, key);
    const first = await call("/api/keys?limit=2", { key });
    expect(first.body.pagination).toEqual({ total: 4, limit: 2, offset: 0, has_more: true });
    const second = await call("/api/keys?limit=2&offset=2", { key });
    expect(second.body.pagination.has_more).toBe(false);
    const names = [...first.body.keys, ...second.body.keys].map((row: { name: string }) => row.name);
    expect(names).toHaveLength(4);
    expect(new Set(names)).toEqual(new Set(["a", "b", "c", "k"]));
    expect(names[3]).toBe("k");
    expect(JSON.stringify(first.body)).not.toMatch(/"key"|hash/);
  });

  test.each([
    ["{", 400],
    ["", 400],
    ["[]", 422],
    ["{}", 422],
    ['{"name":""}', 422],
    ['{"name":7}', 422],
    [`{"name":"${"x".repeat(101)}"}`, 422],
    ['{"name":"x","scopes":[]}', 422],
    ['{"name":"x","scopes":["root"]}', 422],
    ['{"name":"x","expires_in_days":0}', 422],
    ['{"name":"x","expires_in_days":1e9}', 422],
    ['{"name":"x","expires_at":"tomorrow"}', 422],
    ['{"name":"x","expires_at":"2020-01-01T00:00:00Z"}', 422],
    ['{"name":"x","expires_in_days":1,"expires_at":"2999-01-01T00:00:00Z"}', 422],
    ['{"name":"x","owner":"somebody"}', 422],
  ])("creating with %s answers %i", async (body, status) => {
    const answer = await call("/api/keys", {
      method: "POST",
      key: "local-dev-key",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(answer.status).toBe(status);
    expect(answer.body.detail.length).toBeGreaterThan(10);
  });
});

describe("local-dev-key", () => {
  test("works from this machine", async () => {
    expect((await call("/whoami", { key: "local-dev-key" })).body.email).toBe("dev@localhost");
    expect((await call("/open-locally")).body.email).toBe("dev@localhost");
  });

  test("works under no other host name, even with EIDER_LOCAL set", async () => {
    for (const host of ["https://api.example.com", "http://localhost.example.com", "http://127.0.0.1.nip.io"]) {
      const { status } = await server.harness.fetch(`${host}/whoami`, {
        headers: { authorization: "Bearer local-dev-key" },
      });
      expect(status).toBe(401);
      expect((await server.harness.fetch(`${host}/open-locally`)).status).toBe(401);
    }
  });

  test.each(["false", "1", ""])("does not work with EIDER_LOCAL=%j, not even from this machine", async (value) => {
    const deployed = await startAccounts({ EIDER_LOCAL: value });
    try {
      const answer = await fetch(`${deployed.url}/whoami`, { headers: { "x-api-key": "local-dev-key" } });
      expect(answer.status).toBe(401);
      expect((await fetch(`${deployed.url}/open-locally`)).status).toBe(401);
      expect(await deployed.env.DB.prepare("SELECT count(*) AS n FROM users").first("n")).toBe(0);
    } finally {
      await deployed.harness.close();
    }
  });
});

describe("JWTs", () => {
  const token = (claims: object = {}, secret = JWT_SECRET) =>
    sign({ sub: "ada", exp: inAnHour(), ...claims }, secret, "HS256");
  const refusal = async (jwt: string) => {
    const answer = await call("/whoami", { key: jwt });
    expect(answer.status).toBe(401);
    return answer.body.detail as string;
  };
  const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

  test("a good one is let in, with the same account each time", async () => {
    const first = await call("/whoami", { key: await token() });
    expect(first).toMatchObject({ status: 200, body: { scopes: ["read", "write"] } });
    expect((await call("/whoami", { key: await token({ iat: 1 }) })).body.userId).toBe(first.body.userId);
    expect((await call("/whoami", { key: await token({ sub: "bob" }) })).body.userId).not.toBe(first.body.userId);
    expect((await call("/whoami", { key: await token({ iss: "https://other" }) })).body.userId).not.toBe(
      first.body.userId,
    );
  });

  test("scopes come from the token, and never more than it names", async () => {
    const scopes = async (claims: object) => (await call("/whoami", { key: await token(claims) })).body.scopes;
    expect(await scopes({ scope: "openid read" })).toEqual(["read"]);
    expect(await scopes({ scopes: ["read", "admin", "root"] })).toEqual(["read", "admin"]);
    expect(await scopes({ scope: "openid profile" })).toEqual(["read", "write"]);
  });

  test("expired, early, endless and anonymous ones are refused", async () => {
    const now = Math.floor(Date.now() / 1000);
    expect(await refusal(await token({ exp: now - 1 }))).toMatch(/expired at/);
    expect(await refusal(await token({ nbf: now + 120 }))).toMatch(/not valid before/);
    expect(await refusal(await token({ exp: undefined }))).toMatch(/no `exp`/);
    expect(await refusal(await token({ exp: "2999" as unknown as number }))).toMatch(/no `exp`/);
    expect(await refusal(await token({ sub: undefined }))).toMatch(/no `sub`/);
    expect(await refusal(await token({ sub: "" }))).toMatch(/no `sub`/);
  });

  test("forged ones are refused", async () => {
    expect(await refusal(await token({}, "another secret of at least 32 characters"))).toMatch(/signature/);
    const [header, , signature] = (await token()).split(".");
    expect(await refusal(`${header}.${b64({ sub: "root", exp: inAnHour() })}.${signature}`)).toMatch(/signature/);
    expect(await refusal("a.b.c")).toMatch(/not a JWT/);
    expect(await refusal(`${b64({ alg: "HS256" })}.${b64([1])}.x`)).toMatch(/signature/);
  });

  test("alg none, and every algorithm the key is not for, are refused", async () => {
    const payload = b64({ sub: "ada", exp: inAnHour() });
    for (const alg of ["none", "None", "HS384", "HS512", "", undefined, 7]) {
      expect(await refusal(`${b64({ alg, typ: "JWT", kid: "first" })}.${payload}.`)).toMatch(
        /algorithm is not accepted/,
      );
    }
    const spki = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();
    // The classic confusion: the provider's public key used as an HMAC secret.
    expect(await refusal(await token({}, spki))).toMatch(/signature/);
  });

  test("an identity provider's tokens are taken by its public keys", async () => {
    const make = (kid: string, key = rsa.privateKey) =>
      sign({ sub: "ada", exp: inAnHour() }, { ...key.export({ format: "jwk" }), kid, alg: "RS256" } as never, "RS256");
    const byProvider = await call("/whoami", { key: await make("first") });
    expect(byProvider.status).toBe(200);
    expect(byProvider.body.userId).not.toBe((await call("/whoami", { key: await token() })).body.userId);
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
    expect(await refusal(await make("first", stranger.privateKey))).toMatch(/signature/);
    expect(await refusal(await make("unknown", stranger.privateKey))).toMatch(/signature/);
  });

  describe("and email", () => {
    const who = async (claims: object) => (await call("/whoami", { key: await token(claims) })).body;

    test("an unverified one reaches no account and is not kept", async () => {
      await createUser("victim");
      for (const claims of [{}, { email_verified: false }, { email_verified: "true" }]) {
        const me = await who({ sub: "mallory", email: "victim@example.com", ...claims });
        expect(me.userId).not.toBe("user_victim");
        expect(me.email).toMatch(/@unverified\.invalid$/);
      }
    });

    test("a verified one joins the account that has it", async () => {
      await createUser("eve");
      expect(await who({ sub: "eve-sub", email: "Eve@Example.com", email_verified: true })).toMatchObject({
        userId: "user_eve",
        email: "eve@example.com",
      });
    });

    test("an account made for one subject is not joined by another with the same email", async () => {
      const first = await who({ sub: "one", email: "shared@example.com", email_verified: true });
      expect(first.email).toBe("shared@example.com");
      const second = await who({ sub: "two", email: "shared@example.com", email_verified: true });
      expect(second.userId).not.toBe(first.userId);
      expect(second.email).toMatch(/unverified\.invalid$/);
      expect((await who({ sub: "one" })).userId).toBe(first.userId);
    });
  });

  test("many first requests at once make one account", async () => {
    const key = await token({ sub: "crowd", email: "crowd@example.com", email_verified: true });
    const answers = await Promise.all(Array.from({ length: 20 }, () => call("/whoami", { key })));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.userId}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
  });

  test("without a secret no JWT is taken, and a short one takes none either", async () => {
    const none = await startAccounts({ JWT_SECRET: "" });
    const short = await startAccounts({ JWT_SECRET: "short" });
    try {
      const headers = async (secret: string) => ({ authorization: `Bearer ${await token({}, secret)}` });
      expect((await fetch(`${none.url}/whoami`, { headers: await headers(JWT_SECRET) })).status).toBe(401);
      expect((await fetch(`${short.url}/whoami`, { headers: await headers("short") })).status).toBe(503);
    } finally {
      await none.harness.close();
      await short.harness.close();
    }
  });
});
