import { quoteName, quoteTable } from "./sql.ts";
import type { ProfileEngine, ProfileOptions, ProfileTable } from "./types.ts";

/** One run over one table: the port, the quoted name, the limits, and a query that stops when it is told to. */
export interface Work {
  readonly from: string;
  readonly rows: number;
  /** An expression that spreads rows evenly when hashed. */
  readonly rowKey: string;
  readonly budgetBytes: number;
  /** Columns with about this many distinct values or fewer are counted by value. */
  readonly fewValues: number;
  /** Distinct values kept per column, fewer in wide tables so that a profile stays small. */
  readonly keptValues: number;
  query<T extends Record<string, unknown>>(sql: string): Promise<T[]>;
  report(step: string, done: number, total: number): void;
}

export const DEFAULT_BUDGET_BYTES = 16 * 1024 * 1024;

const DEFAULT_FEW_VALUES = 8192;
const MOST_KEPT_VALUES = 100;
const KEPT_VALUES_PER_TABLE = 40_000;

export function startWork(engine: ProfileEngine, table: ProfileTable, options: ProfileOptions = {}): Work {
  const { signal, onProgress } = options;
  return {
    from: quoteTable(table),
    rows: table.rows,
    rowKey: findRowKey(table),
    budgetBytes: options.budgetBytes ?? DEFAULT_BUDGET_BYTES,
    fewValues: options.fewValues ?? DEFAULT_FEW_VALUES,
    keptValues: Math.max(10, Math.min(MOST_KEPT_VALUES, Math.floor(KEPT_VALUES_PER_TABLE / table.columns.length))),
    async query(sql) {
      signal?.throwIfAborted();
      return engine.rows(sql, signal === undefined ? undefined : { signal });
    },
    report(step, done, total) {
      onProgress?.({ step, done, total });
    },
  };
}

/** DuckDB's row number, unless a column of the table has taken its name: then all columns together. */
function findRowKey({ columns }: ProfileTable): string {
  const isTaken = columns.some(({ name }) => name.toLowerCase() === "rowid");
  return isTaken ? columns.map(({ name }) => quoteName(name)).join(", ") : "rowid";
}

/** Cuts a list into runs whose weights add up to at most `limit`; a heavier item stands alone. */
export function cutBatches<T>(items: readonly T[], limit: number, weigh: (item: T) => number = () => 1): T[][] {
  const batches: T[][] = [];
  let weight = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const itemWeight = weigh(item);
    if (weight + itemWeight > limit) {
      batches.push([]);
      weight = 0;
    }
    batches.at(-1)!.push(item);
    weight += itemWeight;
  }
  return batches;
}

/** Bytes that DuckDB's hash aggregates were seen to need for one group at most, besides the text it holds. */
const GROUP_BYTES = 50;

/** How many passes by hash keep one pass's groups inside the budget. */
export function countPartitions(work: Work, approximateGroups: number, textBytes = 0): number {
  return Math.max(1, Math.ceil((approximateGroups * 1.2 * (GROUP_BYTES + textBytes)) / work.budgetBytes));
}

/** Budget that a statement is given for each row that it sorts; what a sort holds beyond, it spills. */
const SORTED_ROW_BYTES = 4;

/** Rows that one statement may sort: DuckDB's window functions hold some of every row, however much they spill. */
export const rowsPerSort = (work: Work): number => Math.max(1, Math.floor(work.budgetBytes / SORTED_ROW_BYTES));

/** The condition that selects one partition, or `true` when there is only one. */
export const partitionFilter = (expression: string, partition: number, partitions: number): string =>
  partitions === 1 ? "true" : `hash(${expression}) % ${partitions} = ${partition}`;
