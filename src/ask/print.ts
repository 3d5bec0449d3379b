/** Prints a query tree as DuckDB SQL. Every identifier is quoted, every literal escaped; nothing else is put into the text. */
import type { Expression, Predicate, Query, SelectQuery, Sort } from "./tree.ts";
import type { CellValue } from "./types.ts";

/** SQL for a query tree: one statement, no semicolon. */
export function printQuery(query: Query): string {
  if (query.kind === "set") return `${printQuery(query.left)}\n${query.op}\n${printQuery(query.right)}`;
  return printSelect(query);
}

function printSelect(query: SelectQuery): string {
  const output = query.output.map((column) => {
    const expr = printExpression(column.expr);
    const plain = column.expr.kind === "column" && column.expr.name === column.name;
    return plain || column.expr.kind === "star" || column.name === "" ? expr : `${expr} AS ${quoteName(column.name)}`;
  });
  const lines = [`SELECT ${query.distinct ? "DISTINCT " : ""}${output.join(", ")}`];
  const { from } = query;
  lines.push(
    "query" in from
      ? `FROM (\n${indent(printQuery(from.query))}\n) AS ${quoteName(from.alias)}`
      : `FROM ${printTable(from.table, from.alias)}`,
  );
  for (const join of query.joins) {
    lines.push(`JOIN ${printTable(join.table, join.alias)} ON ${printColumn(join.left)} = ${printColumn(join.right)}`);
  }
  if (query.where.length > 0)
    lines.push(`WHERE ${query.where.map((part) => printPart(part, query.where.length > 1)).join(" AND ")}`);
  if (query.group.length > 0) lines.push(`GROUP BY ${query.group.map(printExpression).join(", ")}`);
  if (query.having.length > 0)
    lines.push(`HAVING ${query.having.map((part) => printPart(part, query.having.length > 1)).join(" AND ")}`);
  if (query.order.length > 0) lines.push(`ORDER BY ${printSorts(query.order)}`);
  if (query.limit !== undefined && Number.isFinite(query.limit))
    lines.push(
      `LIMIT ${Math.max(0, Math.trunc(query.limit))}${query.offset === undefined ? "" : ` OFFSET ${query.offset}`}`,
    );
  return lines.join("\n");
}

function indent(sql: string): string {
  return sql.replace(/^/gm, "  ");
}

function printTable(table: string, alias: string): string {
  return table === alias ? quoteName(table) : `${quoteName(table)} AS ${quoteName(alias)}`;
}

function printColumn(column: { alias: string; name: string }): string {
  return `${quoteName(column.alias)}.${quoteName(column.name)}`;
}

function printSorts(sorts: readonly Sort[]): string {
  return sorts.map((sort) => `${printExpression(sort.by)}${sort.dir === "desc" ? " DESC" : ""} NULLS LAST`).join(", ");
}

/** SQL for an expression. */
export function printExpression(expr: Expression): string {
  switch (expr.kind) {
    case "column":
      return expr.alias === "" ? quoteName(expr.name) : printColumn(expr);
    case "star":
      return "*";
    case "literal":
      return printLiteral(expr.value);
    case "date":
      return `${expr.value.length > 10 ? "TIMESTAMP" : "DATE"} ${printLiteral(expr.value)}`;
    case "call": {
      const filter = expr.filter === undefined ? "" : ` FILTER (WHERE ${printPredicate(expr.filter)})`;
      return `${expr.fn}(${expr.distinct === true ? "DISTINCT " : ""}${expr.args.map(printExpression).join(", ")})${filter}`;
    }
    case "binary":
      return `${printOperand(expr.left)} ${expr.op} ${printOperand(expr.right)}`;
    case "cast":
      return `${expr.lenient ? "TRY_CAST" : "CAST"}(${printExpression(expr.arg)} AS ${expr.type})`;
    case "window":
      return `${printExpression(expr.call)} OVER (${expr.order.length > 0 ? `ORDER BY ${printSorts(expr.order)}` : ""})`;
    case "case":
      return `CASE WHEN ${printPredicate(expr.when)} THEN ${printExpression(expr.result)} ELSE ${printExpression(expr.otherwise)} END`;
    case "subquery":
      return `(\n${indent(printQuery(expr.query))}\n)`;
  }
}

function printOperand(expr: Expression): string {
  return expr.kind === "binary" ? `(${printExpression(expr)})` : printExpression(expr);
}

function printPart(part: Predicate, among: boolean): string {
  return part.kind === "or" && part.parts.length > 1 && among ? `(${printPredicate(part)})` : printPredicate(part);
}

/** SQL for a predicate. */
export function printPredicate(predicate: Predicate): string {
  switch (predicate.kind) {
    case "and":
    case "or":
      return predicate.parts
        .map((part) => (part.kind === "and" || part.kind === "or" ? `(${printPredicate(part)})` : printPredicate(part)))
        .join(predicate.kind === "and" ? " AND " : " OR ");
    case "not":
      return `NOT (${printPredicate(predicate.part)})`;
    case "compare":
      return `${printOperand(predicate.left)} ${predicate.op} ${printOperand(predicate.right)}`;
    case "between":
      return `${printOperand(predicate.arg)} BETWEEN ${printOperand(predicate.low)} AND ${printOperand(predicate.high)}`;
    case "in":
      return `${printOperand(predicate.arg)} IN (${predicate.values.map(printExpression).join(", ")})`;
    case "inQuery":
      return `${printOperand(predicate.arg)} ${predicate.negated ? "NOT IN" : "IN"} (\n${indent(printQuery(predicate.query))}\n)`;
    case "like":
      return `${printOperand(predicate.arg)} ILIKE ${printLiteral(predicate.pattern)} ESCAPE '\\'`;
    case "null":
      return `${printOperand(predicate.arg)} IS ${predicate.negated ? "NOT " : ""}NULL`;
    case "exists":
      return `${predicate.negated ? "NOT " : ""}EXISTS (\n${indent(printQuery(predicate.query))}\n)`;
  }
}

/** An identifier in double quotes, as DuckDB wants it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A literal: strings in single quotes, numbers and booleans bare. */
export function printLiteral(value: CellValue): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  return Number.isFinite(value) ? String(value) : "NULL";
}
