import { z } from "@hono/zod-openapi";
import { expect, test } from "vitest";
import { describeIssue } from "../../src/http/describe-issue.ts";

const Body = z.object({
  name: z.string().min(1).max(3),
  count: z.coerce.number().int().min(1).max(5).default(1),
  share: z.number().positive().default(1),
  kind: z.enum(["csv", "xlsx"]).default("csv"),
  tags: z.array(z.string()).max(1, "One tag is enough.").default([]),
  at: z.iso.datetime({ offset: true }).optional(),
  active: z.boolean().default(true),
});

test.each([
  [{}, "It is missing; send a text."],
  [{ name: 5 }, "It has to be a text."],
  [{ name: "" }, "It may not be empty."],
  [{ name: "long" }, "It has to have at most 3 characters."],
  [{ name: "a", count: "x" }, "It has to be a number."],
  [{ name: "a", count: "1.5" }, "It has to be a whole number."],
  [{ name: "a", count: 0 }, "It has to be at least 1."],
  [{ name: "a", count: 6 }, "It has to be at most 5."],
  [{ name: "a", share: 0 }, "It has to be more than 0."],
  [{ name: "a", kind: "pdf" }, "It has to be one of “csv”, “xlsx”."],
  [{ name: "a", tags: ["b", "c"] }, "One tag is enough."],
  [{ name: "a", at: "soon" }, "It has to be a time such as 2026-05-01T12:00:00Z."],
  [{ name: "a", active: "yes" }, "It has to be true or false."],
])("%j", (body, sentence) => {
  const issues = Body.safeParse(body).error?.issues ?? [];
  expect(issues.map(describeIssue)).toEqual([sentence]);
});
