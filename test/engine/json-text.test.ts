import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countElements,
  extractJson,
  isValidJson,
  listKeys,
  minifyJson,
  nameJsonType,
  readJsonPath,
} from "../../src/engine/json-text.ts";

const isParsable = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("JSON in text", () => {
  it("is valid exactly when JavaScript parses it", () => {
    const nearly = fc.json().chain((text) => fc.nat(text.length).map((at) => text.slice(0, at) + text.slice(at + 1)));
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.json({ noUnicodeString: false }), nearly, fc.string()), (text) => {
        expect(isValidJson(text)).toBe(isParsable(text));
      }),
    );
  });

  it("gives every member and element by its path, as JavaScript has it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()), (object, array) => {
        const spaced = JSON.stringify(object, undefined, 2);
        for (const [key, value] of Object.entries(object)) {
          const path = readJsonPath(`$.${JSON.stringify(key)}`);
          expect(JSON.parse(extractJson(spaced, path)!)).toEqual(JSON.parse(JSON.stringify(value)));
        }
        expect(listKeys(extractJson(spaced, [])!)).toEqual(Object.keys(JSON.parse(spaced) as object));
        const list = JSON.stringify(array);
        array.forEach((value, index) => {
          expect(extractJson(list, readJsonPath(`$[${index}]`))).toBe(JSON.stringify(value));
          for (const sign of ["#-", "-"])
            expect(extractJson(list, readJsonPath(`$[${sign}${array.length - index}]`))).toBe(JSON.stringify(value));
        });
        expect(extractJson(list, readJsonPath(`$[${array.length}]`))).toBeUndefined();
        expect(extractJson(list, readJsonPath("$[-0]"))).toBe(extractJson(list, readJsonPath("$[0]")));
        expect(countElements(list)).toBe(array.length);
        expect(minifyJson(spaced)).toBe(JSON.stringify(object));
      }),
    );
  });

  // From DuckDB 1.4.3 with its json extension: SELECT json_type(…).
  it.each([
    ["1", "UBIGINT"],
    ["-1", "BIGINT"],
    ["1.0", "DOUBLE"],
    ["18446744073709551616", "DOUBLE"],
    ["-9223372036854775809", "DOUBLE"],
    ['"a"', "VARCHAR"],
    ["null", "NULL"],
    ["true", "BOOLEAN"],
    ["[]", "ARRAY"],
    ["{}", "OBJECT"],
  ])("of %s is a %s", (text, type) => {
    expect(nameJsonType(text)).toBe(type);
  });

  it("refuses a path with a wildcard, and one it cannot read, in words", () => {
    expect(() => readJsonPath("$.*")).toThrow(/wildcard/);
    expect(() => readJsonPath("$.a[x]")).toThrow(/cannot be read at character 4/);
  });

  it("does not overflow on deep nesting", () => {
    expect(isValidJson("[".repeat(100_000))).toBe(false);
    expect(isValidJson("[".repeat(100_000) + "]".repeat(100_000))).toBe(false);
  });
});
