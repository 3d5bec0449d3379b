/** Columns that no table has and that its columns give: revenue as quantity times price, the time from a start to an end, ages. */
import { computeColumn } from "./describe-column.ts";
import { findDuration } from "./durations.ts";
import { inferJoins } from "./joins.ts";
import { type Column, type Computed, indexSchema, type Schema, type SpanUnit } from "./schema.ts";
import type { Expression } from "./tree.ts";
import type { TableInfo } from "./types.ts";
import { stemWord } from "./words.ts";

const AMOUNTS = stems("revenue sale sales turnover amount total subtotal gross spend spending proceeds earning income");

const BIRTHS: ReadonlySet<string> = new Set(
  "birth born birthday birthdate dob built founded established installed manufactured constructed".split(" "),
);

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
  const add = (name: string, computed: Computed): void => {
    schema.columns.push(computeColumn(name, schema.columns.length, computed));
  };
  if (!own.some((column) => column.numeric && !column.identifier && saysOneOf(column, AMOUNTS))) {
    const [sale, ...others] = own.flatMap((quantity) => {
      const price = isQuantity(quantity) ? findPrice(quantity, schema) : undefined;
      return price === undefined ? [] : [{ quantity, price }];
    });
    if (sale !== undefined && others.length === 0) add("revenue", { op: "*", left: sale.quantity, right: sale.price });
  }
  const amounts = own.filter((column) => column.numeric && !column.identifier && isAmount(column));
  if (amounts[0] !== undefined && amounts.length === 1) amounts[0].takings = true;
  for (const table of schema.tables) {
    const span = findDuration(table);
    if (span !== undefined) add("duration", span);
  }
  for (const birth of own) {
    const isBirth = (birth.type === "date" || birth.year) && birth.words.some((word) => BIRTHS.has(word.lower));
    if (isBirth && !birth.table.columns.some((column) => column.words.some((word) => word.lower === "age")))
      add("age", { op: "age", left: birth, right: birth, today });
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

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 } as const;

/** Whole days between days, exact times between moments; months and years as the calendar counts them. */
function spanExpression(
  { unit, left, right }: Extract<Computed, { op: "span" }>,
  from: Expression,
  to: Expression,
): Expression {
  const between = (step: SpanUnit): Expression => ({
    kind: "call",
    fn: step === "month" || step === "year" ? "date_sub" : "date_diff",
    args: [{ kind: "literal", value: step }, from, to],
  });
  if (unit === "month" || unit === "year") return between(unit);
  const inDays = left.type === "date" || right.type === "date";
  const base = inDays ? "day" : "second";
  if (unit === base) return between(base);
  const factor = SECONDS[unit] / SECONDS[base];
  return factor > 1
    ? { kind: "binary", op: "/", left: between(base), right: { kind: "literal", value: factor } }
    : { kind: "binary", op: "*", left: between(base), right: { kind: "literal", value: 1 / factor } };
}

/** What a computed column stands for in SQL. */
export function computedExpression(computed: Computed, columnOf: (column: Column) => Expression): Expression {
  const { left, right } = computed;
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
  if (computed.op === "span") return spanExpression(computed, columnOf(left), columnOf(right));
  return { kind: "binary", op: computed.op, left: columnOf(left), right: columnOf(right) };
}

/** How such a column is made, for the asker. */
export function sayComputed({ name, computed }: Column): string | undefined {
  if (computed === undefined) return undefined;
  const { op, left, right } = computed;
  if (op === "age") return `“age” is the years from ${left.name} to today.`;
  if (computed.op === "span")
    return `“${name.replaceAll("_", " ")}” is the number of ${computed.unit}s from ${left.name} to ${right.name}.`;
  if (op === "-") return `“${name.replaceAll("_", " ")}” is ${left.name} less ${right.name}.`;
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
  if (column.computed.op === "span" && column.id >= 0)
    return /^(?:durations?|lengths?|runtimes?|lifetimes?|lifespans?)$/.test(word)
      ? { length: 1, score: 0.9 }
      : undefined;
  return undefined;
}
