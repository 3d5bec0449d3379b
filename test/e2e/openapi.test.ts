import { beforeAll, expect, test } from "vitest";
import { server } from "./this-server.ts";

/** What OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1) and JSON Schema 2020-12 ask of a document, as far as ours uses them. */

interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  [keyword: string]: unknown;
}
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: Schema;
  $ref?: string;
}
interface Media {
  schema?: Schema;
}
interface Operation {
  operationId?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description?: string; content?: Record<string, Media>; headers?: Record<string, Media> }>;
}

let document: {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};
let faults: string[];

beforeAll(async () => {
  document = (await (await fetch(`${server.url}/openapi.json`)).json()) as typeof document;
  faults = [];
});

const TYPES = new Set(["string", "number", "integer", "boolean", "array", "object", "null"]);

function checkSchema(schema: unknown, at: string): void {
  if (typeof schema === "boolean") return;
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    faults.push(`${at}: not a schema`);
    return;
  }
  const { $ref, type, properties = {}, required = [], ...others } = schema as Schema;
  if ($ref !== undefined && resolve($ref) === undefined) faults.push(`${at}: nothing at ${$ref}`);
  for (const name of [type ?? []].flat()) if (!TYPES.has(name)) faults.push(`${at}: type ${name}`);
  if ("nullable" in others) faults.push(`${at}: nullable is OpenAPI 3.0`);
  for (const bound of ["exclusiveMinimum", "exclusiveMaximum"])
    if (bound in others && typeof others[bound] !== "number") faults.push(`${at}: ${bound} is a number`);
  for (const name of required)
    if (!(name in properties)) faults.push(`${at}: required ${name} is not among its properties`);
  for (const [name, property] of Object.entries(properties)) checkSchema(property, `${at}.${name}`);
  for (const keyword of ["items", "additionalProperties", "not", "propertyNames"])
    if (keyword in others) checkSchema(others[keyword], `${at}.${keyword}`);
  for (const keyword of ["anyOf", "oneOf", "allOf", "prefixItems"])
    for (const [i, part] of ((others[keyword] as unknown[] | undefined) ?? []).entries())
      checkSchema(part, `${at}.${keyword}[${i}]`);
}

function resolve(ref: string): unknown {
  return ref
    .replace(/^#\//, "")
    .split("/")
    .reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], document);
}

function checkParameters(path: string, operation: Operation, at: string): void {
  const parameters = (operation.parameters ?? []).map((one) => (one.$ref ? (resolve(one.$ref) as Parameter) : one));
  const named = parameters.filter((parameter) => parameter.in === "path");
  expect(named.map(({ name }) => name).sort(), at).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort());
  expect(
    named.every(({ required }) => required === true),
    at,
  ).toBe(true);
  const keys = parameters.map((parameter) => `${parameter.in} ${parameter.name.toLowerCase()}`);
  expect(new Set(keys).size, at).toBe(keys.length);
  for (const { name, schema } of parameters) {
    checkSchema(schema, `${at} ${name}`);
    if ([schema?.type ?? []].flat().includes("null")) faults.push(`${at} ${name}: no parameter can be null`);
  }
}

test("the document is OpenAPI 3.1, and names what is there", () => {
  expect(document.openapi).toMatch(/^3\.1\.\d$/);
  expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  for (const [name, schema] of Object.entries(document.components.schemas)) checkSchema(schema, name);
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const at = `${method} ${path}`;
      expect(operation.operationId, at).toMatch(/^\w+$/);
      checkParameters(path, operation, at);
      for (const [type, { schema }] of Object.entries(operation.requestBody?.content ?? {}))
        checkSchema(schema, `${at} ${type}`);
      expect(
        Object.keys(operation.responses).some((status) => /^[23]\d\d$/.test(status)),
        at,
      ).toBe(true);
      for (const [status, { description, content = {}, headers = {} }] of Object.entries(operation.responses)) {
        expect(description, `${at} ${status}`).toEqual(expect.any(String));
        for (const [name, { schema }] of Object.entries({ ...content, ...headers }))
          checkSchema(schema, `${at} ${status} ${name}`);
      }
    }
  }
  expect(faults).toEqual([]);
});

test("the reference page asks nobody but this server", async () => {
  const page = await (await fetch(`${server.url}/docs/`)).text();
  const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) {
    expect(link).not.toMatch(/^(?:\w+:)?\/\//);
    expect((await fetch(new URL(link, `${server.url}/docs/`))).status, link).toBe(200);
  }
});
