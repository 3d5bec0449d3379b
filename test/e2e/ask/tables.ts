/** Tables shaped like those of the Data API's document, made by arithmetic so that every run has the same. */

export interface Customer {
  customer_id: string;
  name: string;
  email: string;
  age: number | null;
  signup_date: string;
  last_purchase: string | null;
  purchase_count: number;
  lifetime_value: number;
  churn: boolean;
  country: string;
  plan_type: string;
  referral_source: string;
}

export interface Transaction {
  transaction_id: string;
  customer_id: string;
  date: string;
  amount: number;
  product_id: string;
  quantity: number;
  discount: number | null;
  payment_method: string;
}

export interface Sale {
  Month: string;
  Revenue: number;
  Region: string;
}

const FIRST = ["Ada", "Ben", "Chloe", "Dan", "Eva", "Finn", "Grace", "Hugo", "Iris", "Jack"];
const LAST = ["Adams", "Brown", "Clark", "Davis", "Evans", "Fischer", "Garcia", "Hughes", "Ito", "Jones", "Klein"];

/** A number from 0 to 1 that looks random: the golden ratio's multiples, mixed per stream. */
const noise = (i: number, stream: number) => {
  const x = Math.sin(i * 12.9898 + stream * 78.233) * 43_758.5453;
  return x - Math.floor(x);
};
const pick = <T>(values: readonly T[], x: number): T => values[Math.floor(x * values.length)] as T;
const day = (start: string, days: number) =>
  new Date(Date.parse(start) + Math.floor(days) * 86_400_000).toISOString().slice(0, 10);
const cents = (x: number) => Math.round(x * 100) / 100;

export const customers: Customer[] = Array.from({ length: 500 }, (_, i) => {
  const first = pick(FIRST, noise(i, 1));
  const last = pick(LAST, noise(i, 2));
  const churn = noise(i, 3) < 0.17;
  const country = pick(["US", "US", "US", "CA", "UK", "DE"], noise(i, 4));
  const purchases = Math.floor(noise(i, 5) ** 2 * 51);
  return {
    customer_id: `C${String(i + 1).padStart(4, "0")}`,
    name: `${first} ${last}`,
    email: `${first}.${last}.${i}@example.com`.toLowerCase(),
    age: noise(i, 6) < 0.024 ? null : 18 + Math.floor(noise(i, 7) * 68),
    signup_date: day("2022-01-01", noise(i, 8) * 700),
    last_purchase: noise(i, 9) < 0.09 ? null : day("2023-06-01", noise(i, 10) * 330),
    purchase_count: purchases,
    lifetime_value: cents(purchases * 40 + noise(i, 11) * 900),
    churn,
    country,
    plan_type: pick(["basic", "basic", "basic", "premium", "enterprise"], noise(i, 12)),
    referral_source: pick(["google", "friend", "newsletter", "social"], noise(i, 13)),
  };
});

export const transactions: Transaction[] = Array.from({ length: 2_000 }, (_, i) => ({
  transaction_id: `T${String(i + 1).padStart(5, "0")}`,
  customer_id: customers[Math.floor(noise(i, 21) * customers.length)]?.customer_id ?? "",
  date: day("2023-01-01", noise(i, 23) * 480),
  amount: cents(5 + noise(i, 22) * 200),
  product_id: `P${100 + Math.floor(noise(i, 24) * 40)}`,
  quantity: 1 + Math.floor(noise(i, 26) * 5),
  discount: noise(i, 27) < 0.7 ? null : cents(noise(i, 28) * 0.3),
  payment_method: pick(["card", "paypal", "transfer"], noise(i, 25)),
}));

/** Two years of months, each in two regions; 2023 rises from January to December. */
export const sales: Sale[] = Array.from({ length: 48 }, (_, i) => {
  const month = Math.floor(i / 2);
  return {
    Month: `${2022 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}-01`,
    Revenue: 400_000 + month * 11_000 + (i % 2) * 30_000,
    Region: i % 2 === 0 ? "North" : "South",
  };
});

export function toCsv(rows: readonly object[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => columns.map((name) => writeCell((row as Record<string, unknown>)[name])).join(","));
  return `${[columns.map(writeCell).join(","), ...lines].join("\n")}\n`;
}

function writeCell(cell: unknown): string {
  const text = cell === null || cell === undefined ? "" : String(cell);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows by a key. */
export function groupBy<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);
export const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length;
