import { FormatError } from "../source.ts";
import { type DecodedColumn, describeDecimal, expandColumn } from "./decoded-column.ts";
import type { OrcStream } from "./orc-stream.ts";
import { BitRuns, ByteRuns, IntegerRuns, readBytes, Words } from "./runs.ts";
import { damaged, type OrcType, TypeKind } from "./tail.ts";
import { TextReader } from "./text-reader.ts";
import type { ZoneOffset } from "./time-zone.ts";

/** Kinds of streams in a stripe (orc_proto.proto). */
export const StreamKind = { present: 0, data: 1, length: 2, dictionaryData: 3, secondary: 5 } as const;

/** What the column readers of one stripe share. */
export interface StripeContext {
  /** The stream of a column, or undefined where the stripe has none. */
  find(column: number, kind: number): OrcStream | undefined;
  readonly encodings: readonly { kind: number; dictionarySize: number }[];
  /** Of the writer's wall clock, when it is not UTC. */
  readonly zone: ZoneOffset | undefined;
  readonly hasDecimal64: boolean;
  /** Bytes that all dictionaries of the stripe may still take. */
  dictionaryBudget: number;
}

/** Reads one column of a stripe from its first row on. */
export interface ColumnReader {
  /** The next `count` rows. */
  read(count: number): Promise<DecodedColumn>;
  /** Gives the stream buffers back until the next read. */
  park(): void;
}

/** Version of the run-length encoding that a column uses. */
export function runVersion(context: StripeContext, type: OrcType): 1 | 2 {
  return context.encodings[type.id]!.kind >= 2 ? 2 : 1;
}

/** A stream that the column cannot do without. @throws FormatError when it is missing. */
export function needStream(context: StripeContext, type: OrcType, kind: number): OrcStream {
  const stream = context.find(type.id, kind);
  if (stream === undefined) throw damaged(`column number ${type.id} lacks one of its streams`);
  return stream;
}

/** Creates the reader of a column with everything below it. */
export function createColumnReader(type: OrcType, context: StripeContext): ColumnReader {
  const values = createValueReader(type, context);
  const present = context.find(type.id, StreamKind.present);
  return present === undefined ? values : new NullableReader(new BitRuns(present), values);
}

class NullableReader implements ColumnReader {
  readonly #present: BitRuns;
  readonly #values: ColumnReader;

  constructor(present: BitRuns, values: ColumnReader) {
    this.#present = present;
    this.#values = values;
  }

  async read(count: number): Promise<DecodedColumn> {
    const present = await this.#present.read(count);
    let held = 0;
    for (let i = 0; i < count; i++) held += present[i]!;
    const column = await this.#values.read(held);
    return held === count ? column : expandColumn(column, present);
  }

  park(): void {
    this.#present.park();
    this.#values.park();
  }
}

/** A reader of values without nulls. Streams are looked for when the first value is read: columns of nulls have none. */
function createValueReader(type: OrcType, context: StripeContext): ColumnReader {
  switch (type.kind) {
    case TypeKind.boolean:
      return new LazyReader(
        () => new BoolReader(needStream(context, type, StreamKind.data)),
        () => fixed(new Uint8Array(0)),
      );
    case TypeKind.byte:
      return new LazyReader(
        () => new ByteReader(needStream(context, type, StreamKind.data)),
        () => fixed(new Int8Array(0)),
      );
    case TypeKind.short:
    case TypeKind.int:
    case TypeKind.long:
    case TypeKind.date:
      return new LazyReader(
        () => new IntegerReader(type, context),
        () => emptyInteger(type),
      );
    case TypeKind.float:
      return new LazyReader(
        () => new FloatReader(type, context),
        () => fixed(new Float32Array(0)),
      );
    case TypeKind.double:
      return new LazyReader(
        () => new FloatReader(type, context),
        () => fixed(new Float64Array(0)),
      );
    case TypeKind.timestamp:
    case TypeKind.timestampInstant:
      return new LazyReader(
        () => new TimestampReader(type, context),
        () => fixed(new Int32Array(0), 2),
      );
    case TypeKind.decimal:
      return new LazyReader(
        () => new DecimalReader(type, context),
        () => fixed(new Int32Array(0), 4),
      );
    case TypeKind.string:
    case TypeKind.varchar:
    case TypeKind.char:
    case TypeKind.binary:
      return new LazyReader(() => new TextReader(type, context), emptyBytes);
    case TypeKind.struct:
      return type.children.length === 0 ? new EmptyStructReader() : new StructReader(type, context);
    case TypeKind.list:
    case TypeKind.map:
      return new ListReader(type, context);
    case TypeKind.union:
      return new UnionReader(type, context);
    default:
      throw new FormatError(`The ORC file has a column of type number ${type.kind}, which is not read.`);
  }
}

function fixed(values: (DecodedColumn & { shape: "fixed" })["values"], stride = 1): DecodedColumn {
  return { shape: "fixed", length: values.length / stride, valid: undefined, values, stride };
}

function emptyBytes(): DecodedColumn {
  return { shape: "bytes", length: 0, valid: undefined, offsets: new Int32Array(1), bytes: new Uint8Array(0) };
}

function emptyInteger({ kind }: OrcType): DecodedColumn {
  if (kind === TypeKind.long) return fixed(new Int32Array(0), 2);
  return fixed(kind === TypeKind.short ? new Int16Array(0) : new Int32Array(0));
}

class LazyReader implements ColumnReader {
  readonly #create: () => ColumnReader;
  readonly #empty: () => DecodedColumn;
  #reader: ColumnReader | undefined;

  constructor(create: () => ColumnReader, empty: () => DecodedColumn) {
    this.#create = create;
    this.#empty = empty;
  }

  read(count: number): Promise<DecodedColumn> {
    if (count === 0) return Promise.resolve(this.#empty());
    this.#reader ??= this.#create();
    return this.#reader.read(count);
  }

  park(): void {
    this.#reader?.park();
  }
}

class BoolReader implements ColumnReader {
  readonly #bits: BitRuns;
  constructor(stream: OrcStream) {
    this.#bits = new BitRuns(stream);
  }
  async read(count: number): Promise<DecodedColumn> {
    return fixed(await this.#bits.read(count));
  }
  park(): void {
    this.#bits.park();
  }
}

class ByteReader implements ColumnReader {
  readonly #bytes: ByteRuns;
  constructor(stream: OrcStream) {
    this.#bytes = new ByteRuns(stream);
  }
  async read(count: number): Promise<DecodedColumn> {
    const bytes = await this.#bytes.read(count);
    return fixed(new Int8Array(bytes.buffer as ArrayBuffer));
  }
  park(): void {
    this.#bytes.park();
  }
}

class IntegerReader implements ColumnReader {
  readonly #kind: number;
  readonly #runs: IntegerRuns;
  constructor(type: OrcType, context: StripeContext) {
    this.#kind = type.kind;
    this.#runs = new IntegerRuns(needStream(context, type, StreamKind.data), true, runVersion(context, type));
  }
  async read(count: number): Promise<DecodedColumn> {
    const out = new Words();
    await this.#runs.read(count, out);
    if (this.#kind === TypeKind.long) return fixed(out.words.subarray(0, count * 2), 2);
    const values = this.#kind === TypeKind.short ? new Int16Array(count) : new Int32Array(count);
    for (let i = 0; i < count; i++) values[i] = out.words[i * 2]!;
    return fixed(values);
  }
  park(): void {
    this.#runs.park();
  }
}

class FloatReader implements ColumnReader {
  readonly #stream: OrcStream;
  readonly #isDouble: boolean;
  constructor(type: OrcType, context: StripeContext) {
    this.#stream = needStream(context, type, StreamKind.data);
    this.#isDouble = type.kind === TypeKind.double;
  }
  async read(count: number): Promise<DecodedColumn> {
    const bytes = await readBytes(this.#stream, count * (this.#isDouble ? 8 : 4));
    return fixed(this.#isDouble ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer));
  }
  park(): void {
    this.#stream.park();
  }
}

/** 2015-01-01T00:00:00 in unix seconds; timestamps count from it in the writer's zone. */
const TIMESTAMP_BASE = 1_420_070_400;

class TimestampReader implements ColumnReader {
  readonly #seconds: IntegerRuns;
  readonly #nanos: IntegerRuns;
  readonly #zone: ZoneOffset | undefined;
  readonly #base: number;
  constructor(type: OrcType, context: StripeContext) {
    const version = runVersion(context, type);
    this.#seconds = new IntegerRuns(needStream(context, type, StreamKind.data), true, version);
    this.#nanos = new IntegerRuns(needStream(context, type, StreamKind.secondary), false, version);
    this.#zone = type.kind === TypeKind.timestamp ? context.zone : undefined;
    this.#base = TIMESTAMP_BASE - (this.#zone?.(TIMESTAMP_BASE) ?? 0);
  }
  async read(count: number): Promise<DecodedColumn> {
    const seconds = new Words();
    const nanos = new Words();
    await this.#seconds.read(count, seconds);
    await this.#nanos.read(count, nanos);
    const out = new Words();
    out.reserve(count);
    for (let i = 0; i < count; i++) {
      // Some writers store the fraction of a moment before 1970 as a negative number.
      const packed = nanos.number(i);
      const zeros = packed & 7;
      const fraction = Math.floor(packed / 8) * (zeros === 0 ? 1 : 10 ** (zeros + 1));
      let moment = seconds.number(i) + this.#base;
      // Writers cut towards zero, so a moment before 1970 with a fraction is a second too late.
      if (moment < 0 && fraction > 999_999) moment--;
      if (this.#zone !== undefined) moment += this.#zone(moment);
      const micros = moment * 1e6 + Math.floor(fraction / 1000);
      if (Number.isSafeInteger(micros)) out.pushNumber(micros);
      else out.pushBig(BigInt(moment) * 1_000_000n + BigInt(Math.floor(fraction / 1000)));
    }
    return fixed(out.words.subarray(0, count * 2), 2);
  }
  park(): void {
    this.#seconds.park();
    this.#nanos.park();
  }
}

class DecimalReader implements ColumnReader {
  readonly #stream: OrcStream;
  /** Scales value by value; undefined in the unreleased version 2, where values are plain runs. */
  readonly #scales: IntegerRuns | undefined;
  readonly #runs: IntegerRuns | undefined;
  readonly #scale: number;
  constructor(type: OrcType, context: StripeContext) {
    this.#stream = needStream(context, type, StreamKind.data);
    const { scale, precision } = describeDecimal(type);
    this.#scale = scale;
    if (context.hasDecimal64 && precision <= 18) this.#runs = new IntegerRuns(this.#stream, true, 2);
    else {
      const version = runVersion(context, type);
      this.#scales = new IntegerRuns(needStream(context, type, StreamKind.secondary), true, version);
    }
  }
  async read(count: number): Promise<DecodedColumn> {
    const out = new Int32Array(count * 4);
    if (this.#runs !== undefined) {
      const words = new Words();
      await this.#runs.read(count, words);
      for (let i = 0; i < count; i++) {
        out[i * 4] = words.words[i * 2]!;
        out[i * 4 + 1] = words.words[i * 2 + 1]!;
        out[i * 4 + 2] = out[i * 4 + 3] = words.words[i * 2 + 1]! >> 31;
      }
      return fixed(out, 4);
    }
    const scales = new Words();
    await this.#scales!.read(count, scales);
    const stream = this.#stream;
    for (let i = 0; i < count; i++) {
      if (stream.end - stream.at < 32) await stream.prepare(32);
      this.#put(out, i * 4, scales.number(i));
    }
    return fixed(out, 4);
  }

  /** Reads one number in zigzag groups of seven bits and stores it with the column's scale. */
  #put(out: Int32Array, at: number, scale: number): void {
    const stream = this.#stream;
    let value = 0;
    let factor = 1;
    let big: bigint | undefined;
    for (let i = 0; ; i++) {
      if (i > 19 || stream.at >= stream.end) throw damaged("a decimal is cut off or too long");
      const byte = stream.bytes[stream.at++]!;
      if (i < 7) {
        value += (byte & 0x7f) * factor;
        factor *= 128;
      } else big = (big ?? BigInt(value)) | (BigInt(byte & 0x7f) << BigInt(7 * i));
      if (byte < 128) break;
    }
    if (big === undefined && scale === this.#scale) {
      const number = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      const high = Math.floor(number / 4294967296);
      out[at] = number | 0;
      out[at + 1] = high | 0;
      out[at + 2] = out[at + 3] = high < 0 ? -1 : 0;
      return;
    }
    big ??= BigInt(value);
    big = (big & 1n) === 0n ? big >> 1n : -((big + 1n) >> 1n);
    const shift = this.#scale - scale;
    if (shift < -200 || shift > 200) throw damaged("a decimal has an impossible scale");
    if (shift >= 0) big *= 10n ** BigInt(shift);
    else big = divideRounding(big, 10n ** BigInt(-shift));
    if (big >= 2n ** 127n || big < -(2n ** 127n)) throw damaged("a decimal has more than 38 digits");
    for (let i = 0; i < 4; i++) out[at + i] = Number(BigInt.asIntN(32, big >> BigInt(32 * i)));
  }
  park(): void {
    this.#stream.park();
    this.#scales?.park();
  }
}

/** Rounds halves away from zero, as Hive does. */
function divideRounding(value: bigint, divisor: bigint): bigint {
  const half = divisor / 2n;
  return value >= 0n ? (value + half) / divisor : -((-value + half) / divisor);
}

class EmptyStructReader implements ColumnReader {
  read(count: number): Promise<DecodedColumn> {
    const offsets = Int32Array.from({ length: count + 1 }, (_, i) => i * 2);
    const bytes = new Uint8Array(count * 2).map((_, i) => (i % 2 === 0 ? 123 : 125));
    return Promise.resolve({ shape: "bytes", length: count, valid: undefined, offsets, bytes });
  }
  park(): void {}
}

class StructReader implements ColumnReader {
  readonly #children: ColumnReader[];
  constructor(type: OrcType, context: StripeContext) {
    this.#children = type.children.map((child) => createColumnReader(child, context));
  }
  async read(count: number): Promise<DecodedColumn> {
    const children: DecodedColumn[] = [];
    for (const child of this.#children) children.push(await child.read(count));
    return { shape: "struct", length: count, valid: undefined, children };
  }
  park(): void {
    for (const child of this.#children) child.park();
  }
}

/** Elements that one batch may have in one list column. */
const MAX_ELEMENTS = 4_000_000;

/** Lists, and maps as lists of key and value. */
class ListReader implements ColumnReader {
  readonly #type: OrcType;
  readonly #context: StripeContext;
  readonly #children: ColumnReader[];
  #lengths: IntegerRuns | undefined;
  constructor(type: OrcType, context: StripeContext) {
    this.#type = type;
    this.#context = context;
    this.#children = type.children.map((child) => createColumnReader(child, context));
  }
  async read(count: number): Promise<DecodedColumn> {
    const lengths = new Words();
    if (count > 0) {
      this.#lengths ??= new IntegerRuns(
        needStream(this.#context, this.#type, StreamKind.length),
        false,
        runVersion(this.#context, this.#type),
      );
      await this.#lengths.read(count, lengths);
    }
    const offsets = new Int32Array(count + 1);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const length = lengths.number(i);
      total += length;
      if (length < 0 || total > MAX_ELEMENTS) throw damaged("a list has an impossible length");
      offsets[i + 1] = total;
    }
    const children: DecodedColumn[] = [];
    for (const child of this.#children) children.push(await child.read(total));
    const child: DecodedColumn =
      children.length === 1 ? children[0]! : { shape: "struct", length: total, valid: undefined, children };
    return { shape: "list", length: count, valid: undefined, offsets, child };
  }
  park(): void {
    this.#lengths?.park();
    for (const child of this.#children) child.park();
  }
}

class UnionReader implements ColumnReader {
  readonly #type: OrcType;
  readonly #context: StripeContext;
  readonly #children: ColumnReader[];
  #tags: ByteRuns | undefined;
  constructor(type: OrcType, context: StripeContext) {
    this.#type = type;
    this.#context = context;
    this.#children = type.children.map((child) => createColumnReader(child, context));
  }
  async read(count: number): Promise<DecodedColumn> {
    let tags = new Uint8Array(0);
    if (count > 0) {
      this.#tags ??= new ByteRuns(needStream(this.#context, this.#type, StreamKind.data));
      tags = (await this.#tags.read(count)) as Uint8Array<ArrayBuffer>;
    }
    const children: DecodedColumn[] = [fixed(new Int8Array(tags.buffer))];
    for (const [member, child] of this.#children.entries()) {
      const present = new Uint8Array(count);
      let held = 0;
      for (let i = 0; i < count; i++) {
        if (tags[i] === member) {
          present[i] = 1;
          held++;
        }
      }
      children.push(expandColumn(await child.read(held), present));
    }
    return { shape: "struct", length: count, valid: undefined, children };
  }
  park(): void {
    this.#tags?.park();
    for (const child of this.#children) child.park();
  }
}
