import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeldTexts } from "../../../src/core/profiles/held-texts.ts";

describe("held texts", () => {
  test("the least recently used go first", () => {
    const held = new HeldTexts(30, 20);
    held.hold("a", "a".repeat(10));
    held.hold("b", "b".repeat(10));
    held.hold("c", "c".repeat(10));
    expect(held.get("a")).toBe("a".repeat(10));
    held.hold("d", "d".repeat(10));
    expect(["a", "b", "c", "d"].filter((key) => held.get(key) !== undefined)).toEqual(["a", "c", "d"]);
  });

  test("a long text is not held, nor what it replaces", () => {
    const held = new HeldTexts(30, 20);
    held.hold("a", "short");
    held.hold("a", "x".repeat(21));
    expect(held.get("a")).toBeUndefined();
  });

  test("whatever comes, what is held is what was last said, and never more than allowed", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d", "e"), fc.nat(25)), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        const held = new HeldTexts(40, 20);
        const last = new Map<string, string>();
        for (const [i, [key, length]] of all.entries()) {
          const text = String(i % 10).repeat(length);
          held.hold(key, text);
          last.set(key, text);
          const present = [...last].filter(([known]) => held.get(known) !== undefined);
          for (const [known, said] of present) expect(held.get(known)).toBe(said);
          expect(present.reduce((sum, [, said]) => sum + said.length, 0)).toBeLessThanOrEqual(40);
          if (length <= 20) expect(held.get(key)).toBe(text);
        }
      }),
    );
  });
});
