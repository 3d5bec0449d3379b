/** What each noun, value or period of a frame may stand for in the tables, with scores. */
import type { Condition, Frame, Noun, Quantity, Superlative } from "../frame.ts";
import { inferJoins, type JoinGraph } from "../joins.ts";
import { areSynonyms, expandAbbreviation, findGradable } from "../lexicon.ts";
import { type Column, normaliseValue, type Schema, type Table } from "../schema.ts";
import type { CellValue, TimeUnit } from "../types.ts";
import { stemWord } from "../words.ts";

export interface Target {
  table: Table;
  /** Missing when the table as a whole is meant. */
  column?: Column;
  score: number;
  /** For values: what the column must equal. */
  values?: CellValue[];
  /** For adjectives: the measure runs against the adjective ("oldest" by birth year). */
  reversed?: boolean;
}

/** Something to be settled: its identity is the noun, condition, superlative or grouping it came from. */
export interface Variable {
  key: object;
  text: string;
  targets: Target[];
  owners: Noun[];
  about?: Noun;
  /** How much an own table costs: 1 in the main query, less inside negations and quantities. */
  cost: number;
}

type Use = "wish" | "measure" | "group" | "count" | "table" | "compare" | "any";

/** The variables of a frame. */
export function listVariables(frame: Frame, schema: Schema): Variable[] {
  const collector = new Collector(
    schema,
    frame.conditions.some(
      (condition) => condition.kind === "period" && condition.cmp === "=" && condition.periods.length === 1,
    ),
  );
  for (const wish of frame.wishes) {
    if (wish.noun === undefined) continue;
    const numeric = wish.fn !== undefined && wish.fn !== "count";
    const grouped = frame.groups.length > 0 && wish.fn === undefined;
    collector.addNoun(wish.noun, numeric ? "measure" : wish.fn === "count" ? "count" : grouped ? "any" : "wish", 1);
  }
  for (const group of frame.groups) {
    if (group.unit !== undefined || group.part !== undefined)
      collector.addTime(group, group.noun, group.unit ?? "day", 1);
    else if (group.noun !== undefined) collector.addNoun(group.noun, "group", 1);
  }
  for (const order of frame.orders)
    if (order.noun !== undefined) collector.addNoun(order.noun, order.fn === "count" ? "count" : "any", 1);
  for (const superlative of frame.superlatives) collector.addSuperlative(superlative, 1);
  for (const mention of frame.mentions) collector.addNoun(mention, "table", 1);
  if (frame.correlation || frame.ratio) for (const aside of frame.asides) collector.addNoun(aside, "measure", 1);
  for (const condition of frame.conditions) collector.addCondition(condition, 1);
  return collector.variables;
}

class Collector {
  readonly variables: Variable[] = [];
  readonly #schema: Schema;
  readonly #seen = new Set<object>();

  readonly #within: boolean;

  /** `within` tells that the question stays inside one year or quarter, so that a column of months tells months apart. */
  constructor(schema: Schema, within: boolean) {
    this.#schema = schema;
    this.#within = within;
  }

  #push(key: object, text: string, targets: Target[], owners: Noun[], cost: number, about?: Noun): void {
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.variables.push({ key, text, targets, owners, cost, ...(about === undefined ? {} : { about }) });
  }

  addNoun(noun: Noun, use: Use, cost: number, about?: Noun): void {
    this.#push(noun, noun.text, nounTargets(noun, use, this.#schema), noun.owners, cost, about);
  }

  addTime(key: object, noun: Noun | undefined, unit: TimeUnit, cost: number, about?: Noun): void {
    this.#push(
      key,
      noun?.text ?? unit,
      timeTargets(noun, unit, this.#schema, "kind" in key ? "condition" : this.#within ? "group" : "free"),
      noun?.owners ?? [],
      cost,
      about,
    );
  }

  addSuperlative(superlative: Superlative, cost: number): void {
    if (superlative.noun !== undefined)
      this.addNoun(superlative.noun, superlative.counts ? "count" : "compare", cost, superlative.about);
    else if (superlative.adjective !== undefined)
      this.#push(
        superlative,
        superlative.adjective,
        adjectiveTargets(superlative.adjective, this.#schema),
        [],
        cost,
        superlative.about,
      );
    if (superlative.about !== undefined) this.addNoun(superlative.about, "wish", cost * 0.5);
  }

  addCondition(condition: Condition, cost: number): void {
    const { about } = condition;
    switch (condition.kind) {
      case "compare":
        if (condition.noun !== undefined)
          this.addNoun(condition.noun, condition.value.kind === "text" ? "any" : "compare", cost, about);
        else if (condition.adjective !== undefined)
          this.#push(
            condition,
            condition.adjective,
            adjectiveTargets(condition.adjective, this.#schema),
            [],
            cost,
            about,
          );
        this.addQuantity(condition.value);
        break;
      case "aggregate":
        this.addNoun(condition.noun, "measure", cost, about);
        this.addQuantity(condition.value);
        break;
      case "between":
        if (condition.noun !== undefined) this.addNoun(condition.noun, "compare", cost, about);
        else if (condition.low.kind === "period")
          this.addTime(condition, undefined, condition.low.period.unit, cost, about);
        break;
      case "value":
        this.#push(
          condition,
          condition.text,
          valueTargets(condition, this.#schema),
          condition.noun?.owners ?? [],
          cost,
          about,
        );
        break;
      case "period":
        this.addTime(condition, condition.noun, condition.periods[0]?.unit ?? "day", cost, about);
        break;
      case "like":
        if (condition.noun !== undefined) this.addNoun(condition.noun, "any", cost, about);
        else if (about !== undefined) this.#push(condition, condition.text, labelTargets(about), [], cost, about);
        break;
      case "null":
      case "flag":
        this.addNoun(condition.noun, "any", cost, about);
        break;
      case "count":
      case "exists":
        this.addNoun(condition.noun, "count", cost * 0.6, about);
        break;
      case "top":
        this.addSuperlative(condition.superlative, cost);
        break;
      case "not":
        if (condition.noun !== undefined) this.addNoun(condition.noun, "count", 0.4, about);
        for (const inner of condition.inner) this.addCondition(inner, 0.4);
        break;
    }
    if (about !== undefined) this.addNoun(about, "table", 0.3);
  }

  addQuantity(quantity: Quantity): void {
    if (quantity.kind === "aggregate" || quantity.kind === "anyOf") {
      if (quantity.noun !== undefined)
        this.addNoun(quantity.noun, quantity.kind === "aggregate" ? "measure" : "count", 0.3);
      for (const inner of quantity.scope) this.addCondition(inner, 0.3);
    } else if (quantity.kind === "rowOf") {
      this.addSuperlative(quantity.superlative, 0.3);
      for (const inner of quantity.scope) this.addCondition(inner, 0.3);
    } else if (quantity.kind === "entity") {
      const { choice } = quantity;
      this.#push(
        quantity,
        choice.text,
        choice.links.map((link) => ({
          table: link.column.table,
          column: link.column,
          values: [link.value],
          score: link.score + (link.column === link.column.table.label ? 0.1 : 0),
        })),
        [],
        0.3,
      );
    } else if (quantity.kind === "column") this.addNoun(quantity.noun, "measure", 0.3);
  }
}

function nounTargets(noun: Noun, use: Use, schema: Schema): Target[] {
  const graph = inferJoins(schema);
  const targets: Target[] = [];
  if (use !== "table") {
    for (const link of noun.columns) {
      const { column } = link;
      const numeric = column.numeric || column.numberText;
      let score = link.score;
      const composed = noun.owners.find(
        (owner) => (owner.tables[0]?.score ?? 0) < 0.6 && owner.columns.some((other) => other.column === column),
      );
      if (composed !== undefined && link.score < 0.9) score += 0.6;
      if (refersTo(column, noun, graph)) score -= 0.35;
      if (use === "measure") score += numeric ? 0.05 : column.temporal || column.year || column.dateText ? 0 : -0.4;
      if (use === "measure" && column.identifier && numeric) score -= 0.1;
      if (use === "compare" && !numeric && !column.temporal && !column.year && !column.dateText) score -= 0.3;
      const reference =
        use === "compare" || use === "measure"
          ? undefined
          : graph.edges.find(
              (edge) =>
                edge.from === column &&
                edge.score >= 0.6 &&
                edge.to !== edge.to.table.label &&
                column.numeric &&
                !/id|code|number|key/i.test(column.name),
            );
      if (reference !== undefined && link.score >= 0.9) {
        targets.push({ table: reference.to.table, score: link.score - 0.02 });
        score -= 0.3;
      }
      targets.push({ table: column.table, column, score });
    }
  }
  const preferred = use === "table" ? 0.1 : use === "count" ? 0.06 : 0;
  if (use !== "measure" && use !== "compare")
    for (const link of noun.tables)
      targets.push({ table: link.table, score: link.score + (link.score >= 0.9 ? preferred : 0) });
  if (use !== "table") addLabels(noun, targets, schema);
  if (use === "table")
    for (const link of noun.columns.slice(0, 4))
      targets.push({ table: link.column.table, column: link.column, score: link.score - 0.2 });
  return targets.sort((a, b) => b.score - a.score).slice(0, 14);
}

/** Whether a column refers to a table that the noun names itself: then the table is meant. */
function refersTo(column: Column, noun: Noun, graph: JoinGraph): boolean {
  return noun.tables.some(
    (link) =>
      link.score >= 0.85 &&
      graph.edges.some(
        (edge) =>
          edge.from === column && edge.to.table === link.table && edge.to !== edge.to.table.label && edge.score >= 0.6,
      ),
  );
}

/** "name of the continent": the label column of a table without a column called so. */
function addLabels(noun: Noun, targets: Target[], schema: Schema): void {
  const words = noun.text.toLowerCase().split(/\s+/);
  if (!words.some((word) => /^(names?|titles?)$/.test(word)) || words.length > 1) return;
  const owners = noun.owners.flatMap((owner) => [
    ...owner.tables.map((link) => link.table),
    ...owner.columns.filter((link) => link.score > 0.9).map((link) => link.column),
  ]);
  const tabled = noun.owners.some((owner) => (owner.tables[0]?.score ?? 0) >= 0.6);
  for (const owner of owners) {
    const [table, column] = "table" in owner ? [owner.table, owner] : [owner, owner.label];
    if (column !== undefined && !targets.some((target) => target.column === column))
      targets.push({ table, column, score: "table" in owner ? (tabled ? 0.62 : 1.1) : 0.8 });
  }
  for (const table of schema.tables) {
    if (table.label !== undefined && !targets.some((target) => target.column === table.label))
      targets.push({ table, column: table.label, score: 0.45 });
  }
}

function labelTargets(about: Noun): Target[] {
  return about.tables.flatMap((link) =>
    link.table.label === undefined ? [] : [{ table: link.table, column: link.table.label, score: link.score - 0.3 }],
  );
}

/** Columns that may hold the time meant, those named first. */
export function timeTargets(
  noun: Noun | undefined,
  unit: TimeUnit,
  schema: Schema,
  use: "condition" | "group" | "free" = "free",
): Target[] {
  const targets: Target[] = [];
  for (const link of noun?.columns ?? []) {
    const { column } = link;
    const holds =
      column.temporal ||
      column.dateText ||
      (column.year && unit === "year") ||
      column.words.some((word) => word.stem === stemWord(unit));
    if (holds) targets.push({ table: column.table, column, score: link.score + 0.1 });
    else if (column.year) targets.push({ table: column.table, column, score: link.score - 0.1 });
  }
  const named = targets.some((target) => target.score > 0.7);
  for (const column of schema.columns) {
    if (targets.some((target) => target.column === column)) continue;
    let score = column.temporal ? 0.7 : column.year ? (unit === "year" ? 0.68 : 0.3) : column.dateText ? 0.35 : 0;
    if (column.year && unit === "year" && /^year$/i.test(column.name)) score += 0.03;
    if (score === 0 && column.numeric && column.words.length === 1 && column.words[0]?.stem === stemWord(unit))
      score = use === "group" ? 0.8 : use === "free" || unit === "year" ? 0.72 : 0;
    if (score === 0) continue;
    if (/^(date|day|time|year|created|created_at|timestamp)$/i.test(column.name)) score += 0.05;
    if (/birth|updated|modified|end|close|death/i.test(column.name)) score -= 0.08;
    targets.push({
      table: column.table,
      column,
      score: named ? score - 0.3 : score - column.table.columns.indexOf(column) * 0.002,
    });
  }
  return targets.sort((a, b) => b.score - a.score).slice(0, 14);
}

/** Columns an adjective such as "oldest" may be measured by. */
export function adjectiveTargets(adjective: string, schema: Schema): Target[] {
  const gradable = findGradable(adjective);
  if (gradable === undefined) return [];
  const targets: Target[] = [];
  gradable.measures.forEach((measure, rank) => {
    const reversed = measure.startsWith("-");
    const stem = stemWord(reversed ? measure.slice(1) : measure);
    for (const column of schema.columns) {
      if (targets.some((target) => target.column === column)) continue;
      const isOrdered = column.numeric || column.numberText || column.temporal || column.dateText || column.year;
      if (!isOrdered || column.identifier) continue;
      const required = column.words.filter((word) => !word.optional);
      const exact =
        column.words.some((word) => word.stem === stem || expandAbbreviation(word.lower).includes(stem)) ||
        (stem === "dat" && column.temporal);
      const alike = !exact && required.some((word) => areSynonyms(word.stem, stem));
      if (!exact && !alike) continue;
      targets.push({
        table: column.table,
        column,
        score: (exact ? 0.8 : 0.68) + extremeBonus(column, gradable.sign) - rank * 0.03 - (required.length - 1) * 0.04,
        reversed,
      });
    }
  });
  return targets.sort((a, b) => b.score - a.score).slice(0, 12);
}

/** "hottest" prefers the column of maxima, "coldest" that of minima. */
function extremeBonus(column: Column, sign: 1 | -1): number {
  const wanted = sign === 1 ? ["max", "maximum", "high"] : ["min", "minimum", "low"];
  return column.words.some((word) => wanted.includes(word.lower)) ? 0.05 : 0;
}

function valueTargets(condition: Extract<Condition, { kind: "value" }>, schema: Schema): Target[] {
  const targets: Target[] = [];
  const [first] = condition.choices;
  const linked = condition.choices.filter((choice) => choice.links.length > 0);
  for (const link of linked[0]?.links ?? []) {
    const values: CellValue[] = [];
    let total = 0;
    for (const choice of condition.choices) {
      const own = choice.links.find((other) => other.column === link.column);
      if (own === undefined && choice.links.length > 0) break;
      values.push(own?.value ?? choice.text);
      total += own?.score ?? 0.5;
    }
    if (values.length !== condition.choices.length) continue;
    const led = condition.lead !== undefined && isLedBy(link.column, condition.lead) ? 0.3 : 0;
    const named = condition.noun?.columns.find((column) => column.column === link.column)?.score ?? 0;
    const alien =
      condition.noun !== undefined &&
      named === 0 &&
      !condition.noun.tables.some((table) => table.table === link.column.table)
        ? 0.25
        : 0;
    targets.push({
      table: link.column.table,
      column: link.column,
      values,
      score:
        total / values.length +
        named * 0.5 +
        led -
        alien +
        (link.column === link.column.table.label ? 0.05 : link.column.category ? 0.03 : 0),
    });
  }
  if (first !== undefined && linked.length === 0) {
    const values = condition.choices.map((choice) => choice.text);
    for (const link of condition.noun?.columns ?? []) {
      if (link.column.type === "string" && link.score >= 0.5)
        targets.push({ table: link.column.table, column: link.column, values, score: link.score - 0.2 });
    }
    for (const link of [...(condition.noun?.tables ?? []), ...(condition.about?.tables ?? [])]) {
      if (link.table.label !== undefined && link.table.label.type === "string" && mayHold(link.table.label, first.text))
        targets.push({ table: link.table, column: link.table.label, values, score: link.score - 0.45 });
    }
  }
  if (schema.columns.length === 0) return [];
  return targets.sort((a, b) => b.score - a.score).slice(0, 10);
}

/** Whether a column may hold a text that the profile did not list: not when all its values are known. */
function mayHold(column: Column, text: string): boolean {
  const known = column.info.topValues ?? [];
  if (column.info.distinct === undefined || known.length < column.info.distinct) return true;
  const key = normaliseValue(text);
  return known.some((top) => normaliseValue(String(top.value)) === key);
}

const STARTS = new Set(["origin", "source", "from", "start", "departure", "sender"].map(stemWord));
const ENDS = new Set(["destination", "target", "to", "end", "arrival", "dest", "receiver"].map(stemWord));

/** Whether a column holds what "from" or "to" leads to, when both directions hold the same kind of value. */
function isLedBy(column: Column, lead: "from" | "to"): boolean {
  const words = lead === "from" ? STARTS : ENDS;
  return column.words.some((word) => words.has(word.stem));
}
