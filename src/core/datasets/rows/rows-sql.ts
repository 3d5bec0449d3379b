import { quoteIdentifier, quoteText } from "../../../engine/sql-text.ts";
import type { ColumnInfo } from "../../../storage/schema.ts";
import { invalidField } from "../../errors.ts";
import { partsOf } from "../../tables/table-layout.ts";
import { writeFilter } from "./filter-sql.ts";
import { parseFilter } from "./parse-filter.ts";
import { presentValue, resolveColumn } from "./resolve-column.ts";

/** Which rows of a version, in which order. */
export interface RowsRequest {
  /** Names; undefined: all. */
  columns?: readonly string[] | undefined;
  where?: string | undefined;
  /** A text that some cell of a row holds, in any case. */
  search?: string | undefined;
  /** Such as `price`, `-price` or `price desc, name`. */
  order?: string | undefined;
  /** Rows at most. */
  limit: number;
}

export interface OrderKey {
  column: ColumnInfo;
  descending: boolean;
}

const ROW = "eider row";
const MOST_KEYS = 10;

/** The columns that are asked for, each once, in the order asked. @throws AppError `validation_failed`. */
export function chooseColumns(all: readonly ColumnInfo[], names: readonly string[] | undefined): readonly ColumnInfo[] {
  if (names === undefined) return all;
  if (names.length === 0) throw invalidField("columns", "Name at least one column, or leave the parameter out.");
  const chosen = names.map((name) => resolveColumn(all, name, "columns"));
  return [...new Set(chosen)];
}

/** Reads `order`: names with a minus in front or `asc`/`desc` behind. @throws AppError `validation_failed`. */
export function readOrder(all: readonly ColumnInfo[], order: string | undefined): OrderKey[] {
  if (order === undefined || order.trim() === "") return [];
  const keys = splitNames(order, "order").map((item): OrderKey => {
    const exact = all.find((column) => column.name === item);
    if (exact) return { column: exact, descending: false };
    const [, minus, name = "", direction] = /^(-?)(.*?)(?:\s+(asc|desc))?$/is.exec(item) ?? [];
    const descending = (minus === "-") !== (direction?.toLowerCase() === "desc");
    return { column: resolveColumn(all, unquote(name), "order"), descending };
  });
  if (keys.length > MOST_KEYS) throw invalidField("order", `At most ${MOST_KEYS} columns decide the order.`);
  const unfit = keys.find(({ column }) => /\[|^(STRUCT|MAP|UNION|BLOB)/.test(column.duckdbType));
  if (unfit)
    throw invalidField(
      "order",
      `The column “${unfit.column.name}” holds ${unfit.column.type} values, which have no order.`,
    );
  return keys;
}

/** Cuts `a, "b, c"` at the commas outside of double quotes. @throws AppError `validation_failed`. */
export function splitNames(list: string, path: string): string[] {
  const items = list.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [];
  const names = items.map((item) => item.trim()).filter((item) => item !== "");
  if (names.length === 0) throw invalidField(path, "It names no column.");
  return names;
}

/** `"a ""b"""` → `a "b"`; other names stay. */
export function unquote(name: string): string {
  return /^"(?:[^"]|"")*"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/**
 * The statement for one page: first the row's number in the table, then the chosen columns. Rows come in the order of the keys, missing
 * values last, and rows that are equal in them in the order of the table.
 *
 * @param table catalog and name of the table, as `partsOf` takes them.
 * @param after number of the last row of the page before.
 * @throws AppError `validation_failed`.
 */
export function writeRowsQuery(
  table: { catalog: string; table: string },
  all: readonly ColumnInfo[],
  request: RowsRequest,
  after: number | undefined,
): string {
  const chosen = chooseColumns(all, request.columns);
  const keys = readOrder(all, request.order);
  const source = numberRows(table, all);
  const conditions = [
    ...(request.where === undefined || request.where.trim() === ""
      ? []
      : [writeFilter(parseFilter(request.where), all)]),
    ...(request.search === undefined || request.search === "" ? [] : [writeSearch(request.search, all)]),
    ...(after === undefined ? [] : [writeAfter(keys, source, after)]),
  ];
  const items = [`${source.row} AS ${quoteIdentifier(ROW)}`, ...chosen.map(({ name }) => quoteIdentifier(name))];
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : "";
  return `SELECT ${items.join(", ")} FROM ${source.from}${where}${writeOrder(keys, source)} LIMIT ${request.limit}`;
}

interface NumberedRows {
  from: string;
  /** Expression for a row's number. */
  row: string;
}

/** A table's rows with their numbers: DuckDB's own, or counted where a column has taken that name or the table lies in parts. */
function numberRows(table: { catalog: string; table: string }, all: readonly ColumnInfo[]): NumberedRows {
  const parts = partsOf(table, all).map((part) => part.name);
  const isTaken = all.some(({ name }) => name.toLowerCase() === "rowid");
  if (parts.length === 1 && !isTaken) return { from: parts[0] ?? "", row: "rowid" };
  const counted = quoteIdentifier(`${ROW} number`);
  return {
    from: `(SELECT *, row_number() OVER () - 1 AS ${counted} FROM ${parts.join(" POSITIONAL JOIN ")})`,
    row: counted,
  };
}

function writeSearch(search: string, all: readonly ColumnInfo[]): string {
  const wanted = quoteText(search.toLowerCase());
  return `(${all.map((column) => `contains(lower(CAST(${presentValue(column)} AS VARCHAR)), ${wanted})`).join(" OR ")})`;
}

function writeOrder(keys: readonly OrderKey[], { row }: NumberedRows): string {
  // Without keys a scan yields the rows in their order, and ends as soon as it has enough.
  if (keys.length === 0) return "";
  const items = keys.map(
    ({ column, descending }) => `${presentValue(column)} ${descending ? "DESC" : "ASC"} NULLS LAST`,
  );
  return ` ORDER BY ${[...items, row].join(", ")}`;
}

/** Rows behind the one with this number: greater in the first key in which they differ, or further on in the table. */
function writeAfter(keys: readonly OrderKey[], source: NumberedRows, after: number): string {
  const cases: string[] = [];
  const equal: string[] = [];
  for (const { column, descending } of keys) {
    const value = presentValue(column);
    const last = `(SELECT ${value} FROM ${source.from} WHERE ${source.row} = ${after})`;
    const behind = `(${value} ${descending ? "<" : ">"} ${last} OR (${value} IS NULL AND ${last} IS NOT NULL))`;
    cases.push([...equal, behind].join(" AND "));
    equal.push(`${value} IS NOT DISTINCT FROM ${last}`);
  }
  cases.push([...equal, `${source.row} > ${after}`].join(" AND "));
  return `(${cases.map((part) => `(${part})`).join(" OR ")})`;
}
