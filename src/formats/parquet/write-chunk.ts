import { ByteWriter } from "../result/byte-writer.ts";
import { type LeafDictionary, makeDictionary } from "./write-dictionary.ts";
import { writeHybrid } from "./write-hybrid.ts";
import type { LeafBuffer } from "./write-leaf.ts";
import { PHYSICAL } from "./write-schema.ts";
import { compressSnappy } from "./write-snappy.ts";
import { findExtremes } from "./write-statistics.ts";
import { ThriftWriter } from "./write-thrift.ts";

const PLAIN = 0;
const RLE = 3;
const RLE_DICTIONARY = 8;
const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const UNCOMPRESSED = 0;
const SNAPPY = 1;

/** What the row group says of a chunk: the fields of `ColumnMetaData`, serialized. */
export interface WrittenChunk {
  metadata: (thrift: ThriftWriter) => void;
  compressedBytes: number;
  uncompressedBytes: number;
}

/**
 * Yields the pages of one leaf's chunk, compressed; returns what is to be said of it.
 *
 * @param offset where in the file the first page comes to stand.
 */
export function* writeChunk(leaf: LeafBuffer, offset: number): Generator<Uint8Array, WrittenChunk> {
  leaf.endPage();
  const { info } = leaf;
  const dictionary = makeDictionary(leaf);
  let at = offset;
  let uncompressedBytes = 0;
  const count = (header: Uint8Array, body: Uint8Array, uncompressed: number): void => {
    at += header.length + body.length;
    uncompressedBytes += header.length + uncompressed;
  };
  let dictionaryOffset: number | undefined;
  if (dictionary) {
    dictionaryOffset = at;
    const body = compressSnappy(dictionary.values);
    const header = writePageHeader(DICTIONARY_PAGE, dictionary.values.length, body.length, dictionary.count, PLAIN);
    count(header, body, dictionary.values.length);
    yield header;
    yield body;
  }
  const dataOffset = at;
  let from = { levels: 0, values: 0, bytes: 0 };
  for (const page of leaf.pages) {
    const raw = writePage(leaf, from, page, dictionary);
    const body = compressSnappy(raw);
    const encoding = dictionary ? RLE_DICTIONARY : PLAIN;
    const header = writePageHeader(DATA_PAGE, raw.length, body.length, page.levels - from.levels, encoding);
    count(header, body, raw.length);
    yield header;
    yield body;
    from = page;
  }
  const compressedBytes = at - offset;
  const extremes = findExtremes(leaf);
  const { levelCount, nullCount } = leaf;
  return {
    compressedBytes,
    uncompressedBytes,
    metadata: (thrift) => {
      thrift.i32(1, info.type.physical);
      thrift.i32s(2, dictionary ? [PLAIN, RLE, RLE_DICTIONARY] : [PLAIN, RLE]);
      thrift.texts(3, info.path);
      thrift.i32(4, compressedBytes > 0 ? SNAPPY : UNCOMPRESSED);
      thrift.i64(5, levelCount);
      thrift.i64(6, uncompressedBytes);
      thrift.i64(7, compressedBytes);
      thrift.i64(9, dataOffset);
      if (dictionaryOffset !== undefined) thrift.i64(11, dictionaryOffset);
      thrift.struct(12, () => {
        thrift.i64(3, nullCount);
        if (!extremes) return;
        thrift.binary(5, extremes.max);
        thrift.binary(6, extremes.min);
        thrift.bool(7, true);
        thrift.bool(8, true);
      });
    },
  };
}

type Place = { levels: number; values: number; bytes: number };

/** A data page of version 1, uncompressed: repetition levels, definition levels, values. */
function writePage(leaf: LeafBuffer, from: Place, to: Place, dictionary: LeafDictionary | undefined): Uint8Array {
  const out = new ByteWriter(to.bytes - from.bytes + 1024);
  const { maxDefinition, maxRepetition, type } = leaf.info;
  if (maxRepetition > 0) writeLevels(out, leaf.repetitions, from.levels, to.levels, maxRepetition);
  if (maxDefinition > 0) writeLevels(out, leaf.definitions, from.levels, to.levels, maxDefinition);
  if (dictionary) {
    const bits = bitsFor(dictionary.count - 1);
    out.byte(bits);
    writeHybrid(out, dictionary.indices, from.values, to.values, bits);
  } else if (type.physical === PHYSICAL.BOOLEAN) packBooleans(out, leaf.values.bytes, from.bytes, to.bytes);
  else out.copy(leaf.values.bytes, from.bytes, to.bytes);
  return out.take();
}

const bitsFor = (largest: number): number => (largest === 0 ? 0 : 32 - Math.clz32(largest));

function writeLevels(out: ByteWriter, levels: Uint8Array, start: number, end: number, largest: number): void {
  const lengthAt = out.length;
  out.reserve(4);
  out.length += 4;
  writeHybrid(out, levels, start, end, bitsFor(largest));
  new DataView(out.bytes.buffer).setInt32(lengthAt, out.length - lengthAt - 4, true);
}

function packBooleans(out: ByteWriter, values: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at += 8) {
    let byte = 0;
    for (let k = 0; k < 8 && at + k < end; k++) byte |= values[at + k]! << k;
    out.byte(byte);
  }
}

function writePageHeader(
  type: number,
  uncompressed: number,
  compressed: number,
  values: number,
  encoding: number,
): Uint8Array {
  const thrift = new ThriftWriter();
  thrift.element(() => {
    thrift.i32(1, type);
    thrift.i32(2, uncompressed);
    thrift.i32(3, compressed);
    thrift.struct(type === DATA_PAGE ? 5 : 7, () => {
      thrift.i32(1, values);
      thrift.i32(2, encoding);
      if (type !== DATA_PAGE) return;
      thrift.i32(3, RLE);
      thrift.i32(4, RLE);
    });
  });
  return thrift.out.take();
}
