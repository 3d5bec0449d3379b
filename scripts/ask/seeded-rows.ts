/** Rows for made-up tables, the same ones in every run. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";

export type Cell = string | number | boolean | null;
export type Row = Record<string, Cell>;
/** Tables by name. */
export type Tables = Record<string, Row[]>;

/** Numbers in [0, 1) from a seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class Source {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  between(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1));
  }

  /** An amount with two decimals. */
  amount(low: number, high: number): number {
    return Math.round((low + this.#random() * (high - low)) * 100) / 100;
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  /** One of the items, the earlier ones more often. */
  pick<T>(items: readonly T[]): T {
    const at = Math.floor(this.#random() ** 1.4 * items.length);
    return items[at] as T;
  }

  moment(from: string, to: string): Date {
    const [start, end] = [Date.parse(from), Date.parse(to)];
    return new Date(start + Math.floor((this.#random() * (end - start)) / 60_000) * 60_000);
  }

  day(from: string, to: string): string {
    return this.moment(from, to).toISOString().slice(0, 10);
  }
}

const DAY = 86_400_000;

/** A moment as CSV files write it. */
export function stamp(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace("T", " ");
}

/** The day so many days after another. */
export function laterDay(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** Writes DIR/<database>/<table>.csv for each table of each database. */
export function writeDatabases(folder: string, databases: Record<string, Tables>): void {
  for (const [database, tables] of Object.entries(databases)) {
    mkdirSync(join(folder, database), { recursive: true });
    for (const [table, rows] of Object.entries(tables))
      writeFileSync(join(folder, database, `${table}.csv`), `${Papa.unparse(rows, { newline: "\n" })}\n`);
  }
}
