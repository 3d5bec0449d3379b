/** Which columns of a table identify its rows, and which name them to a person. */
import type { Column, NameWord, Schema, Table } from "./schema.ts";
import { stemWord } from "./words.ts";

const ROW_FILLERS = new Set("row record index line entry unique object item".split(" ").map(stemWord));

/** The column whose values identify rows. */
export function findKey(table: Table): Column | undefined {
  const uniques = table.columns.filter(
    (column) => column.unique && !column.temporal && (column.type !== "float" || column.identifier),
  );
  const own = new Set(table.words.map((word) => word.stem));
  const score = (column: Column): number =>
    (column.identifier ? 4 : 0) +
    (/^(id|key|code|uuid)$/i.test(column.name) ? 3 : 0) +
    (column.identifier && column.words.some((word) => own.has(word.stem)) ? 2 : 0) -
    table.columns.indexOf(column) * 0.1;
  const ids = uniques.filter((column) => column.identifier || /id$/i.test(column.name));
  return [...(ids.length > 0 ? ids : [])].sort((a, b) => score(b) - score(a))[0];
}

/** What a key says that rows are, where the table is called otherwise. */
export function rowWordsOf({ key, words }: Table, schema: Schema): NameWord[] {
  const [first, id, ...rest] = key?.words ?? [];
  if (schema.columns.some((column) => column !== key && column.name.toLowerCase() === key?.name.toLowerCase()))
    return [];
  if (first === undefined || rest.length > 0 || !/^(?:id|uid|uuid|no|number|key)$/.test(id?.lower ?? "")) return [];
  if (first.lower.length < 3 || ROW_FILLERS.has(first.stem) || words.some((word) => word.stem === first.stem))
    return [];
  return [{ ...first, optional: false }];
}

/** The column that names a row to a person. */
export function findLabel(table: Table): Column | undefined {
  const own = new Set(table.words.map((word) => word.stem));
  const text = table.columns.filter((column) => column.type === "string" && column.flag === undefined);
  const score = (column: Column): number => {
    const required = column.words.filter((word) => !word.optional).map((word) => word.lower);
    const stems = column.words.map((word) => word.stem);
    let points = 0;
    if (required.length === 1 && (required[0] === "name" || required[0] === "title")) points += 10;
    else if (/name|title/i.test(column.name))
      points +=
        (/first|last|sur|user|local|nick|scientific/i.test(column.name) ? 3 : 6) +
        (stems.some((stem) => own.has(stem)) ? 3 : 0);
    else if (required.length === 1 && own.has(column.words.find((word) => !word.optional)?.stem ?? "")) points += 8;
    else if (stems.every((stem) => own.has(stem))) points += 8;
    if (column.unique) points += 2.5;
    if (column.identifier) points -= 4;
    if (!column.unique && (column.info.distinct ?? 0) < table.info.rows * 0.5) points -= table.info.rows > 20 ? 9 : 3;
    return points - table.columns.indexOf(column) * 0.05;
  };
  const best = text.map((column) => ({ column, points: score(column) })).sort((a, b) => b.points - a.points)[0];
  return best !== undefined && best.points >= 2 ? best.column : table.key;
}

/** First and last name together name a person, where there is no other name. */
export function pairNames(table: Table): void {
  const find = (pattern: RegExp): Column | undefined =>
    table.columns.find(
      (column) => column.type === "string" && pattern.test(column.words.map((word) => word.lower).join(" ")),
    );
  const first = find(/^(?:\w+ )?(?:first ?name|given ?name|forename|fname)$/);
  const last = find(/^(?:\w+ )?(?:last ?name|surname|family ?name|lname)$/);
  if (
    first === undefined ||
    last === undefined ||
    (table.label !== undefined && table.label !== first && table.label !== last && /name|title/i.test(table.label.name))
  )
    return;
  table.label = first;
  table.labelRest = last;
}
