import { quoteText } from "../../../engine/sql-text.ts";
import type { ColumnInfo } from "../../../storage/schema.ts";
import { invalidField } from "../../errors.ts";
import type { Filter, Operand } from "./parse-filter.ts";
import { presentValue, resolveColumn } from "./resolve-column.ts";

/** A filter as a condition in DuckDB's SQL: every name is a column of the table, every value is quoted. @throws AppError `validation_failed`. */
export function writeFilter(filter: Filter, columns: readonly ColumnInfo[]): string {
  const write = (operand: Operand, beside: readonly Operand[] = []) => writeOperand(operand, beside, columns);
  switch (filter.kind) {
    case "and":
    case "or":
      return `(${filter.parts.map((part) => writeFilter(part, columns)).join(filter.kind === "and" ? " AND " : " OR ")})`;
    case "not":
      return `(NOT ${writeFilter(filter.part, columns)})`;
    case "compare": {
      const { left, right, operator } = filter;
      return `(${write(left, [right])} ${operator} ${write(right, [left])})`;
    }
    case "in": {
      const values = filter.values.map((value) => write(value, [filter.left]));
      return `(${write(filter.left, filter.values)} ${not(filter)}IN (${values.join(", ")}))`;
    }
    case "between": {
      const { left, low, high } = filter;
      return `(${write(left, [low, high])} ${not(filter)}BETWEEN ${write(low, [left])} AND ${write(high, [left])})`;
    }
    case "like": {
      const operator = filter.ignoresCase ? "ILIKE" : "LIKE";
      return `(CAST(${write(filter.left)} AS VARCHAR) ${not(filter)}${operator} ${quoteText(filter.pattern)} ESCAPE '\\')`;
    }
    case "null":
      return `(${write(filter.left)} IS ${filter.negated ? "NOT " : ""}NULL)`;
  }
}

const not = ({ negated }: { negated: boolean }) => (negated ? "NOT " : "");

/** A value takes the type of the column that stands beside it: `day > '2024-01-01'` compares dates, `code = 7` texts. */
function writeOperand(operand: Operand, beside: readonly Operand[], columns: readonly ColumnInfo[]): string {
  if (operand.kind === "column") return presentValue(resolveColumn(columns, operand.name, "where"));
  const column = beside.find((other) => other.kind === "column");
  const target = column && resolveColumn(columns, column.name, "where");
  if (operand.kind === "boolean")
    return target && isText(target) ? quoteText(String(operand.value)) : String(operand.value);
  if (operand.kind === "number")
    return target && isText(target) ? quoteText(operand.value) : checkNumber(operand.value, target);
  if (target && isNumeric(target)) {
    if (operand.value.trim() === "" || Number.isNaN(Number(operand.value)))
      throw invalidField(
        "where",
        `“${operand.value.slice(0, 100)}” is not a number, but the column “${target.name}” holds numbers.`,
      );
    return checkNumber(operand.value.trim(), target);
  }
  return quoteText(operand.value);
}

/** A number is written as the digits that came, which the grammar has checked. */
function checkNumber(digits: string, target: ColumnInfo | undefined): string {
  if (target && !isNumeric(target) && target.type !== "boolean" && target.type !== "json")
    throw invalidField(
      "where",
      `The column “${target.name}” holds values of type ${target.type}; compare it with a text in '…'.`,
    );
  return /^-?[\d.]+(?:[eE][+-]?\d+)?$/.test(digits) ? digits : `CAST(${quoteText(digits)} AS DOUBLE)`;
}

const isText = ({ type }: ColumnInfo) => type === "string";
const isNumeric = ({ type }: ColumnInfo) => type === "integer" || type === "float";
