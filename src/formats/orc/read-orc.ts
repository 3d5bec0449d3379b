import { Field, type RecordBatch, Schema } from "apache-arrow";
import { assembleBatch } from "../json/record-table.ts";
import type { ByteSource, FormatReader } from "../source.ts";
import { createColumnReader } from "./column-readers.ts";
import { describeType, toArrow } from "./decoded-column.ts";
import { OrcStream, type StreamSettings } from "./orc-stream.ts";
import type { ColumnReader, StripeContext } from "./stripe-context.ts";
import { readStripeFooter, type StreamPlace } from "./stripe-footer.ts";
import { type OrcTail, type OrcType, readTail, type Stripe, TypeKind } from "./tail.ts";
import { createZoneOffset } from "./time-zone.ts";
import { findNanoseconds } from "./timestamp-units.ts";

/** Arrow bytes that a batch is planned for, by the file's own statistics. */
const BATCH_BYTES = 4 * 1024 ** 2;
const MAX_BATCH_ROWS = 65_536;
/** Rows of a batch where the file has no statistics. */
const BLIND_BATCH_ROWS = 1024;
/** A stripe of at most this size is fetched in one piece; a wide one may be larger, since its streams hold nothing. */
const SMALL_STRIPE = 4 * 1024 ** 2;
const SMALL_WIDE_STRIPE = 14 * 1024 ** 2;
/** Bytes for stream buffers; where the columns need more, each gives its own back before the next is read. */
const STREAM_BUDGET = 10 * 1024 ** 2;
/** Compressed bytes that the streams of a wide file keep from batch to batch, so that they are not fetched again. */
const WIDE_POOL = 18 * 1024 ** 2;
const DICTIONARY_BUDGET = 16 * 1024 ** 2;

/**
 * Reads ORC (orc.apache.org/specification/ORCv1; NONE, ZLIB, SNAPPY, LZO, LZ4, ZSTD; all types) stripe by stripe, with range
 * reads of single streams. Timestamps are the writer's wall clock, those with local time zone UTC, to the
 * microsecond, or where a column's values need it to the nanosecond; maps are lists of key and value; unions structs of a tag and one field a member. Memory: about 10 MB of
 * buffers, dictionaries of at most 16 MiB a stripe, and the batch.
 * @throws FormatError for other files, encrypted ones, and damage.
 */
export const readOrc: FormatReader = async (source) => {
  const tail = await readTail(source);
  await findNanoseconds(source, tail);
  const isStruct = tail.root.kind === TypeKind.struct;
  const columns = isStruct ? tail.root.children : [tail.root];
  const fields = columns.map(
    (type, i) => new Field(isStruct ? tail.root.names[i]! : "value", describeType(type), true),
  );
  const schema = new Schema(fields);
  const batchRows = planRows(tail);
  async function* batches(from = 0): AsyncGenerator<RecordBatch> {
    if (columns.length === 0) return;
    let ordinal = 0;
    for (const stripe of tail.stripes) {
      const count = Math.ceil(stripe.rows / batchRows);
      if (ordinal + count > from) {
        for await (const batch of readStripe(
          source,
          tail,
          stripe,
          columns,
          schema,
          batchRows,
          Math.max(0, from - ordinal),
        )) {
          yield batch;
        }
      }
      ordinal += count;
    }
  }
  return [{ name: undefined, schema, rowCount: tail.rows, batches }];
};

function planRows({ rowWidth }: OrcTail): number {
  if (rowWidth === undefined) return BLIND_BATCH_ROWS;
  return Math.max(1, Math.min(MAX_BATCH_ROWS, Math.floor(BATCH_BYTES / rowWidth)));
}

/** Batches of one stripe; the first `skip` are decoded but not given out. */
async function* readStripe(
  source: ByteSource,
  tail: OrcTail,
  stripe: Stripe,
  columns: readonly OrcType[],
  schema: Schema,
  batchRows: number,
  skip: number,
): AsyncGenerator<RecordBatch> {
  const footer = await readStripeFooter(source, tail, stripe);
  const dataStart = stripe.offset + stripe.indexLength;
  const used = footer.streams.filter(({ kind }) => kind <= 5).length;
  const fetchBytes = Math.max(16_384, Math.min(262_144, Math.floor(STREAM_BUDGET / 3 / Math.max(1, used))));
  const mustPark = used * (fetchBytes + (tail.compression === undefined ? 0 : tail.blockSize)) > STREAM_BUDGET;
  const isSmall = stripe.dataLength <= (mustPark ? SMALL_WIDE_STRIPE : SMALL_STRIPE);
  const settings: StreamSettings = {
    source: isSmall ? holdRange(await source.slice(dataStart, dataStart + stripe.dataLength), dataStart) : source,
    codec: tail.compression?.decompress,
    blockSize: tail.blockSize,
    fetchBytes: isSmall ? tail.blockSize : fetchBytes,
    pool: { free: isSmall ? 0 : WIDE_POOL },
  };
  const streams = new Map<string, StreamPlace>();
  for (const place of footer.streams) streams.set(`${place.column}:${place.kind}`, place);
  const context: StripeContext = {
    find(column, kind) {
      const place = streams.get(`${column}:${kind}`);
      return place === undefined || place.length === 0 ? undefined : new OrcStream(settings, place.start, place.length);
    },
    encodings: footer.encodings,
    zone: createZoneOffset(footer.zone),
    hasDecimal64: tail.hasDecimal64,
    dictionaryBudget: DICTIONARY_BUDGET,
  };
  const readers: ColumnReader[] = columns.map((column) => createColumnReader(column, context));
  for (let row = 0, ordinal = 0; row < stripe.rows; row += batchRows, ordinal++) {
    const rows = Math.min(batchRows, stripe.rows - row);
    const data = [];
    for (const [i, reader] of readers.entries()) {
      const column = await reader.read(rows);
      if (mustPark) reader.park();
      if (ordinal >= skip) data.push(toArrow(column, schema.fields[i]!.type));
    }
    if (ordinal >= skip) yield assembleBatch(schema, data, rows);
  }
}

/** A piece of a file in memory, addressed as in the file. */
function holdRange(bytes: Uint8Array, start: number): ByteSource {
  return {
    byteLength: start + bytes.length,
    slice: (from, to = start + bytes.length) => Promise.resolve(bytes.subarray(from - start, to - start)),
    stream: () => {
      throw new Error("A stripe in memory is read by ranges.");
    },
  };
}
