import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { createOrganization, leaveOrganization } from "../../core/organizations/manage-members.ts";
import { listOrganizations } from "../../storage/organizations.ts";
import { withAndWithoutSlash } from "../auth/tokens.ts";
import { readJsonBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json } from "../contracts.ts";

const PATH = "/api/v2/organizations/";
const tags = ["Organizations"];

const NewOrganization = z
  .object({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/i, "must be letters, digits, - and _, at most 63.")
      .openapi({ example: "field-team" }),
    members: z
      .array(z.string().max(254))
      .max(100)
      .default([])
      .openapi({ example: ["ada@example.com"] }),
  })
  .openapi("NewOrganization");

const OrganizationShape = z
  .object({ name: z.string(), created_at: z.string(), members: z.array(z.string()) })
  .openapi("Organization");

const list = createRoute({
  method: "get",
  path: PATH,
  operationId: "listOrganizations",
  tags,
  summary: "The organisations that you belong to",
  responses: {
    200: json(z.object({ results: z.array(OrganizationShape) }), "With their members."),
    ...errorAnswers(401),
  },
});

const create = createRoute({
  method: "post",
  path: PATH,
  operationId: "createOrganization",
  tags,
  summary: "Make an organisation, or add members to yours",
  description: "Its members share the files that are made with its name as `org_name`.",
  request: { body: { required: true, content: { "application/json": { schema: NewOrganization } } } },
  responses: { 201: json(OrganizationShape, "The organisation."), ...errorAnswers(400, 401, 403, 409, 413, 422) },
});

const removeMember = createRoute({
  method: "delete",
  path: "/api/v2/organizations/{name}/members/{email}",
  operationId: "removeOrganizationMember",
  tags,
  summary: "Take a member out of an organisation",
  request: { params: z.object({ name: z.string(), email: z.string() }) },
  responses: { 204: { description: "They do not belong to it any more." }, ...errorAnswers(401, 403, 404) },
});

/** /api/v2/organizations/. */
export function registerOrganizations(app: OpenAPIHono<AppEnv>): void {
  for (const contract of [list, create, removeMember]) app.openAPIRegistry.registerPath(contract);

  app.on("GET", withAndWithoutSlash(PATH), async (c) => {
    const { services, caller } = c.var;
    const found = await listOrganizations(services.db, caller.userId);
    return c.json({ results: found.map(describeOrganization) });
  });

  app.on("POST", withAndWithoutSlash(PATH), async (c) => {
    const { services, caller } = c.var;
    const body = await readJsonBody(c, NewOrganization);
    const { name } = await createOrganization(services, caller, body);
    const found = await listOrganizations(services.db, caller.userId);
    return c.json(found.filter((organization) => organization.name === name).map(describeOrganization)[0], 201);
  });

  app.on("DELETE", withAndWithoutSlash("/api/v2/organizations/:name/members/:email"), async (c) => {
    const { services, caller } = c.var;
    await leaveOrganization(services, caller, { name: c.req.param("name") ?? "", email: c.req.param("email") ?? "" });
    return c.body(null, 204);
  });
}

function describeOrganization({ name, createdAt, members }: { name: string; createdAt: Date; members: string[] }) {
  return { name, created_at: createdAt.toISOString(), members };
}
