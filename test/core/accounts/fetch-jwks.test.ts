import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { fetchJwks } from "../../../src/core/accounts/fetch-jwks.ts";

let provider: Server | undefined;
afterEach(() => provider?.close());

/** A provider that answers with what `answer` gives, and how often it was asked. */
async function startProvider(answer: () => { status?: number; body: string }) {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    const { status = 200, body } = answer();
    response.writeHead(status).end(body);
  });
  provider = server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`, asked: () => asked };
}

const keySet = (...kids: string[]) => JSON.stringify({ keys: kids.map((kid) => ({ kty: "RSA", kid })) });
const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000);

test("keys are kept for ten minutes; an unknown key id asks again, at most every 30 seconds", async () => {
  let kids = ["a"];
  const { url, asked } = await startProvider(() => ({ body: keySet(...kids) }));
  const kidsAt = async (kid: string, seconds: number) => (await fetchJwks(url, kid, at(seconds))).map((key) => key.kid);
  expect(await kidsAt("a", 0)).toEqual(["a"]);
  kids = ["b"];
  expect(await kidsAt("a", 599)).toEqual(["a"]);
  expect(asked()).toBe(1);
  expect(await kidsAt("b", 599)).toEqual(["b"]);
  expect(await kidsAt("c", 610)).toEqual(["b"]);
  expect(asked()).toBe(2);
  await kidsAt("c", 630);
  expect(asked()).toBe(3);
  await kidsAt("b", 630 + 601);
  expect(asked()).toBe(4);
});

test.each([
  ["an error", { status: 500, body: keySet("a") }],
  ["no JSON", { body: "<html>" }],
  ["something else", { body: '{"keys": "none"}' }],
  ["more than a megabyte", { body: `${" ".repeat(1_100_000)}${keySet("a")}` }],
])("%s from the provider is the server's fault, not the caller's", async (_, answer) => {
  const { url } = await startProvider(() => answer);
  await expect(fetchJwks(url, "a", at(0))).rejects.toMatchObject({ code: "service_unavailable" });
});
