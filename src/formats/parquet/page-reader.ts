import { crc32 } from "node:zlib";
import type { PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { FormatError } from "../source.ts";
import type { ChunkBytes } from "./chunk-bytes.ts";
import { decompressPageBody } from "./codecs.ts";
import { bitWidth, HybridDecoder } from "./hybrid.ts";
import { isStreamable, PageStream } from "./page-stream.ts";
import { openPageValues, type Sink, type TakeValues } from "./page-values.ts";
import type { Leaf } from "./schema.ts";
import { ByteSink, FixedSink, type Values } from "./values.ts";

/** A data page being read. */
export interface OpenPage {
  /** Where its header stands. */
  readonly position: number;
  readonly entries: number;
  readonly definitions: HybridDecoder | undefined;
  readonly repetitions: HybridDecoder | undefined;
  /** Moves the next values into a sink; at once, unless the page is being streamed. */
  readonly take: (sink: Sink, count: number) => Promise<void> | void;
  /** Bytes held for it. */
  readonly byteLength: number;
  readonly close?: () => void;
}

/** A page's header, and where its body begins. */
export interface LocatedHeader {
  readonly header: PageHeader;
  readonly position: number;
  readonly bodyStart: number;
}

/** One page that cannot be streamed may not be larger than this, compressed or not: it has to be in memory whole. */
const MAX_PAGE_BYTES = 32 * 2 ** 20;
const HEADER_GUESS = 256;
/** What is read at a time of a page that is streamed. */
const PIECE_BYTES = 128 * 1024;

/**
 * Memory that the pages of a column are decompressed into, one after the other: what is read of a page is copied. Memory that was never used
 * before costs more than what is written to it.
 */
export class PageRoom {
  /** Bytes that an entry of a text column took in the last slice. */
  entryBytes: number | undefined;
  #bytes = new Uint8Array(0);

  get byteLength(): number {
    return this.#bytes.length;
  }

  take(length: number): Uint8Array {
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length);
    return this.#bytes.subarray(0, length);
  }

  release(): void {
    this.#bytes = new Uint8Array(0);
  }
}

/** Opens the pages of one column chunk. */
export class PageReader {
  readonly leaf: Leaf;
  readonly bytes: ChunkBytes;
  readonly #codec: string;
  readonly #isMarkedEncrypted: boolean;
  readonly #room: PageRoom;

  constructor(leaf: Leaf, bytes: ChunkBytes, codec: string, isMarkedEncrypted: boolean, room = new PageRoom()) {
    this.leaf = leaf;
    this.bytes = bytes;
    this.#codec = codec;
    this.#isMarkedEncrypted = isMarkedEncrypted;
    this.#room = room;
  }

  /** Bytes held for decompressed pages. */
  get heldBytes(): number {
    return this.#room.byteLength;
  }

  /** Lets the memory for pages go, and the window. No page may be open. */
  release(): void {
    this.#room.release();
    this.bytes.release();
  }

  #decompress(input: Uint8Array, byteLength: number): Uint8Array {
    return decompressPageBody(this.#codec, input, byteLength, (length) => this.#room.take(length));
  }

  /** Notes how large the texts are, so that the next sink need not grow. */
  noteSize(sink: Sink, entries: number): void {
    if (sink.kind === "bytes" && entries > 0) this.#room.entryBytes = sink.byteLength / entries;
  }

  createSink(capacity: number): Sink {
    if (this.leaf.width !== undefined) return new FixedSink(this.leaf.width, capacity);
    const { entryBytes } = this.#room;
    return new ByteSink(capacity, entryBytes && Math.ceil(capacity * entryBytes * 1.02) + 8);
  }

  /** The header at a position. Throws `FormatError` for a damaged one, and for pages too large to be read. */
  async readHeader(position: number): Promise<LocatedHeader> {
    for (let guess = HEADER_GUESS; ; guess *= 16) {
      const bytes = await this.bytes.peek(position, guess);
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
      let header: PageHeader;
      try {
        header = parquetHeader(reader);
      } catch (cause) {
        // Statistics can make a header long; one that is damaged never becomes readable.
        if (bytes.length >= guess && guess < MAX_PAGE_BYTES) continue;
        throw this.#damagedHeader(cause);
      }
      this.#checkHeader(header);
      return { header, position, bodyStart: position + reader.offset };
    }
  }

  /** Entries of a data page; undefined for pages of another kind. */
  static countEntries({ header }: LocatedHeader): number | undefined {
    if (header.type === "DATA_PAGE") return header.data_page_header?.num_values;
    if (header.type === "DATA_PAGE_V2") return header.data_page_header_v2?.num_values;
    return undefined;
  }

  async openDictionary(located: LocatedHeader): Promise<Values> {
    const { header } = located;
    const body = await this.#readBody(located);
    const bytes = this.#decompress(body, header.uncompressed_page_size);
    const count = header.dictionary_page_header?.num_values ?? -1;
    const { width, path, element } = this.leaf;
    // Each value takes at least a bit, a byte string at least four bytes.
    if (count < 0 || count > bytes.length * 8) throw this.#damaged();
    const sink = this.createSink(count);
    const values = { encoding: "PLAIN", type: element.type!, bytes, start: 0, limit: count, dictionary: undefined };
    openPageValues({ ...values, column: path }, width)(sink, count);
    return sink;
  }

  /** Opens a data page, a large one as a stream. Its dictionary, if its values use one, has been opened before. */
  async openPage(located: LocatedHeader, dictionary: Values | undefined): Promise<OpenPage> {
    const { encoding } = located.header.data_page_header ?? {};
    const { uncompressed_page_size: byteLength } = located.header;
    if (encoding && isStreamable({ codec: this.#codec, encoding, type: this.leaf.element.type!, byteLength }))
      return this.#stream(located);
    const body = await this.#readBody(located);
    return located.header.type === "DATA_PAGE"
      ? this.#openV1(located, body, dictionary)
      : this.#openV2(located, body, dictionary);
  }

  async #readBody({ header, bodyStart }: LocatedHeader): Promise<Uint8Array> {
    const { compressed_page_size: stored, uncompressed_page_size: whole } = header;
    if (stored > MAX_PAGE_BYTES || whole > MAX_PAGE_BYTES) {
      throw new FormatError(
        `A page of column "${this.leaf.path}" has ${Math.ceil(Math.max(stored, whole) / 2 ** 20)} MB; at most 32 MB can be read. Write the file with smaller pages or row groups.`,
      );
    }
    const body = await this.bytes.read(bodyStart, header.compressed_page_size);
    if (header.crc !== undefined && crc32(body) !== header.crc >>> 0) throw this.#wrongChecksum();
    return body;
  }

  #checkHeader(header: PageHeader): void {
    const { compressed_page_size: stored, uncompressed_page_size: whole } = header;
    if (header.type === undefined || !(stored >= 0) || !(whole >= 0)) throw this.#damagedHeader();
  }

  #openV1({ header, position }: LocatedHeader, body: Uint8Array, dictionary: Values | undefined): OpenPage {
    const declared = header.data_page_header;
    if (!declared || !(declared.num_values >= 0)) throw this.#damaged();
    const bytes = this.#decompress(body, header.uncompressed_page_size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { maxDefinition, maxRepetition } = this.leaf;
    let at = 0;
    const openLevels = (max: number, encoding: string): HybridDecoder | undefined => {
      if (max === 0) return undefined;
      this.#checkLevels(encoding);
      if (at + 4 > bytes.length) throw this.#damaged();
      const start = at + 4;
      at = start + view.getUint32(at, true);
      if (at > bytes.length) throw this.#damaged();
      return new HybridDecoder(bytes, start, at, bitWidth(max));
    };
    const repetitions = openLevels(maxRepetition, declared.repetition_level_encoding);
    const definitions = openLevels(maxDefinition, declared.definition_level_encoding);
    const entries = declared.num_values;
    const take = this.#takeFrom(entries, declared.encoding, bytes, at, dictionary);
    return { position, entries, definitions, repetitions, take, byteLength: bytes.length };
  }

  #openV2({ header, position }: LocatedHeader, body: Uint8Array, dictionary: Values | undefined): OpenPage {
    const declared = header.data_page_header_v2;
    if (!declared || !(declared.num_values >= 0)) throw this.#damaged();
    const { maxDefinition, maxRepetition } = this.leaf;
    const repetitionEnd = declared.repetition_levels_byte_length;
    const levelsEnd = repetitionEnd + declared.definition_levels_byte_length;
    const size = header.uncompressed_page_size - levelsEnd;
    if (!(repetitionEnd >= 0) || !(levelsEnd >= repetitionEnd) || levelsEnd > body.length || size < 0) {
      throw this.#damaged();
    }
    const rest = body.subarray(levelsEnd);
    const bytes = declared.is_compressed === false ? rest : this.#decompress(rest, size);
    const repetitions =
      maxRepetition > 0 ? new HybridDecoder(body, 0, repetitionEnd, bitWidth(maxRepetition)) : undefined;
    const definitions =
      maxDefinition > 0 ? new HybridDecoder(body, repetitionEnd, levelsEnd, bitWidth(maxDefinition)) : undefined;
    const entries = declared.num_values;
    const take = this.#takeFrom(entries, declared.encoding, bytes, 0, dictionary);
    return { position, entries, definitions, repetitions, take, byteLength: bytes.length };
  }

  async #stream(located: LocatedHeader): Promise<OpenPage> {
    const { header } = located;
    const declared = header.data_page_header;
    if (!declared || !(declared.num_values >= 0)) throw this.#damaged();
    const stream = new PageStream(this.#codec, this.#readPieces(located), header.uncompressed_page_size);
    const { maxDefinition, maxRepetition } = this.leaf;
    const readLevels = async (max: number, encoding: string): Promise<HybridDecoder | undefined> => {
      if (max === 0) return undefined;
      this.#checkLevels(encoding);
      const length = new DataView((await stream.read(4)).buffer).getUint32(0, true);
      if (length > header.uncompressed_page_size || length > MAX_PAGE_BYTES) throw this.#damaged();
      return new HybridDecoder(await stream.read(length), 0, length, bitWidth(max));
    };
    const repetitions = await readLevels(maxRepetition, declared.repetition_level_encoding);
    const definitions = await readLevels(maxDefinition, declared.definition_level_encoding);
    return {
      position: located.position,
      entries: declared.num_values,
      repetitions,
      definitions,
      take: (sink, count) => (count > 0 ? stream.take(sink, count) : undefined),
      byteLength: stream.heldBytes,
      close: () => stream.close(),
    };
  }

  /** A page's body piece by piece, the last one only when the checksum is right. */
  async *#readPieces({ header, bodyStart }: LocatedHeader): AsyncGenerator<Uint8Array> {
    const end = bodyStart + header.compressed_page_size;
    let sum = 0;
    for (let at = bodyStart; at < end; ) {
      const piece = await this.bytes.read(at, Math.min(PIECE_BYTES, end - at));
      at += piece.length;
      if (header.crc !== undefined) {
        sum = crc32(piece, sum);
        if (at === end && sum !== header.crc >>> 0) throw this.#wrongChecksum();
      }
      yield piece;
    }
  }

  /** A page of nulls alone may leave out its values, header and all: decoding begins with the first value asked for. */
  #takeFrom(
    limit: number,
    encoding: string,
    bytes: Uint8Array,
    start: number,
    dictionary: Values | undefined,
  ): TakeValues {
    const { leaf } = this;
    let decode: TakeValues | undefined;
    return (sink, count) => {
      if (count === 0) return;
      decode ??= openPageValues(
        { encoding, type: leaf.element.type!, bytes, start, limit, dictionary, column: leaf.path },
        leaf.width,
      );
      decode(sink, count);
    };
  }

  #checkLevels(encoding: string): void {
    if (encoding !== "RLE")
      throw new FormatError(`Column "${this.leaf.path}" stores its levels as ${encoding}, which is not supported.`);
  }

  #wrongChecksum(): FormatError {
    return new FormatError(`A page of column "${this.leaf.path}" does not match its checksum: the file is corrupt.`);
  }

  #damagedHeader(cause?: unknown): FormatError {
    const reason = this.#isMarkedEncrypted
      ? `Column "${this.leaf.path}" of the Parquet file is encrypted. Upload it without encryption: Eider has no key for it.`
      : `A page header of column "${this.leaf.path}" is damaged: the Parquet file is corrupt.`;
    return new FormatError(reason, { cause });
  }

  #damaged(): FormatError {
    return new FormatError(`A page of column "${this.leaf.path}" is damaged: the Parquet file is corrupt.`);
  }
}
