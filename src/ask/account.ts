/** Holds a query against its question: whatever acts on data in the one must show in the other. */
import { isOp } from "./grammar/state.ts";
import type { Item } from "./items.ts";
import type { Query } from "./tree.ts";

/** A word of a question that acts on data, and what it must leave behind in the query. */
export interface Act {
  text: string;
  /** A figure such as an average; a negation; a pick of the best; a number or a date to compare with. */
  kind: "figure" | "negation" | "pick" | "group" | "still" | "lateness" | "rate" | "number" | "ordinal" | "period";
  /** Any of these shows it. */
  values: (number | string)[];
}

const FIGURES = new Set(["avg", "median", "stddev", "variance"]);

/** The acts of a question's items. */
export function listActs(items: readonly Item[]): Act[] {
  const acts: Act[] = [];
  items.forEach((item, at) => {
    const { text } = item;
    const named = "span" in item && item.span !== undefined;
    if (isOp(item, "aggregate") && !named && FIGURES.has(item.operation.fn))
      acts.push({ text, kind: "figure", values: [item.operation.fn] });
    else if (isOp(item, "not", "no", "except") && !isOp(items[at - 1], "and"))
      acts.push({ text, kind: "negation", values: [] });
    else if (
      isOp(item, "common") ||
      (isOp(item, "top") && /^(?:first|last)$/i.test(text) && isEnd(items[at + 1])) ||
      (isOp(item, "superlative") && !named) ||
      (item.type === "grade" && item.degree === "most")
    )
      acts.push({ text, kind: "pick", values: [] });
    else if (item.type === "word" && /^(?:rates?|ratio)$/.test(item.lower))
      acts.push({ text, kind: "rate", values: [] });
    else if (item.type === "word" && item.lower === "same") acts.push({ text, kind: "lateness", values: [] });
    else if (item.type === "word" && item.lower === "still") acts.push({ text, kind: "still", values: [] });
    else if (item.type === "grade" && item.degree === "plain" && /^(?:late|early)$/i.test(text) && !named)
      acts.push({ text, kind: "lateness", values: [] });
    else if (isOp(item, "each") && items[at + 1]?.type === "name") acts.push({ text, kind: "group", values: [] });
    else if (
      item.type === "number" &&
      !item.ordinal &&
      !item.percent &&
      !named &&
      item.value > 1 &&
      !isMeasured(items[at + 1])
    )
      acts.push({ text, kind: "number", values: [1, 1e3, 1e6, 1e9].map((scale) => item.value * scale) });
    else if (item.type === "number" && item.ordinal && !named)
      acts.push({ text, kind: "ordinal", values: [item.value - 1] });
    else if (item.type === "period" && item.period.weekdays !== undefined)
      acts.push({ text, kind: "period", values: ['"fn":"dayofweek"'] });
    else if (item.type === "period" && !named)
      acts.push({ text, kind: "period", values: [item.period.from, item.period.to].map((day) => day.slice(0, 4)) });
  });
  return acts;
}

/** "who was hired last": nothing follows that could be the first or last of something. */
function isEnd(next: Item | undefined): boolean {
  return next === undefined || isOp(next, "stop");
}

/** Whether a unit follows, into whose column the number may have been converted. */
function isMeasured(next: Item | undefined): boolean {
  return next !== undefined && (isOp(next, "unit") || next.type === "word" || next.type === "name");
}

/** The acts that a query shows nothing of. */
export function findUnaccounted(acts: readonly Act[], query: Query): Act[] {
  const text = JSON.stringify(query);
  const shows: Record<Act["kind"], (act: Act) => boolean> = {
    figure: ({ values }) =>
      values.some((fn) => text.includes(`"fn":"${fn}"`) || (fn === "median" && text.includes("quantile_cont"))),
    negation: () =>
      /"negated":true|"kind":"not"|"op":"(?:<>|<|<=|>|>=|EXCEPT)"|"kind":"null"|"value":(?:false|0|"(?:no|n|f|false|0)")/i.test(
        text,
      ),
    pick: () => /"limit":|"fn":"(?:max|min|arg_max|arg_min|mode)"|"order":\[\{/.test(text),
    still: () => /"where":\[\{|"filter":/.test(text),
    // "fertility rate" may be a column; a sum or a count is no rate.
    rate: () =>
      text.includes('"op":"/"') ||
      (!/"fn":"(?:sum|count)"/.test(text) && /"role":"measure"|"order":\[\{|"kind":"compare"/.test(text)),
    // Reworded as a comparison before ("late", "the same day"), or not understood.
    lateness: () => false,
    group: (act) =>
      (!text.includes('"kind":"call"') && act.text !== "per") ||
      /"group":\[\{|"role":"(?:label|time)"|"fn":"nullif"/.test(text),
    number: ({ values }) => values.some((value) => new RegExp(`"(?:value|limit)":"?${value}(?:"|,|\\})`).test(text)),
    ordinal: ({ values }) => values.some((skipped) => text.includes(`"offset":${skipped}`)),
    period: ({ values }) => values.some((year) => text.includes(String(year))) || /"fn":"(?:month|quarter)"/.test(text),
  };
  return acts.filter((act) => !shows[act.kind](act));
}
