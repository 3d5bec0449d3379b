import { BitRuns, ByteRuns, readBytes } from "./byte-runs.ts";
import { type DecodedColumn, describeDecimal } from "./decoded-column.ts";
import { IntegerRuns, Words } from "./integer-runs.ts";
import type { OrcStream } from "./orc-stream.ts";
import { type ColumnReader, fixed, needStream, runVersion, StreamKind, type StripeContext } from "./stripe-context.ts";
import { damaged, type OrcType, TypeKind } from "./tail.ts";
import type { ZoneOffset } from "./time-zone.ts";

/** Booleans. */
export class BoolReader implements ColumnReader {
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

/** Whole numbers of eight bits. */
export class ByteReader implements ColumnReader {
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

/** Whole numbers of 16, 32 and 64 bits, and dates. */
export class IntegerReader implements ColumnReader {
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

/** Floating-point numbers of 32 and 64 bits. */
export class FloatReader implements ColumnReader {
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

/** The nanoseconds that a packed fraction of a second stands for: its last three bits tell how many zeros were left out. */
export function unpackNanoseconds(packed: number): number {
  const zeros = packed & 7;
  return Math.floor(packed / 8) * (zeros === 0 ? 1 : 10 ** (zeros + 1));
}

/** Timestamps as microseconds or nanoseconds: of the writer's wall clock, or of UTC. */
export class TimestampReader implements ColumnReader {
  readonly #seconds: IntegerRuns;
  readonly #nanos: IntegerRuns;
  readonly #zone: ZoneOffset | undefined;
  readonly #base: number;
  readonly #hasNanoseconds: boolean;
  constructor(type: OrcType, context: StripeContext) {
    const version = runVersion(context, type);
    this.#hasNanoseconds = type.hasNanoseconds;
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
      const fraction = unpackNanoseconds(nanos.number(i));
      let moment = seconds.number(i) + this.#base;
      // Writers cut towards zero, so a moment before 1970 with a fraction is a second too late.
      if (moment < 0 && fraction > 999_999) moment--;
      if (this.#zone !== undefined) moment += this.#zone(moment);
      if (this.#hasNanoseconds) {
        out.pushBig(BigInt(moment) * 1_000_000_000n + BigInt(fraction));
        continue;
      }
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

/** Decimals as 128-bit numbers with the column's scale. */
export class DecimalReader implements ColumnReader {
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
