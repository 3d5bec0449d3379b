/** Stretches of a question with what they may name. */
import type { Column, Table } from "./schema.ts";
import type { CellValue } from "./types.ts";

export interface ColumnLink {
  column: Column;
  score: number;
}

export interface TableLink {
  table: Table;
  score: number;
}

export interface ValueLink {
  column: Column;
  value: CellValue;
  score: number;
}

/** What a stretch of tokens (`from` inclusive, `to` exclusive) may name. */
export interface Span {
  from: number;
  to: number;
  columns: ColumnLink[];
  tables: TableLink[];
  values: ValueLink[];
}

export function spanAt(spans: Map<number, Span>, from: number, to: number): Span {
  const key = from * 1000 + to;
  let span = spans.get(key);
  if (span === undefined) {
    span = { from, to, columns: [], tables: [], values: [] };
    spans.set(key, span);
  }
  return span;
}

/** The best score of a span's links. */
export function best(span: Span): number {
  let top = 0;
  for (const link of [...span.columns, ...span.tables, ...span.values]) if (link.score > top) top = link.score;
  return top;
}
