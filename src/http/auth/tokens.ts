import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { authenticateRequest } from "../../core/accounts/authenticate-request.ts";
import { type IssuedToken, refreshToken, type SignInSettings, signIn } from "../../core/accounts/issue-token.ts";
import { isLocalRequest } from "../../core/accounts/local-access.ts";
import { AppError } from "../../core/errors.ts";
import { readJsonBody, readVersionedBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json } from "../contracts.ts";

/** Sign-in as clients of the Files API do it. None of these routes stands behind `authenticate`: they are what comes before. */
const Credentials = z
  .object({
    username: z.string().min(1).max(500).openapi({ example: "ada@example.com" }),
    password: z.string().min(1).max(500).openapi({ description: "An API key.", example: "eider_…" }),
    org_name: z.string().min(1).max(100).nullish(),
  })
  .openapi("Credentials");

const Organization = z.object({ org_name: z.string().min(1).max(100).nullish() }).openapi("SignInOrganization");

const Token = z.object({ token: z.string().min(1).max(10_000) }).openapi("Token");

const IssuedTokenShape = z
  .object({
    token: z.string(),
    expires_at: z.string(),
    active_organization: z
      .object({ slug: z.string(), is_found: z.literal(true), is_member: z.literal(true) })
      .optional()
      .openapi({ description: "The organisation that was asked for." }),
  })
  .openapi("IssuedToken");

const answers = { 200: json(IssuedTokenShape, "A token for `Authorization: Bearer`, good for an hour.") };
const bodyOf = <S extends z.ZodType>(schema: S) => ({
  body: { required: true, content: { "application/json": { schema } } },
});

const GENERATE = ["/api/v2/auth/token/generate", "/api-token-auth/"];
const REFRESH = ["/api/v2/auth/token/refresh", "/api-token-refresh/"];
const VERIFY = ["/api/v2/auth/token/verify", "/api-token-verify/"];
const PERSONAL_KEY = "/api/v2/auth/pkey/jwt/";

const tags = ["Sign-in"];
const security: [] = [];

const generate = createRoute({
  method: "post",
  path: "/api/v2/auth/token/generate",
  operationId: "generateToken",
  tags,
  security,
  summary: "A token for a username and an API key",
  description: "Also at `/api-token-auth/`. The username is the account's email address, its id, or the key's id.",
  request: bodyOf(Credentials),
  responses: { ...answers, ...errorAnswers(400, 401, 404, 415, 422, 503) },
});

const refresh = createRoute({
  method: "post",
  path: "/api/v2/auth/token/refresh",
  operationId: "refreshToken",
  tags,
  security,
  summary: "A new token for one that is still good",
  request: bodyOf(Token),
  responses: { ...answers, ...errorAnswers(400, 401, 422, 503) },
});

const verify = createRoute({
  method: "post",
  path: "/api/v2/auth/token/verify",
  operationId: "verifyToken",
  tags,
  security,
  summary: "Whether a token is good",
  description: "Also at `/api-token-verify/`.",
  request: bodyOf(Token),
  responses: { 200: json(Token, "It is."), ...errorAnswers(400, 401, 422) },
});

const personalKey = (method: "get" | "post") =>
  createRoute({
    method,
    path: PERSONAL_KEY,
    operationId: method === "get" ? "getPersonalKeyToken" : "generatePersonalKeyToken",
    tags,
    security,
    summary: "A token for an API key and its id",
    description: "The header is `Authorization: PersonalKey <key id>:<API key>`.",
    request: {
      headers: z.object({ authorization: z.string().openapi({ example: "PersonalKey key_4mz1c8v0q2x7:eider_…" }) }),
      ...(method === "post"
        ? { body: { required: false, content: { "application/json": { schema: Organization } } } }
        : {}),
    },
    responses: { ...answers, ...errorAnswers(400, 401, 404, 422, 503) },
  });

/** Both spellings of a path: clients differ in the slash at its end. */
export const withAndWithoutSlash = (path: string): [string, string] => {
  const bare = path.replace(/\/$/, "");
  return [bare, `${bare}/`];
};

/** Everything that gives out or judges tokens. To be registered before `authenticate`. */
export function registerTokenRoutes(app: OpenAPIHono<AppEnv>): void {
  for (const contract of [generate, refresh, verify, personalKey("get"), personalKey("post")])
    app.openAPIRegistry.registerPath(contract);

  app.on("POST", GENERATE.flatMap(withAndWithoutSlash), async (c) => {
    const { value } = await readVersionedBody(c, { form: Credentials, json: Credentials });
    const { username, password, org_name } = value;
    const input = { username, secret: password, organization: org_name ?? undefined };
    return c.json(describeToken(await signIn(c.var.services, input, settingsOf(c))));
  });

  app.on("POST", REFRESH.flatMap(withAndWithoutSlash), async (c) => {
    const { token } = await readJsonBody(c, Token);
    return c.json(describeToken(await refreshToken(c.var.services, token, settingsOf(c))));
  });

  app.on("POST", VERIFY.flatMap(withAndWithoutSlash), async (c) => {
    const { token } = await readJsonBody(c, Token);
    await authenticateRequest(c.var.services, { authorization: `Bearer ${token}`, apiKey: null, ...settingsOf(c) });
    return c.json({ token });
  });

  app.on(["GET", "POST"], withAndWithoutSlash(PERSONAL_KEY), async (c) => {
    const { org_name } = await readJsonBody(c, Organization, { optional: true });
    const { username, secret } = readPersonalKey(c.req.header("authorization"));
    const input = { username, secret, organization: org_name ?? undefined };
    return c.json(describeToken(await signIn(c.var.services, input, settingsOf(c))));
  });
}

function settingsOf(c: Context<AppEnv>): SignInSettings {
  return {
    tokens: { secret: c.env.JWT_SECRET, jwksUrl: c.env.JWKS_URL },
    local: isLocalRequest(c.env, c.req.raw),
  };
}

function readPersonalKey(header: string | undefined): { username: string; secret: string } {
  const match = /^PersonalKey +([^\s:]+):([^\s]+) *$/i.exec(header ?? "");
  if (!match?.[1] || !match[2])
    throw new AppError("unauthorized", "The Authorization header must read `PersonalKey <key id>:<API key>`.");
  return { username: match[1], secret: match[2] };
}

function describeToken({ token, expiresAt, organization }: IssuedToken): z.infer<typeof IssuedTokenShape> {
  return {
    token,
    expires_at: expiresAt.toISOString(),
    ...(organization === undefined
      ? {}
      : { active_organization: { slug: organization, is_found: true as const, is_member: true as const } }),
  };
}
