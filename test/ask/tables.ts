/** Tables as their profiles describe them, shaped like the examples of the published documents. */
import type { ColumnInfo, TableInfo } from "../../src/ask/types.ts";

function values(...names: (string | boolean)[]): ColumnInfo["topValues"] & object {
  return names.map((value) => ({ value, count: 10 }));
}

export const CUSTOMERS: TableInfo = {
  name: "customers",
  rows: 500,
  columns: [
    { name: "customer_id", type: "integer", distinct: 500, nulls: 0, min: 1, max: 500 },
    { name: "name", type: "string", distinct: 498, nulls: 0 },
    { name: "country", type: "string", distinct: 4, nulls: 0, topValues: values("US", "CA", "UK", "other") },
    { name: "plan", type: "string", distinct: 3, nulls: 0, topValues: values("free", "premium", "basic") },
    { name: "lifetime_value", type: "float", distinct: 450, nulls: 0, min: 0, max: 4000 },
    { name: "purchase_count", type: "integer", distinct: 40, nulls: 0, min: 0, max: 60 },
    { name: "signup_date", type: "date", distinct: 300, nulls: 0, min: "2022-01-01", max: "2024-04-30" },
    { name: "churn", type: "boolean", distinct: 2, nulls: 0, topValues: values(false, true) },
  ],
};

export const TRANSACTIONS: TableInfo = {
  name: "transactions",
  rows: 5000,
  columns: [
    { name: "transaction_id", type: "integer", distinct: 5000, nulls: 0, min: 1, max: 5000 },
    { name: "customer_id", type: "integer", distinct: 480, nulls: 0, min: 1, max: 500 },
    { name: "date", type: "date", distinct: 700, nulls: 0, min: "2022-01-01", max: "2024-04-30" },
    { name: "amount", type: "float", distinct: 4000, nulls: 0, min: 1, max: 900 },
  ],
};

export const SALES: TableInfo = {
  name: "sales",
  rows: 1000,
  columns: [
    { name: "date", type: "date", distinct: 700, nulls: 0, min: "2022-01-01", max: "2024-04-30" },
    { name: "revenue", type: "float", distinct: 900, nulls: 0, min: 0, max: 9000 },
    { name: "region", type: "string", distinct: 4, nulls: 0, topValues: values("north", "south", "east", "west") },
  ],
};

/** A table whose names need quoting everywhere. */
export const AWKWARD: TableInfo = {
  name: 'select from "x"',
  rows: 100,
  columns: [
    { name: "order", type: "integer", distinct: 40, nulls: 0, min: 1, max: 90 },
    { name: "group by", type: "string", distinct: 2, nulls: 0, topValues: values("a'b", 'c"d') },
    { name: 'say "hi" now', type: "float", distinct: 40, nulls: 0, min: 0, max: 1 },
    { name: "nothing here", type: "string", distinct: 0, nulls: 100 },
  ],
};

export const NOW = new Date("2024-05-15T10:00:00Z");

/** SQL on one line, for comparison. */
export function flat(sql: string): string {
  return sql.replace(/\s+/g, " ").trim();
}
