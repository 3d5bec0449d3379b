/** Types of a column as the rest of Eider names them. */
export type ColumnType = "string" | "integer" | "float" | "boolean" | "date" | "datetime" | "time" | "json";

/** A value as it stands in a table's cell. */
export type CellValue = string | number | boolean | null;

/** What the planner is told about one column. Everything but name and type is optional, and comes from the profile. */
export interface ColumnInfo {
  name: string;
  type: ColumnType;
  /** Number of distinct non-null values. */
  distinct?: number;
  /** Number of null cells. */
  nulls?: number;
  min?: CellValue;
  max?: CellValue;
  /** The most frequent values; all of them when the column has few. */
  topValues?: readonly { value: CellValue; count: number }[];
  /** Further values, in no particular order. */
  sampleValues?: readonly CellValue[];
}

/** A foreign key that is known (not guessed). */
export interface KnownReference {
  column: string;
  table: string;
  references: string;
}

/** What the planner is told about one table. */
export interface TableInfo {
  name: string;
  rows: number;
  columns: readonly ColumnInfo[];
  /** References that are known; the planner infers others from names and values. */
  references?: readonly KnownReference[];
}

export type ChartKind = "bar" | "line" | "area" | "pie" | "scatter" | "histogram" | "box" | "heatmap";

/** How the result's columns may be drawn. */
export interface ResultShape {
  /** The chart the question's words ask for, if any. */
  chart?: ChartKind;
  /** What the question is about, for choosing a chart when none is named. */
  intent: "value" | "list" | "comparison" | "trend" | "share" | "distribution" | "correlation" | "ranking";
  /** Names of result columns that label rows, in order. */
  labels: string[];
  /** Names of result columns that hold measures, in order. */
  measures: string[];
  /** The result column that holds time, if one does, and its step. */
  time?: { column: string; unit: TimeUnit };
}

export type TimeUnit = "hour" | "day" | "week" | "month" | "quarter" | "year";
