import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteWriter } from "../../../src/formats/result/byte-writer.ts";
import { writeDecimal, writeFloat, writeFloat32 } from "../../../src/formats/result/number-text.ts";
import { writeDate, writeTime, writeTimestamp } from "../../../src/formats/result/temporal-text.ts";

function textOf(write: (out: ByteWriter) => void): string {
  const out = new ByteWriter(1);
  write(out);
  return Buffer.from(out.take()).toString();
}

/** JavaScript's own text, which is the shortest that gives the double back; whole numbers get a decimal. */
function shortest(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** Numbers as people write them: few decimals, which have a way of their own. */
const plainNumbers = fc
  .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 12 }))
  .map(([digits, decimals]) => Number(`${digits}e-${decimals}`));

test("doubles are the shortest text that gives them back", () => {
  const doubles = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), plainNumbers, fc.integer());
  fc.assert(
    fc.property(doubles, (value) => {
      expect(textOf((out) => writeFloat(out, value))).toBe(shortest(value));
    }),
    { numRuns: 20_000 },
  );
  for (const value of [0, -0, 0.1, 0.000001, 1e-7, 999999999.999999, 1e9, 1e15, 1e21, 123456.654321, 0.3 - 0.1, 5e-324])
    expect(textOf((out) => writeFloat(out, value))).toBe(shortest(value));
});

test("floats are a text that gives them back, of at most six digits or as few as do", () => {
  const floats = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), plainNumbers.map(Math.fround));
  fc.assert(
    fc.property(floats, (value) => {
      const text = textOf((out) => writeFloat32(out, value));
      expect(Math.fround(Number(text))).toBe(value);
      const digits = Number(text)
        .toExponential()
        .replace(/e.*|\D/g, "").length;
      if (digits > 6) expect(Math.fround(Number(value.toPrecision(digits - 1)))).not.toBe(value);
      expect(text).toBe(shortest(Number(text)));
    }),
    { numRuns: 20_000 },
  );
});

test("decimals have just the digits of their scale", () => {
  const integers = fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n });
  const both = fc.oneof(integers, fc.maxSafeInteger());
  fc.assert(
    fc.property(both, fc.integer({ min: 0, max: 38 }), (unscaled, scale) => {
      const digits = String(unscaled)
        .replace("-", "")
        .padStart(scale + 1, "0");
      const sign = unscaled < 0 ? "-" : "";
      const point = digits.length - scale;
      const expected = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
      expect(textOf((out) => writeDecimal(out, unscaled, scale))).toBe(`${sign}${expected}`);
    }),
    { numRuns: 5_000 },
  );
});

test("integers of every length", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 15 }), (value, digits) => {
      const some = Math.trunc(value / 10 ** digits);
      expect(textOf((out) => out.integer(some))).toBe(String(some === 0 ? 0 : some));
    }),
    { numRuns: 5_000 },
  );
});

test("dates and times are those of ISO 8601, as JavaScript writes them", () => {
  const milliseconds = fc.oneof(
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
    fc.integer({ min: -62_198_755_200_000, max: 253_402_300_799_999 }),
  );
  fc.assert(
    fc.property(milliseconds, (value) => {
      const iso = new Date(value).toISOString().replace(".000Z", "Z");
      expect(textOf((out) => writeTimestamp(out, BigInt(value), 1_000))).toBe(iso);
      expect(textOf((out) => writeTimestamp(out, BigInt(value) * 1_000n, 1_000_000))).toBe(iso);
      const day = Math.floor(value / 86_400_000);
      expect(textOf((out) => writeDate(out, day))).toBe(iso.slice(0, iso.indexOf("T")));
      const clock = value - day * 86_400_000;
      expect(textOf((out) => writeTime(out, clock, 1_000))).toBe(iso.slice(iso.indexOf("T") + 1, -1));
    }),
    { numRuns: 5_000 },
  );
});
