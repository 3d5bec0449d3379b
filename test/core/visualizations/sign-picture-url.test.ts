import { expect, test } from "vitest";
import { faultOfPictureUrl, signPictureUrl } from "../../../src/core/visualizations/sign-picture-url.ts";

const secret = "a secret of at least thirty-two characters";
const now = new Date("2026-05-01T12:00:00Z");
const url = signPictureUrl({ origin: "https://api.example.com", visualizationId: "viz_abc" }, { secret, now });
const parts = new URL(url ?? "");
const given = {
  visualizationId: "viz_abc",
  expires: parts.searchParams.get("expires") ?? undefined,
  signature: parts.searchParams.get("signature") ?? undefined,
};

test("a signed link is good for a day", () => {
  expect(parts.pathname).toBe("/visualizations/viz_abc.png");
  expect(faultOfPictureUrl(given, { secret, now })).toBeUndefined();
  expect(faultOfPictureUrl(given, { secret, now: new Date("2026-05-02T12:00:01Z") })).toMatch(/expired/);
});

test("for this picture, until this time, and by this secret alone", () => {
  const fault = (change: object, key = secret) => faultOfPictureUrl({ ...given, ...change }, { secret: key, now });
  expect(fault({ visualizationId: "viz_abd" })).toMatch(/wrong/);
  expect(fault({ expires: String(Number(given.expires) + 1) })).toMatch(/wrong/);
  expect(fault({ signature: `${given.signature?.slice(0, -1)}_` })).toMatch(/wrong/);
  expect(fault({}, `${secret}!`)).toMatch(/wrong/);
  for (const expires of ["", "x", "1e9", "-1", undefined]) expect(fault({ expires })).toMatch(/lacks/);
  expect(fault({ signature: undefined })).toMatch(/lacks/);
});

test("without a secret nothing is signed, and nothing is let through", () => {
  for (const short of [undefined, "short"]) {
    expect(signPictureUrl({ origin: "", visualizationId: "viz_abc" }, { secret: short, now })).toBeUndefined();
    expect(faultOfPictureUrl(given, { secret: short, now })).toMatch(/SIGNING_SECRET/);
  }
});
