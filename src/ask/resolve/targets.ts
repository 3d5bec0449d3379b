/** What each noun, value or period of a frame may stand for in the tables, with scores. */

import { areComparable } from "../counterparts.ts";
import type { Condition, Frame, Noun, Quantity, Superlative } from "../frame.ts";
import { isTableNoun } from "../grammar/state.ts";
import { inferJoins } from "../joins.ts";
import { isTyingVerb } from "../plain-words.ts";
import type { Schema } from "../schema.ts";
import type { TimeUnit } from "../types.ts";
import { isMeasuredIn } from "../units.ts";
import {
  adjectiveTargets,
  extremeBonus,
  labelTargets,
  nounTargets,
  plainMeasures,
  type Target,
  timeTargets,
  type Use,
} from "./name-targets.ts";
import { valueTargets } from "./value-targets.ts";

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

/** The variables of a frame. */
export function listVariables(frame: Frame, schema: Schema): Variable[] {
  const collector = new Collector(
    schema,
    frame,
    frame.conditions.some(
      (condition) => condition.kind === "period" && condition.cmp === "=" && condition.periods.length === 1,
    ),
  );
  for (const wish of frame.wishes) {
    if (wish.unit !== undefined) collector.addTime(wish, undefined, wish.unit, 1);
    if (wish.noun === undefined) continue;
    const ofCounts = (wish.asked === true || frame.groups[0]?.inner === true) && isTableNoun(wish.noun);
    const numeric = wish.fn !== undefined && wish.fn !== "count" && !ofCounts;
    const grouped = frame.groups.length > 0 && wish.fn === undefined;
    collector.addNoun(
      wish.noun,
      numeric ? "measure" : wish.fn === "count" || ofCounts ? "count" : grouped ? "any" : "wish",
      1,
      undefined,
      wish.fn === "max" ? 1 : wish.fn === "min" ? -1 : 0,
    );
  }
  for (const group of frame.groups) {
    if (group.unit !== undefined || group.part !== undefined)
      collector.addTime(group, group.noun, group.unit ?? (group.part === "hour" ? "hour" : "day"), 1);
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
  readonly #frame: Frame;
  readonly #seen = new Set<object>();

  readonly #within: boolean;

  /** `within` tells that the question stays inside one year or quarter, so that a column of months tells months apart. */
  constructor(schema: Schema, frame: Frame, within: boolean) {
    this.#schema = schema;
    this.#frame = frame;
    this.#within = within;
  }

  #push(key: object, text: string, targets: Target[], owners: Noun[], cost: number, about?: Noun): void {
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.variables.push({ key, text, targets, owners, cost, ...(about === undefined ? {} : { about }) });
  }

  addNoun(noun: Noun, use: Use, cost: number, about?: Noun, extreme: 1 | -1 | 0 = 0): void {
    const targets = nounTargets(noun, use, this.#schema);
    if (extreme !== 0)
      for (const target of targets)
        if (target.column !== undefined) target.score += extremeBonus(target.column, extreme);
    // "subscribers paying 20 to 30": the verb may mean what the rows themselves cost.
    if (use === "compare" && isTyingVerb(noun.text))
      for (const target of plainMeasures(about, undefined, this.#schema))
        if (!targets.some(({ column }) => column === target.column)) targets.push(target);
    this.#push(noun, noun.text, targets, noun.owners, cost, about);
  }

  /** "orders of customers in 2024", "the site that used the most in May": a time of its own belongs to what is counted or measured. */
  #happening(): Noun | undefined {
    const { wishes, superlatives } = this.#frame;
    return (wishes.find((wish) => wish.fn !== undefined && wish.noun !== undefined) ?? superlatives[0])?.noun;
  }

  /** What a bare figure is compared with: a price where something is paid. */
  #plain(noun: Noun | undefined, value: number, unit?: string): Target[] {
    const about = noun ?? this.#holderOfValues();
    const table = about?.tables[0]?.table;
    const measured = (table?.columns ?? []).filter(
      (column) => unit !== undefined && column.numeric && isMeasuredIn(unit, column),
    );
    if (table !== undefined && measured.length === 1) return measured.map((column) => ({ table, column, score: 0.7 }));
    const pays = this.#frame.unplaced.some((word) => /^(?:pay|paid|cost|charg|spen)/i.test(word));
    return plainMeasures(about, pays ? undefined : value, this.#schema);
  }

  /** "flats under 300k": the rows of the one table in which the values stand. */
  #holderOfValues(): Noun | undefined {
    const held = this.#frame.conditions.flatMap((condition) =>
      condition.kind === "value" ? condition.choices.map(({ links }) => links[0]?.column.table) : [],
    );
    const [table] = held;
    if (table === undefined || held.some((other) => other !== table)) return undefined;
    return { text: table.name, from: 0, columns: [], tables: [{ table, score: 1 }], owners: [] };
  }

  /** Of two columns that are compared, the first is of the kind of the second. */
  #alignSides(left: Noun | undefined, right: Noun): void {
    const [own, other] = [left, right].map((noun) => this.variables.find((variable) => variable.key === noun));
    const column = other?.targets[0]?.column;
    if (own === undefined || column === undefined) return;
    const fitting = own.targets.filter((target) => target.column !== undefined && areComparable(target.column, column));
    if (fitting.length > 0) own.targets = fitting;
  }

  /** "patients who had a visit in 2025": what was spoken of last refers to what is counted. */
  #isEventOf(about: Noun, counted: Noun | undefined): boolean {
    const [event, thing] = [about.tables[0]?.table, counted?.tables[0]?.table];
    return inferJoins(this.#schema).edges.some(
      ({ from, to, score }) => score >= 0.6 && from.table === event && to.table === thing && event !== thing,
    );
  }

  addTime(key: object, noun: Noun | undefined, unit: TimeUnit, cost: number, about?: Noun): void {
    const use = "kind" in key ? "condition" : this.#within ? "group" : "free";
    const targets = timeTargets(noun, unit, this.#schema, use);
    const counted = use === "condition" && noun === undefined ? this.#happening() : undefined;
    const happening = about !== undefined && this.#isEventOf(about, counted) ? about : counted;
    const measured = isTableNoun(happening) ? undefined : happening?.columns[0]?.column;
    for (const target of targets) {
      if (target.table !== measured?.table) continue;
      // "sale price in 2025": by the date of the sale.
      const shares = measured.words.some((word) => target.column?.words.some((own) => own.stem === word.stem));
      target.score += shares ? 0.22 : 0.1;
    }
    this.#push(
      key,
      noun?.text ?? unit,
      targets,
      noun?.owners ?? [],
      cost,
      happening === undefined ? about : isTableNoun(happening) ? happening : undefined,
    );
  }

  addSuperlative(superlative: Superlative, cost: number): void {
    if (superlative.noun !== undefined)
      this.addNoun(superlative.noun, superlative.counts ? "count" : "compare", cost, superlative.about);
    else if (superlative.adjective !== undefined)
      this.#push(
        superlative,
        superlative.adjective,
        adjectiveTargets(superlative.adjective, this.#schema, superlative.fn === "avg"),
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
            adjectiveTargets(condition.adjective, this.#schema, condition.value.kind === "number"),
            [],
            cost,
            about,
          );
        else if (condition.value.kind === "number")
          this.#push(
            condition,
            condition.text,
            this.#plain(about, condition.value.value, condition.value.unit),
            [],
            cost,
            about,
          );
        this.addQuantity(condition.value);
        if (condition.value.kind === "column") this.#alignSides(condition.noun, condition.value.noun);
        break;
      case "aggregate":
        this.addNoun(condition.noun, "measure", cost, about);
        this.addQuantity(condition.value);
        break;
      case "between":
        if (condition.noun !== undefined) this.addNoun(condition.noun, "compare", cost, about);
        else if (condition.low.kind === "period")
          this.addTime(condition, undefined, condition.low.period.unit, cost, about);
        else if (condition.low.kind === "number")
          this.#push(condition, condition.text, this.#plain(about, condition.low.value), [], cost, about);
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
    } else if (quantity.kind === "column") this.addNoun(quantity.noun, "compare", 1);
  }
}
