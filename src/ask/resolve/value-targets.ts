/** Columns in which the values of a question may stand. */
import type { Condition } from "../frame.ts";
import { type Column, normaliseValue, type Schema } from "../schema.ts";
import type { CellValue } from "../types.ts";
import { stemWord } from "../words.ts";
import type { Target } from "./name-targets.ts";

export function valueTargets(condition: Extract<Condition, { kind: "value" }>, schema: Schema): Target[] {
  const targets: Target[] = [];
  const [first] = condition.choices;
  const linked = condition.choices.filter((choice) => choice.links.length > 0);
  for (const link of linked[0]?.links ?? []) {
    const values: CellValue[] = [];
    let total = 0;
    for (const choice of condition.choices) {
      const own = choice.links.find((other) => other.column === link.column);
      if (own === undefined && (choice.links.length > 0 || !mayHold(link.column, choice.text))) break;
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
