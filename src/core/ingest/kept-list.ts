import type { Notes } from "./bench.ts";

const ITEMS_PER_NOTE = 500;
const DIGITS = 12;

/**
 * A list that grows while a job runs and outlives its process. Batches say where they begin, so that a batch which comes again after a
 * restart replaces what it repeats.
 */
export class KeptList<T> {
  readonly #notes: Notes;
  readonly #prefix: string;

  constructor(notes: Notes, name: string) {
    this.#notes = notes;
    this.#prefix = `list/${name}/`;
  }

  /** Items from number `from` on; everything from there on that is held already is dropped. `from` is the start of an earlier batch or the end. */
  replaceFrom(from: number, items: readonly T[]): void {
    for (const [key] of this.#notes.list(this.#prefix)) {
      if (key >= this.#key(from)) this.#notes.delete(key);
    }
    for (let i = 0; i < items.length; i += ITEMS_PER_NOTE) {
      this.#notes.put(this.#key(from + i), items.slice(i, i + ITEMS_PER_NOTE));
    }
  }

  *[Symbol.iterator](): Generator<T> {
    for (const [, items] of this.#notes.list<T[]>(this.#prefix)) yield* items;
  }

  #key(index: number): string {
    return `${this.#prefix}${String(index).padStart(DIGITS, "0")}`;
  }
}
