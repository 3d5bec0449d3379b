import { crc32 } from "node:zlib";
import type { PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { FormatError } from "../source.ts";
import type { ChunkBytes } from "./chunk-bytes.ts";
import { decompressPageBody } from "./codecs.ts";
import { bitWidth, HybridDecoder } from "./hybrid.ts";
import { openPageValues, type Sink, type TakeValues } from "./page-values.ts";
import type { Leaf } from "./schema.ts";
import { ByteSink, FixedSink, type Values } from "./values.ts";

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

interface OpenPage {
  /** Entries not handed out yet. */
  left: number;
  readonly definitions: HybridDecoder | undefined;
  readonly repetitions: HybridDecoder | undefined;
  readonly take: TakeValues;
  readonly byteLength: number;
}

/** One page may not be larger than this, compressed or not: it has to be in memory whole. */
const MAX_PAGE_BYTES = 32 * 2 ** 20;
const HEADER_GUESS = 256;
const LEVEL_BLOCK = 4096;

/** Reads one column chunk from its beginning to its end, any number of rows at a time, one page in memory. */
export class ColumnCursor {
  readonly leaf: Leaf;
  readonly #bytes: ChunkBytes;
  readonly #codec: string;
  readonly #entries: number;
  #position: number;
  /** Entries whose pages have been opened. */
  #opened = 0;
  #page: OpenPage | undefined;
  #dictionary: Values | undefined;
  // Levels that were decoded ahead to find where a row ends (columns inside lists only).
  readonly #aheadRepetitions = new Uint8Array(LEVEL_BLOCK);
  readonly #aheadDefinitions = new Uint8Array(LEVEL_BLOCK);
  #aheadAt = 0;
  #aheadEnd = 0;

  constructor(leaf: Leaf, bytes: ChunkBytes, codec: string, entries: number) {
    this.leaf = leaf;
    this.#bytes = bytes;
    this.#codec = codec;
    this.#entries = entries;
    this.#position = bytes.start;
  }

  /** Bytes of decompressed pages held at the moment. */
  get heldBytes(): number {
    const dictionary = this.#dictionary;
    const held = dictionary?.kind === "fixed" ? dictionary.bytes.length : (dictionary?.data.length ?? 0);
    return held + (this.#page?.byteLength ?? 0);
  }

  /** The next `rows` rows. Throws `FormatError` when the chunk holds fewer. */
  async readRows(rows: number): Promise<LeafSlice> {
    return this.leaf.maxRepetition === 0 ? this.#readFlat(rows) : this.#readRepeated(rows);
  }

  #createSink(capacity: number): Sink {
    return this.leaf.width === undefined ? new ByteSink(capacity) : new FixedSink(this.leaf.width, capacity);
  }

  async #readFlat(rows: number): Promise<LeafSlice> {
    const { leaf } = this;
    const sink = this.#createSink(rows);
    const definitions = leaf.maxDefinition > 0 ? new Uint8Array(rows) : undefined;
    let hasNulls = false;
    for (let at = 0; at < rows; ) {
      const page = await this.#openPage();
      const take = Math.min(page.left, rows - at);
      let present = take;
      if (definitions) {
        page.definitions!.read(definitions, at, take);
        present = countEqual(definitions, at, take, leaf.maxDefinition);
        if (present < take) hasNulls = true;
      }
      page.take(sink, present);
      page.left -= take;
      at += take;
    }
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
    const sink = this.#createSink(rows);
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
      }
      const take = end - this.#aheadAt;
      if (length + take > capacity) {
        capacity = Math.max(capacity * 2, length + take);
        definitions = growBytes(definitions, capacity);
        repetitions = growBytes(repetitions, capacity);
      }
      definitions.set(this.#aheadDefinitions.subarray(this.#aheadAt, end), length);
      repetitions.set(this.#aheadRepetitions.subarray(this.#aheadAt, end), length);
      this.#page!.take(sink, countEqual(definitions, length, take, leaf.maxDefinition));
      length += take;
      this.#aheadAt = end;
      if (begun > rows) break;
    }
    if (begun < rows) throw tooFewRows(leaf);
    return { leaf, length, definitions, repetitions, values: sink };
  }

  /** Decodes the next levels of the open page, or of the next one. False at the end of the chunk. */
  async #readLevelsAhead(): Promise<boolean> {
    if (!this.#page?.left && this.#opened >= this.#entries) return false;
    const page = await this.#openPage();
    const count = Math.min(page.left, LEVEL_BLOCK);
    if (page.repetitions) page.repetitions.read(this.#aheadRepetitions, 0, count);
    if (page.definitions) page.definitions.read(this.#aheadDefinitions, 0, count);
    page.left -= count;
    this.#aheadAt = 0;
    this.#aheadEnd = count;
    return true;
  }

  /** The page in hand, or the next one that has entries. */
  async #openPage(): Promise<OpenPage> {
    while (!this.#page?.left) {
      if (this.#position >= this.#bytes.end) throw tooFewRows(this.leaf);
      const header = await this.#readHeader();
      const body = await this.#bytes.read(this.#position, header.compressed_page_size);
      this.#position += header.compressed_page_size;
      if (header.crc !== undefined && crc32(body) !== header.crc >>> 0) {
        throw new FormatError(`A page of column "${this.leaf.path}" does not match its checksum: the file is corrupt.`);
      }
      if (header.type === "DICTIONARY_PAGE") this.#dictionary = this.#openDictionary(header, body);
      else if (header.type === "DATA_PAGE") this.#page = this.#openV1(header, body);
      else if (header.type === "DATA_PAGE_V2") this.#page = this.#openV2(header, body);
      else continue; // index pages, and kinds that a later version of the format may add
      if (header.type !== "DICTIONARY_PAGE") this.#opened += this.#page!.left;
    }
    return this.#page;
  }

  async #readHeader(): Promise<PageHeader> {
    for (let guess = HEADER_GUESS; ; guess *= 16) {
      const bytes = await this.#bytes.peek(this.#position, guess);
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
      let header: PageHeader;
      try {
        header = parquetHeader(reader);
      } catch (cause) {
        // Statistics can make a header long; one that is damaged never becomes readable.
        if (bytes.length >= guess && guess < MAX_PAGE_BYTES) continue;
        throw new FormatError(`A page header of column "${this.leaf.path}" is damaged: the file is corrupt.`, {
          cause,
        });
      }
      this.#position += reader.offset;
      this.#checkHeader(header);
      return header;
    }
  }

  #checkHeader(header: PageHeader): void {
    const { compressed_page_size: stored, uncompressed_page_size: whole } = header;
    if (!(stored >= 0) || !(whole >= 0)) {
      throw new FormatError(`A page of column "${this.leaf.path}" has a negative size: the file is corrupt.`);
    }
    if (stored > MAX_PAGE_BYTES || whole > MAX_PAGE_BYTES) {
      throw new FormatError(
        `A page of column "${this.leaf.path}" has ${Math.ceil(Math.max(stored, whole) / 2 ** 20)} MB; at most 32 MB can be read. Write the file with smaller pages or row groups.`,
      );
    }
  }

  #openDictionary(header: PageHeader, body: Uint8Array): Values {
    const declared = header.dictionary_page_header;
    const bytes = decompressPageBody(this.#codec, body, header.uncompressed_page_size);
    const count = declared?.num_values ?? -1;
    const { width } = this.leaf;
    // Each value takes at least a bit; byte strings four bytes.
    if (!declared || count < 0 || count > bytes.length * 8) throw this.#damagedPage();
    const sink = this.#createSink(count);
    const type = this.leaf.element.type!;
    openPageValues(
      { encoding: "PLAIN", type, bytes, start: 0, limit: count, dictionary: undefined, column: this.leaf.path },
      width,
    )(sink, count);
    return sink;
  }

  #openV1(header: PageHeader, body: Uint8Array): OpenPage {
    const declared = header.data_page_header;
    if (!declared || declared.num_values < 0) throw this.#damagedPage();
    const bytes = decompressPageBody(this.#codec, body, header.uncompressed_page_size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { maxDefinition, maxRepetition } = this.leaf;
    let at = 0;
    const openLevels = (max: number, encoding: string): HybridDecoder | undefined => {
      if (max === 0) return undefined;
      if (encoding !== "RLE") {
        throw new FormatError(`Column "${this.leaf.path}" stores its levels as ${encoding}, which is not supported.`);
      }
      if (at + 4 > bytes.length) throw this.#damagedPage();
      const end = at + 4 + view.getUint32(at, true);
      if (end > bytes.length) throw this.#damagedPage();
      const levels = new HybridDecoder(bytes, at + 4, end, bitWidth(max));
      at = end;
      return levels;
    };
    const repetitions = openLevels(maxRepetition, declared.repetition_level_encoding);
    const definitions = openLevels(maxDefinition, declared.definition_level_encoding);
    return this.#pageOf(declared.num_values, declared.encoding, bytes, at, definitions, repetitions);
  }

  #openV2(header: PageHeader, body: Uint8Array): OpenPage {
    const declared = header.data_page_header_v2;
    if (!declared || declared.num_values < 0) throw this.#damagedPage();
    const { maxDefinition, maxRepetition } = this.leaf;
    const repetitionEnd = declared.repetition_levels_byte_length;
    const levelsEnd = repetitionEnd + declared.definition_levels_byte_length;
    const size = header.uncompressed_page_size - levelsEnd;
    if (!(repetitionEnd >= 0) || !(levelsEnd >= repetitionEnd) || levelsEnd > body.length || size < 0) {
      throw this.#damagedPage();
    }
    const rest = body.subarray(levelsEnd);
    const bytes = declared.is_compressed === false ? rest : decompressPageBody(this.#codec, rest, size);
    const repetitions =
      maxRepetition > 0 ? new HybridDecoder(body, 0, repetitionEnd, bitWidth(maxRepetition)) : undefined;
    const definitions =
      maxDefinition > 0 ? new HybridDecoder(body, repetitionEnd, levelsEnd, bitWidth(maxDefinition)) : undefined;
    return this.#pageOf(declared.num_values, declared.encoding, bytes, 0, definitions, repetitions);
  }

  #pageOf(
    entries: number,
    encoding: string,
    bytes: Uint8Array,
    start: number,
    definitions: HybridDecoder | undefined,
    repetitions: HybridDecoder | undefined,
  ): OpenPage {
    const { leaf } = this;
    // A page of nulls alone may leave out its values altogether, header and all: decoding starts with the first value.
    let decode: TakeValues | undefined;
    const take: TakeValues = (sink, count) => {
      if (count === 0) return;
      decode ??= openPageValues(
        {
          encoding,
          type: leaf.element.type!,
          bytes,
          start,
          limit: entries,
          dictionary: this.#dictionary,
          column: leaf.path,
        },
        leaf.width,
      );
      decode(sink, count);
    };
    return { left: entries, definitions, repetitions, take, byteLength: bytes.length };
  }

  #damagedPage(): FormatError {
    return new FormatError(`A page of column "${this.leaf.path}" is damaged: the Parquet file is corrupt.`);
  }
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
