import { describe, expect, test } from "vitest";
import type { ResultShape } from "../../../src/ask/types.ts";
import { decideForm } from "../../../src/core/questions/decide-form.ts";
import { readWishes } from "../../../src/core/questions/read-wishes.ts";

describe("what a question says of its answer's form", () => {
  test.each([
    ["Show revenue by month as an image", "Show revenue by month", "visualization", true],
    ["revenue by month as a PNG file", "revenue by month", "visualization", true],
    ["Draw a picture of revenue by month", "plot revenue by month", "visualization", true],
    ["give me an image showing sales by region", "plot sales by region", "visualization", true],
    ["How did revenue do in 2023, in a sentence?", "How did revenue do in 2023?", "text", false],
    ["revenue by month in plain words", "revenue by month", "text", false],
    ["average age by country as a table", "average age by country", "table", false],
  ])("%s", (question, rest, form, image) => {
    expect(readWishes(question)).toEqual({ question: rest, form, image });
  });

  test.each([
    "What is the average image size?",
    "How many images does each user have?",
    "Which table has the most rows in table sizes?",
    "How many pictures were sold in 2023?",
    "customers with a word count over 5",
  ])("is not read from %s", (question) => {
    expect(readWishes(question)).toEqual({ question, form: undefined, image: false });
  });
});

describe("the form of an answer", () => {
  const shape = (intent: ResultShape["intent"], more: Partial<ResultShape> = {}): ResultShape => ({
    ...{ intent, labels: ["a"], measures: ["b"] },
    ...more,
  });
  const decide = (more: Partial<Parameters<typeof decideForm>[0]>) =>
    decideForm({ question: "revenue by month", asksChart: false, saysValues: false, ...more });

  test("is the one named, whatever the question says", () => {
    expect(decide({ wished: "table", asksChart: true })).toBe("table");
    expect(decide({ wished: "text" })).toBe("text");
    expect(decide({ wished: "visualization", shape: shape("value") })).toBe("visualization");
  });

  test("is a picture when the words ask for one", () => {
    expect(decide({ asksChart: true })).toBe("visualization");
    expect(decide({ shape: shape("distribution") })).toBe("visualization");
    expect(decide({ shape: shape("comparison", { chart: "pie" }) })).toBe("visualization");
    expect(decide({ question: "monthly sales trends", shape: shape("trend") })).toBe("visualization");
    expect(decide({ question: "plot it", asksChart: undefined })).toBe("visualization");
  });

  test("is a table otherwise, and a sentence for a single figure where the API has sentences", () => {
    expect(decide({ shape: shape("trend") })).toBe("table");
    expect(decide({ shape: shape("comparison") })).toBe("table");
    expect(decide({ shape: shape("value") })).toBe("table");
    expect(decide({ shape: shape("value"), saysValues: true })).toBe("text");
    expect(decide({ asksChart: undefined })).toBe("table");
  });
});
