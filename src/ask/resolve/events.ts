/** Dates by the events that a question speaks of: "shipped in March", "check-ins per month". */
import type { Condition, Frame, Noun } from "../frame.ts";
import { isTableNoun } from "../grammar/state.ts";
import type { JoinGraph } from "../joins.ts";
import type { Column, Schema, Table } from "../schema.ts";
import { isParticiple } from "../words.ts";
import { namesEvent } from "./name-targets.ts";
import { eventsOf } from "./superlative.ts";

/** Gives times without a date of their own the date of the event they are said of, and "never" what has never happened. */
export function findEvents(frame: Frame, schema: Schema, graph: JoinGraph): void {
  nameNever(frame, graph);
  whatHappened(frame);
  datesCounted(frame);
  datesBesideVerbs(frame, schema);
}

/** "carriers we have never used", "donors who gave more than once": how often something has happened with them in the one table whose rows refer to theirs. */
function nameNever({ conditions, wishes }: Frame, graph: JoinGraph): void {
  const [wish] = wishes;
  if (!isTableNoun(wish?.noun)) return;
  const [event, ...others] = eventsOf({ graph }, wish?.noun?.tables[0]?.table);
  if (event === undefined || others.length > 0) return;
  const happened = rowsOf(event);
  for (const condition of conditions) {
    const isNever =
      condition.kind === "not" &&
      (condition.noun === undefined || isAlways(condition.noun)) &&
      condition.inner.length === 0 &&
      /never/i.test(condition.text);
    const isTimes = condition.kind === "count" && condition.noun.text === "times" && condition.noun.tables.length === 0;
    if (isNever || isTimes) condition.noun = happened;
  }
}

/** A date that every row has: that there is none of it can only be said of other rows. */
function isAlways({ columns, tables }: Noun): boolean {
  const column = columns[0]?.column;
  return column?.temporal === true && column.info.nulls === 0 && (tables[0]?.score ?? 0) < 0.7;
}

/** "homes sold per town", "tickets closed by agent": those of which there is the date. */
function whatHappened(frame: Frame): void {
  const rows = frame.wishes.flatMap(({ noun }) => (isTableNoun(noun) ? [noun?.tables[0]?.table] : []));
  frame.asides = frame.asides.filter((aside) => {
    const top = aside.columns[0]?.score ?? 0;
    const [date, ...others] = aside.columns.filter(({ column, score }) => column.temporal && score >= top - 0.05);
    if (date === undefined || others.length > 0 || !isParticiple(aside.text)) return true;
    if ((date.column.info.nulls ?? 0) === 0 || !rows.includes(date.column.table)) return true;
    const noun: Noun = { ...aside, columns: [date], tables: [] };
    frame.conditions.push({ joiner: "and", text: aside.text, kind: "null", noun, negated: true });
    return false;
  });
}

/** "number of check-ins per month in 2025": what is counted is a date, and its months and years are meant. */
function datesCounted({ wishes, groups, conditions }: Frame): void {
  const [event, ...others] = wishes;
  const noun = others.length === 0 ? event?.noun : undefined;
  if (noun?.columns[0]?.column.temporal !== true || isTableNoun(noun)) return;
  if (event?.fn !== undefined && event.fn !== "count") return;
  const date = dateNoun(noun.text, noun.columns[0].column);
  for (const group of groups) if (group.unit !== undefined) group.noun ??= date;
  for (const condition of conditions) if (condition.kind === "period") condition.noun ??= date;
}

/** "orders shipped in March": when they were, whatever has become of them since. */
function datesBesideVerbs(frame: Frame, schema: Schema): void {
  frame.conditions.forEach((condition, at) => {
    const verb = frame.conditions[at - 1];
    if (condition.kind !== "period" || condition.noun !== undefined || verb === undefined) return;
    const date = dateOf(verb, schema);
    const [held] = verb.kind === "value" ? (verb.choices[0]?.links ?? []) : [];
    if (date === undefined && held !== undefined && isDone(verb)) condition.about = rowsOf(held.column.table);
    if (date === undefined) return;
    condition.noun = dateNoun(verb.text, date);
    if (verb.kind === "value") frame.conditions = frame.conditions.filter((other) => other !== verb);
  });
}

/** The date on which what a condition says of a row came true. */
function dateOf(condition: Condition, schema: Schema): Column | undefined {
  if (!isDone(condition)) return undefined;
  const text = verbOf(condition);
  const held =
    condition.kind === "value"
      ? condition.choices.flatMap(({ links }) => links.map(({ column }) => column.table))
      : condition.kind === "flag"
        ? condition.noun.columns.map(({ column }) => column.table)
        : [];
  const [date, ...others] = schema.columns.filter(
    (column) => column.temporal && held.includes(column.table) && namesEvent(text, column),
  );
  return others.length === 0 ? date : undefined;
}

function verbOf(condition: Condition): string {
  return condition.kind === "value" ? (condition.choices[0]?.text ?? "") : condition.text;
}

/** "shipped", "was returned": one value or a yes/no column that says what was done. */
function isDone(condition: Condition): boolean {
  const isVerb = condition.kind === "value" ? condition.choices.length === 1 : condition.kind === "flag";
  return isVerb && isParticiple(verbOf(condition).split(" ").at(-1) ?? "");
}

function rowsOf(table: Table): Noun {
  return { text: table.name, from: 0, columns: [], tables: [{ table, score: 1 }], owners: [] };
}

function dateNoun(text: string, column: Column): Noun {
  return { text, from: 0, columns: [{ column, score: 1 }], tables: [], owners: [] };
}
