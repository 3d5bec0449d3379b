import { FormatError } from "../source.ts";
import { type LocatedHeader, type OpenPage, PageReader } from "./page-reader.ts";
import type { Sink } from "./page-values.ts";
import type { Leaf } from "./schema.ts";
import type { Values } from "./values.ts";

/** Some rows of one column: the levels of its entries and the values that are not null. */
export interface LeafSlice {
  readonly leaf: Leaf;
  /** Entries, nulls and empty lists included. */
  readonly length: number;
  /** Definition level per entry; undefined when no entry is null. */
  readonly definitions: Uint8Array | undefined;
  /** Repetition level per entry; undefined for columns outside lists. */
  readonly repetitions: Uint8Array | undefined;
  readonly values: Values;
}

const LEVEL_BLOCK = 4096;

/**
 * Reads one column chunk from its beginning to its end, any number of rows at a time, with one page in memory.
 * `release` lets that page go; it is opened again, and what was read of it skipped, when more rows are asked for.
 */
export class ColumnCursor {
  readonly leaf: Leaf;
  readonly #pages: PageReader;
  /** Where the next page stands. */
  #position: number;
  #page: OpenPage | undefined;
  /** Entries of the page that have been handed out. */
  #used = 0;
  /** A page that was released. */
  #released: { position: number; used: number } | undefined;
  #dictionary: Values | undefined;
  /** Where the dictionary stands; it is opened again when it has been let go. */
  #dictionaryAt: number | undefined;
  // Levels that were decoded ahead to find where a row ends (columns inside lists only).
  readonly #aheadRepetitions = new Uint8Array(LEVEL_BLOCK);
  readonly #aheadDefinitions = new Uint8Array(LEVEL_BLOCK);
  #aheadAt = 0;
  #aheadEnd = 0;

  constructor(pages: PageReader) {
    this.leaf = pages.leaf;
    this.#pages = pages;
    this.#position = pages.bytes.start;
  }

  /** Bytes held of the open page and its dictionary. */
  get heldBytes(): number {
    const dictionary = this.#dictionary;
    const held = dictionary?.kind === "fixed" ? dictionary.bytes.length : (dictionary?.data.length ?? 0);
    return held + Math.max(this.#page?.byteLength ?? 0, this.#pages.heldBytes);
  }

  /** Lets page, dictionary and window go. */
  release(): void {
    if (this.#page && this.#used < this.#page.entries) {
      this.#released = { position: this.#page.position, used: this.#used };
    }
    this.#closePage();
    this.#dictionary = undefined;
    this.#aheadAt = this.#aheadEnd = 0;
    this.#pages.release();
  }

  /** The next `rows` rows. Throws `FormatError` when the chunk holds fewer. */
  async readRows(rows: number): Promise<LeafSlice> {
    return this.leaf.maxRepetition === 0 ? this.#readFlat(rows) : this.#readRepeated(rows);
  }

  /** Passes over the next `rows` rows; pages that are passed over whole are not decompressed, where rows can be told from them. */
  async skipRows(rows: number): Promise<void> {
    let left = rows;
    if (this.leaf.maxRepetition > 0) {
      for (; left > 0; left -= LEVEL_BLOCK) await this.#readRepeated(Math.min(left, LEVEL_BLOCK));
      return;
    }
    while (left > 0) {
      if (!this.#isPageOpen() && !this.#released) {
        const located = await this.#nextHeader();
        const entries = PageReader.countEntries(located)!;
        if (entries <= left) {
          left -= entries;
          continue;
        }
        await this.#openAt(located);
      }
      const page = await this.#openPage();
      const take = Math.min(left, page.entries - this.#used);
      await this.#skipEntries(page, take);
      left -= take;
    }
  }

  async #readFlat(rows: number): Promise<LeafSlice> {
    const { leaf } = this;
    const sink = this.#pages.createSink(rows);
    const definitions = leaf.maxDefinition > 0 ? new Uint8Array(rows) : undefined;
    let hasNulls = false;
    for (let at = 0; at < rows; ) {
      const page = await this.#openPage();
      const take = Math.min(page.entries - this.#used, rows - at);
      let present = take;
      if (definitions) {
        page.definitions!.read(definitions, at, take);
        present = countEqual(definitions, at, take, leaf.maxDefinition);
        if (present < take) hasNulls = true;
      }
      const taking = page.take(sink, present);
      if (taking) await taking;
      this.#used += take;
      at += take;
    }
    if (!this.#isPageOpen()) this.#closePage();
    this.#pages.noteSize(sink, rows);
    return {
      leaf,
      length: rows,
      definitions: hasNulls ? definitions : undefined,
      repetitions: undefined,
      values: sink,
    };
  }

  async #readRepeated(rows: number): Promise<LeafSlice> {
    const { leaf } = this;
    const sink = this.#pages.createSink(rows);
    let capacity = Math.max(rows * 2, 64);
    let definitions = new Uint8Array(capacity);
    let repetitions = new Uint8Array(capacity);
    let length = 0;
    let begun = 0;
    for (;;) {
      if (this.#aheadAt === this.#aheadEnd && !(await this.#readLevelsAhead())) break;
      let end = this.#aheadAt;
      for (; end < this.#aheadEnd; end++) {
        if (this.#aheadRepetitions[end] === 0 && ++begun > rows) break;
        if (begun === 0)
          throw new FormatError(`Column "${leaf.path}" of the Parquet file begins inside a list: it is corrupt.`);
      }
      const take = end - this.#aheadAt;
      if (length + take > capacity) {
        capacity = Math.max(capacity * 2, length + take);
        definitions = growBytes(definitions, capacity);
        repetitions = growBytes(repetitions, capacity);
      }
      definitions.set(this.#aheadDefinitions.subarray(this.#aheadAt, end), length);
      repetitions.set(this.#aheadRepetitions.subarray(this.#aheadAt, end), length);
      const taking = this.#page!.take(sink, countEqual(definitions, length, take, leaf.maxDefinition));
      if (taking) await taking;
      this.#used += take;
      length += take;
      this.#aheadAt = end;
      if (begun > rows) break;
    }
    if (begun < rows) throw tooFewRows(leaf);
    return { leaf, length, definitions, repetitions, values: sink };
  }

  /** Decodes the next levels of the open page, or of the next one. False at the end of the chunk. */
  async #readLevelsAhead(): Promise<boolean> {
    if (!this.#isPageOpen() && !this.#released && this.#position >= this.#pages.bytes.end) return false;
    const page = await this.#openPage();
    const count = Math.min(page.entries - this.#used, LEVEL_BLOCK);
    page.repetitions?.read(this.#aheadRepetitions, 0, count);
    page.definitions?.read(this.#aheadDefinitions, 0, count);
    this.#aheadAt = 0;
    this.#aheadEnd = count;
    return true;
  }

  #isPageOpen(): boolean {
    return this.#page !== undefined && this.#used < this.#page.entries;
  }

  /** The page in hand, the one released last, or the next one that has entries. */
  async #openPage(): Promise<OpenPage> {
    if (this.#released) await this.#reopen(this.#released);
    while (!this.#isPageOpen()) await this.#openAt(await this.#nextHeader());
    return this.#page!;
  }

  async #openAt(located: LocatedHeader): Promise<void> {
    if (this.#dictionaryAt !== undefined && !this.#dictionary) {
      this.#dictionary = await this.#pages.openDictionary(await this.#pages.readHeader(this.#dictionaryAt));
    }
    this.#closePage();
    this.#page = await this.#pages.openPage(located, this.#dictionary);
    this.#used = 0;
  }

  #closePage(): void {
    this.#page?.close?.();
    this.#page = undefined;
  }

  /** The header of the next data page; the dictionary before it is opened, other pages are passed over. */
  async #nextHeader(): Promise<LocatedHeader> {
    while (this.#position < this.#pages.bytes.end) {
      const located = await this.#pages.readHeader(this.#position);
      this.#position = located.bodyStart + located.header.compressed_page_size;
      if (located.header.type === "DICTIONARY_PAGE") {
        this.#dictionary = await this.#pages.openDictionary(located);
        this.#dictionaryAt = located.position;
      } else if (PageReader.countEntries(located) !== undefined) return located;
    }
    throw tooFewRows(this.leaf);
  }

  async #reopen({ position, used }: { position: number; used: number }): Promise<void> {
    this.#released = undefined;
    await this.#openAt(await this.#pages.readHeader(position));
    await this.#skipEntries(this.#page!, used);
  }

  async #skipEntries(page: OpenPage, count: number): Promise<void> {
    const scratch = this.#pages.createSink(Math.min(count, LEVEL_BLOCK));
    const { maxDefinition } = this.leaf;
    for (let left = count; left > 0; left -= LEVEL_BLOCK) {
      const block = Math.min(left, LEVEL_BLOCK);
      page.repetitions?.read(this.#aheadRepetitions, 0, block);
      page.definitions?.read(this.#aheadDefinitions, 0, block);
      clearSink(scratch);
      const present = page.definitions ? countEqual(this.#aheadDefinitions, 0, block, maxDefinition) : block;
      const taking = page.take(scratch, present);
      if (taking) await taking;
    }
    this.#used += count;
  }
}

function clearSink(sink: Sink): void {
  sink.length = 0;
  if (sink.kind === "bytes") sink.byteLength = 0;
}

function countEqual(levels: Uint8Array, start: number, count: number, level: number): number {
  let equal = 0;
  for (let i = start, end = start + count; i < end; i++) if (levels[i] === level) equal++;
  return equal;
}

function growBytes(bytes: Uint8Array<ArrayBuffer>, capacity: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(capacity);
  larger.set(bytes);
  return larger;
}

function tooFewRows(leaf: Leaf): FormatError {
  return new FormatError(`Column "${leaf.path}" of the Parquet file ends before all its rows: the file is corrupt.`);
}
