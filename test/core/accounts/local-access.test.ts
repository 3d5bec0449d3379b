import { expect, test } from "vitest";
import { normalizeEmail } from "../../../src/core/accounts/email.ts";
import { isLocalRequest } from "../../../src/core/accounts/local-access.ts";

test.each([
  ["http://localhost:8787/x", true],
  ["http://127.0.0.1/x", true],
  ["http://[::1]:8787/x", true],
  ["http://LOCALHOST/x", true],
  ["https://eider.example.workers.dev/localhost", false],
  ["https://localhost.example.com/", false],
  ["http://127.0.0.2/", false],
  ["http://0.0.0.0/", false],
])("%s is this machine: %s", (url, expected) => {
  const request = new Request(url);
  expect(isLocalRequest({ EIDER_LOCAL: "true" }, request)).toBe(expected);
  for (const value of ["false", "TRUE", "1", ""]) expect(isLocalRequest({ EIDER_LOCAL: value }, request)).toBe(false);
  expect(isLocalRequest({}, request)).toBe(false);
});

test.each<[Record<string, string>, boolean]>([
  [{ origin: "http://localhost:8787", "sec-fetch-site": "same-origin" }, true],
  [{ origin: "http://localhost:5173", "sec-fetch-site": "same-site" }, true],
  [{ origin: "http://127.0.0.1:3000", "sec-fetch-site": "cross-site" }, true],
  [{ "sec-fetch-site": "none" }, true],
  [{ "sec-fetch-site": "same-origin" }, true],
  [{ origin: "https://evil.example" }, false],
  [{ origin: "https://localhost.evil.example", "sec-fetch-site": "cross-site" }, false],
  [{ origin: "null", "sec-fetch-site": "cross-site" }, false],
  [{ origin: "" }, false],
  [{ "sec-fetch-site": "cross-site" }, false],
])("what a browser sends along as %j is of this machine: %s", (headers, expected) => {
  const request = { url: "http://localhost:8787/api/csv/sessions", headers: new Headers(headers) };
  expect(isLocalRequest({ EIDER_LOCAL: "true" }, request)).toBe(expected);
});

test.each([
  [" Ada@Example.com ", "ada@example.com"],
  ["o'neil+x@a.co", "o'neil+x@a.co"],
  ["dev@localhost", "dev@localhost"],
])("%j is the address %s", (text, email) => {
  expect(normalizeEmail(text)).toBe(email);
});

test.each(
  ["", "a", "a@", "@b", "a@b@c", "a b@c", "a,b@c", "<a@b>", "a@b\n", `${"a".repeat(250)}@b.co`].filter(
    (text) => text.trim() === text,
  ),
)("%j is no address", (text) => {
  expect(() => normalizeEmail(text)).toThrow(/not an email address/);
});
