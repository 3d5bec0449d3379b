/** Columns and tables that nouns, times and adjectives of a question may stand for. */
import type { Noun } from "../frame.ts";
import { inferJoins, type JoinGraph } from "../joins.ts";
import { areSynonyms, expandAbbreviation, findGradable } from "../lexicon.ts";
import type { Column, Schema, Table } from "../schema.ts";
import type { CellValue, TimeUnit } from "../types.ts";
import { isParticiple, stemWord } from "../words.ts";

export interface Target {
  table: Table;
  /** Missing when the table as a whole is meant. */
  column?: Column;
  score: number;
  /** For values: what the column must equal. */
  values?: CellValue[];
  /** "name" in general: with the last name, where there is one. */
  general?: boolean;
  /** For adjectives: the measure runs against the adjective ("oldest" by birth year). */
  reversed?: boolean;
}

export type Use = "wish" | "measure" | "group" | "count" | "table" | "compare" | "any";

export function nounTargets(noun: Noun, use: Use, schema: Schema): Target[] {
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
  if (use === "measure")
    for (const { table, score } of noun.tables) {
      const isWhole = noun.text.split(" ").length <= table.words.length && noun.owners.length === 0;
      const money = isWhole ? findMoney(table) : undefined;
      if (money !== undefined && score >= 0.9) targets.push({ table, column: money, score: score - 0.2 });
    }
  const preferred = use === "table" ? 0.1 : use === "count" ? 0.06 : 0;
  if (use !== "measure" && use !== "compare")
    for (const link of noun.tables)
      targets.push({ table: link.table, score: link.score + (link.score >= 0.9 ? preferred : 0) });
  if (use !== "table") addLabels(noun, targets, schema);
  if (/^(?:ids?|identifiers?|keys?)$/i.test(noun.text)) addKeys(noun, targets);
  if (use === "table")
    for (const link of noun.columns.slice(0, 4))
      targets.push({ table: link.column.table, column: link.column, score: link.score - 0.2 });
  return targets.sort((a, b) => b.score - a.score).slice(0, 14);
}

const MONEY = new Set("amount total value price cost revenue fee payment balance".split(" ").map(stemWord));

/** "the average invoice": the one amount that a table's rows hold. */
export function findMoney(table: Table | undefined): Column | undefined {
  const [column, ...others] = (table?.columns ?? []).filter(
    (candidate) => candidate.numeric && !candidate.identifier && candidate.words.some((word) => MONEY.has(word.stem)),
  );
  return others.length === 0 ? column : undefined;
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

/** "id of the continent": the key of a table, whatever it is called. */
function addKeys(noun: Noun, targets: Target[]): void {
  for (const { table } of noun.owners.flatMap((owner) => owner.tables)) {
    if (table.key !== undefined && !targets.some((target) => target.column === table.key && target.score > 0.8))
      targets.push({ table, column: table.key, score: 0.9 });
  }
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
  for (const { label, labelRest } of schema.tables) {
    if (label === undefined || labelRest === undefined) continue;
    for (const part of [label, labelRest]) {
      const at = targets.findIndex((target) => target.column === part);
      if (at >= 0) targets.splice(at, 1);
    }
    targets.push({
      table: label.table,
      column: label,
      score: owners.some((owner) => owner === label.table) ? 0.9 : 0.7,
      general: true,
    });
  }
  for (const table of schema.tables) {
    if (table.label !== undefined && !targets.some((target) => target.column === table.label))
      targets.push({ table, column: table.label, score: 0.45 });
  }
}

export function labelTargets(about: Noun): Target[] {
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
    if (holds)
      targets.push({
        table: column.table,
        column,
        score: namesEvent(noun?.text ?? "", column) ? Math.max(link.score + 0.1, 0.95) : link.score + 0.1,
      });
    else if (column.year) targets.push({ table: column.table, column, score: link.score - 0.1 });
  }
  const named = targets.some((target) => target.score > 0.7);
  for (const column of schema.columns) {
    if (targets.some((target) => target.column === column) || (unit === "hour" && column.type === "date")) continue;
    let score = column.temporal ? 0.7 : column.year ? (unit === "year" ? 0.68 : 0.3) : column.dateText ? 0.35 : 0;
    if (column.year && unit === "year" && /^year$/i.test(column.name)) score += 0.03;
    if (score === 0 && column.numeric && column.words.length === 1 && column.words[0]?.stem === stemWord(unit))
      score = use === "group" ? 0.8 : use === "free" || unit === "year" ? 0.72 : 0;
    if (score === 0) continue;
    if (/^(date|day|time|year|created|created_at|timestamp)$/i.test(column.name)) score += 0.05;
    if (/birth|updated|modified|end|close|death/i.test(column.name)) score -= 0.08;
    if (column.temporal && column.words.some((word) => column.table.words.some((own) => own.stem === word.stem)))
      score += 0.04;
    targets.push({
      table: column.table,
      column,
      score: named ? score - 0.3 : score - column.table.columns.indexOf(column) * 0.002,
    });
  }
  return targets.sort((a, b) => b.score - a.score).slice(0, 14);
}

const TIME_WORDS = new Set("date day time year at on timestamp datetime dt utc".split(" "));

/** Whether a verb names what a date is of ("hired" of `hire_date`, "opened" of `opened_at`). */
export function namesEvent(text: string, column: Column): boolean {
  const said = new Set(text.toLowerCase().split(/\s+/).map(stemWord));
  const event = column.words.find((word) => !word.optional && !TIME_WORDS.has(word.lower));
  if (event === undefined) return false;
  return said.has(event.stem) || (isParticiple(text) && [...said].some((stem) => areSynonyms(stem, event.stem)));
}

/** Measures so general that only their own name means them. */
const GENERAL = new Set(["amount", "count"].map(stemWord));

/** Columns an adjective such as "oldest" may be measured by; `inYears` where a figure is given ("older than 60"). */
export function adjectiveTargets(adjective: string, schema: Schema, inYears = false): Target[] {
  const gradable = findGradable(adjective);
  if (gradable === undefined) return [];
  const targets: Target[] = [];
  // How long or how fast something is, no date can tell.
  const ofSpan = gradable.measures.some((measure) => /^(?:duration|speed)$/.test(measure));
  gradable.measures.forEach((measure, rank) => {
    const reversed = measure.startsWith("-");
    const stem = stemWord(reversed ? measure.slice(1) : measure);
    for (const column of schema.columns) {
      if (targets.some((target) => target.column === column)) continue;
      const isOrdered = column.numeric || column.numberText || column.temporal || column.dateText || column.year;
      const isOwn = column.computed?.op === "span" || (inYears && column.computed?.op === "age");
      if (!isOrdered || (ofSpan && column.temporal) || column.identifier || (column.computed !== undefined && !isOwn))
        continue;
      const required = column.words.filter((word) => !word.optional);
      const named = required.some((word) => word.stem === stem);
      const exact =
        column.words.some((word) => word.stem === stem || expandAbbreviation(word.lower).includes(stem)) ||
        (stem === "dat" && column.temporal);
      const alike = !exact && !GENERAL.has(stem) && required.some((word) => areSynonyms(word.stem, stem));
      if (!exact && !alike) continue;
      targets.push({
        table: column.table,
        column,
        score:
          (exact ? 0.8 : 0.68) +
          extremeBonus(column, gradable.sign) -
          rank * 0.03 +
          (column.temporal ? leadOf(column) : 0) -
          (exact &&
          !named &&
          !column.temporal &&
          required.length > 0 &&
          column.words.some((word) => word.optional && word.stem === stem)
            ? 0.15
            : 0) -
          (required.length - 1) * 0.04,
        reversed,
      });
    }
  });
  return targets.sort((a, b) => b.score - a.score).slice(0, 12);
}

/** Of several dates the one that every row has, or that is called like its table, says which rows are the latest. */
function leadOf({ info, words, table }: Column): number {
  const own = words.some((word) => table.words.some((other) => other.stem === word.stem));
  return (info.nulls === 0 ? 0.015 : 0) + (own ? 0.02 : 0);
}

const PRICES = /^(?:price|cost|amount|fee|fare|salary|charge|rate)s?$/;

/** "products under 20", "customers over 60": what the rows cost, or how old they are, where one column alone says so. */
export function plainMeasures(about: Noun | undefined, value: number | undefined, schema: Schema): Target[] {
  const table = about?.tables[0]?.table;
  if (table === undefined) return [];
  const ages = schema.columns.filter(
    (column) => column.table === table && column.numeric && column.words.some((word) => word.lower === "age"),
  );
  const prices = table.columns.filter(
    (column) => column.numeric && !column.identifier && column.words.some((word) => PRICES.test(word.lower)),
  );
  const isAge = value !== undefined && value > 0 && value <= 120 && ages.length === 1;
  const within = prices.filter(
    ({ info: { min, max } }) => value === undefined || !(Number(min) > value || Number(max) < value),
  );
  const found = isAge ? ages : prices.length < 2 ? prices : within.length === 1 ? within : mainPrices(prices);
  return found.length === 1 ? found.map((column) => ({ table, column, score: 0.7 })) : [];
}

/** Of several prices the one that is called like the table ("claimed_amount" of claims), else the one that every row has. */
function mainPrices(prices: readonly Column[]): Column[] {
  const own = prices.filter(({ words, table }) =>
    words.some((word) => table.words.some(({ stem }) => stem === word.stem)),
  );
  if (own.length === 1) return own;
  return prices.filter(({ info }) => info.nulls === 0);
}

/** "hottest" prefers the column of maxima, "coldest" that of minima. */
export function extremeBonus(column: Column, sign: 1 | -1): number {
  const wanted = sign === 1 ? ["max", "maximum", "high"] : ["min", "minimum", "low"];
  return column.words.some((word) => wanted.includes(word.lower)) ? 0.05 : 0;
}
