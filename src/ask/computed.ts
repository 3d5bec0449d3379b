/** Columns that no table has and that its columns give: revenue as quantity times price, the days from one date to another. */
import { isPlanned } from "./counterparts.ts";
import { inferJoins } from "./joins.ts";
import { areSynonyms } from "./lexicon.ts";
import { type Column, type Computed, indexSchema, type Schema } from "./schema.ts";
import type { Expression } from "./tree.ts";
import type { TableInfo } from "./types.ts";
import { stemWord } from "./words.ts";

const AMOUNTS = stems("revenue sale sales turnover amount total subtotal gross spend spending proceeds earning income");
const STARTS = stems(
  "order ordered created opened issued started start listed placed submitted requested begin began received admitted admission checkin signup joined hire hired",
);

const BIRTHS: ReadonlySet<string> = new Set(
  "birth born birthday birthdate dob built founded established installed manufactured constructed".split(" "),
);
const SENT = stems("shipped sent dispatched");

function stems(words: string): ReadonlySet<string> {
  return new Set(words.split(" ").map(stemWord));
}

/** The index of tables with the columns that can be computed from theirs. */
export function prepareSchema(tables: readonly TableInfo[], now: Date): Schema {
  const schema = indexSchema(tables);
  inferJoins(schema);
  const today = now.toISOString().slice(0, 10);
  if (!schema.columns.some((column) => column.computed !== undefined)) addComputed(schema, today);
  for (const { computed } of schema.columns) if (computed?.op === "age") computed.today = today;
  return schema;
}

function addComputed(schema: Schema, today: string): void {
  const own = [...schema.columns];
  const add = (base: Column, words: readonly string[], computed: Computed): void => {
    schema.columns.push({
      id: schema.columns.length,
      table: base.table,
      name: words.join("_"),
      type: "float",
      info: { name: words.join("_"), type: "float" },
      words: words.map((lower) => ({ lower, stem: stemWord(lower), optional: false })),
      initials: "",
      numeric: true,
      numberText: false,
      temporal: false,
      year: false,
      dateText: false,
      unique: false,
      identifier: false,
      category: false,
      computed,
    });
  };
  if (!own.some((column) => column.numeric && !column.identifier && saysOneOf(column, AMOUNTS))) {
    const [sale, ...others] = own.flatMap((quantity) => {
      const price = isQuantity(quantity) ? findPrice(quantity, schema) : undefined;
      return price === undefined ? [] : [{ quantity, price }];
    });
    if (sale !== undefined && others.length === 0)
      add(sale.quantity, ["revenue"], { op: "*", left: sale.quantity, right: sale.price });
  }
  const amounts = own.filter((column) => column.numeric && !column.identifier && isAmount(column));
  if (amounts[0] !== undefined && amounts.length === 1) amounts[0].takings = true;
  for (const end of own) {
    const start = end.type === "date" ? findStart(end) : undefined;
    const event = end.words.find((word) => !/^(?:date|day|on|at)$/.test(word.lower));
    if (start !== undefined && event !== undefined)
      add(end, [event.lower, "time"], { op: "days", left: start, right: end });
  }
  for (const birth of own) {
    const isBirth = (birth.type === "date" || birth.year) && birth.words.some((word) => BIRTHS.has(word.lower));
    if (isBirth && !birth.table.columns.some((column) => column.words.some((word) => word.lower === "age")))
      add(birth, ["age"], { op: "age", left: birth, right: birth, today });
  }
}

/** "amount", "total_amount", "order_total": money as such. */
function isAmount({ words }: Column): boolean {
  return (
    words.every((word) => /^(?:amount|total|grand|order|sale|payment|paid|usd|eur|gbp)$/.test(word.lower)) &&
    words.some((word) => /^(?:amount|total)$/.test(word.lower))
  );
}

function saysOneOf(column: Column, among: ReadonlySet<string>): boolean {
  return column.words.some((word) => among.has(word.stem));
}

/** Whether a column holds how many pieces there are of what its row is about. */
export function isQuantity(column: Column): boolean {
  return (
    column.numeric &&
    !column.identifier &&
    column.words.some((word) => /^(?:quantity|qty|units?|pieces)$/.test(word.lower)) &&
    !column.words.some((word) => /^(?:price|cost|stock|inventory|per|min|max|on|order|reorder|level)$/.test(word.lower))
  );
}

/** The one price of what a quantity counts: in its own table, else in one that it refers to. */
function findPrice(quantity: Column, schema: Schema): Column | undefined {
  const tables = [
    quantity.table,
    ...(inferJoins(schema).byTable[quantity.table.id] ?? []).flatMap(({ from, to, score }) =>
      from.table === quantity.table && to.unique && score >= 0.6 ? [to.table] : [],
    ),
  ];
  for (const table of tables) {
    const prices = table.columns.filter(
      (column) => column.numeric && !column.identifier && column.words.some((word) => word.lower === "price"),
    );
    if (prices.length > 0) return prices.length === 1 ? prices[0] : undefined;
  }
  return undefined;
}

/** The one date of a row with which something begins that the given date ends. */
function findStart(end: Column): Column | undefined {
  if (isPlanned(end) || saysOneOf(end, STARTS) || (end.info.nulls ?? 0) === 0) return undefined;
  const dates = end.table.columns.filter((column) => column.type === "date" && column !== end && !isPlanned(column));
  const first = dates.filter((column) => saysOneOf(column, STARTS));
  const [start, ...others] = first.length > 0 ? first : dates.filter((column) => saysOneOf(column, SENT));
  return others.length > 0 ? undefined : start;
}

/** What a computed column stands for in SQL. */
export function computedExpression(computed: Computed, columnOf: (column: Column) => Expression): Expression {
  const { op, left, right } = computed;
  if (computed.op === "age") {
    const { today } = computed;
    if (!left.temporal)
      return {
        kind: "binary",
        op: "-",
        left: { kind: "literal", value: Number(today.slice(0, 4)) },
        right: columnOf(left),
      };
    const args: Expression[] = [{ kind: "literal", value: "year" }, columnOf(left), { kind: "date", value: today }];
    return { kind: "call", fn: "date_sub", args };
  }
  if (op === "*") return { kind: "binary", op, left: columnOf(left), right: columnOf(right) };
  return { kind: "call", fn: "date_diff", args: [{ kind: "literal", value: "day" }, columnOf(left), columnOf(right)] };
}

/** How such a column is made, for the asker. */
export function sayComputed({ name, computed }: Column): string | undefined {
  if (computed === undefined) return undefined;
  const { op, left, right } = computed;
  if (op === "age") return `“age” is the years from ${left.name} to today.`;
  if (op === "days") return `“${name.replaceAll("_", " ")}” is the number of days from ${left.name} to ${right.name}.`;
  const discount = left.table.columns.find((column) => column.words.some((word) => word.stem === stemWord("discount")));
  return `“${name}” is ${left.name} times ${right.name}${discount === undefined ? "" : `, ${discount.name} not taken off`}.`;
}

const SALES = /^(?:revenues?|sales|turnover|spend|spends|spent|spending|proceeds|earnings|income|raised?|collected?)$/;

/** How well one or two words name a computed column, or the one amount there is. */
export function matchComputed(
  column: Column,
  word: string,
  next: string | undefined,
): { length: number; score: number } | undefined {
  if (column.takings === true) return SALES.test(word) || word === "money" ? { length: 1, score: 0.86 } : undefined;
  if (column.computed === undefined) return undefined;
  if (column.computed.op === "age")
    return /^(?:ages?|aged)$/.test(word)
      ? { length: 1, score: 0.95 }
      : /^years?$/.test(word) && next === "old"
        ? { length: 2, score: 0.95 }
        : undefined;
  if (column.computed.op === "*")
    return SALES.test(word) ? { length: 1, score: /^sales$/.test(word) ? 0.85 : 0.95 } : undefined;
  const [event] = column.words;
  const said = stemWord(word);
  const names =
    event !== undefined &&
    (said === event.stem ||
      (said.slice(0, 5) === event.stem.slice(0, 5) && said.length >= 5) ||
      areSynonyms(said, event.stem));
  return names && /^(?:times?|durations?|days)$/.test(next ?? "") ? { length: 2, score: 0.95 } : undefined;
}
