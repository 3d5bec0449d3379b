import fc from "fast-check";
import { expect, test } from "vitest";
import { writeJson } from "../../src/http/json-text.ts";

test("plain values are written as JSON.stringify writes them", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(writeJson(value)).toBe(JSON.stringify(value));
    }),
  );
  expect(writeJson({ a: undefined, b: [undefined, Number.NaN], c: new Date(0) })).toBe(
    '{"b":[null,null],"c":"1970-01-01T00:00:00.000Z"}',
  );
});

test("maps keep their order and bigints their digits", () => {
  const value = new Map<string, unknown>([
    ["10", 12345678901234567890n],
    ["9", new Map([["a", -(2n ** 100n)]])],
    ["__proto__", null],
  ]);
  expect(writeJson({ value })).toBe(
    '{"value":{"10":12345678901234567890,"9":{"a":-1267650600228229401496703205376},"__proto__":null}}',
  );
});
