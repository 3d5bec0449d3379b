import type { OrcStream } from "./orc-stream.ts";
import { damaged } from "./tail.ts";

/** 64-bit whole numbers in two's complement, low word first. */
export class Words {
  words = new Int32Array(64);
  length = 0;

  reserve(count: number): void {
    const needed = (this.length + count) * 2;
    if (needed <= this.words.length) return;
    const grown = new Int32Array(Math.max(needed, this.words.length * 2));
    grown.set(this.words.subarray(0, this.length * 2));
    this.words = grown;
  }

  push(low: number, high: number): void {
    const at = this.length++ * 2;
    this.words[at] = low;
    this.words[at + 1] = high;
  }

  /** A whole number of at most 2^53. */
  pushNumber(value: number): void {
    this.push(value | 0, Math.floor(value / 4294967296) | 0);
  }

  pushBig(value: bigint): void {
    this.push(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  }

  /** A value as a number; exact up to 2^53. */
  number(index: number): number {
    return this.words[index * 2 + 1]! * 4294967296 + (this.words[index * 2]! >>> 0);
  }
}

/** Bytes that no run of values is longer than. */
const MAX_RUN_BYTES = 8192;
const WIDTHS = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 26, 28, 30, 32, 40, 48, 56, 64,
];

/** Run-length encoded whole numbers, version 1 or 2 of the encoding (ORCv1 specification, "Run Length Encoding"). */
export class IntegerRuns {
  readonly #stream: OrcStream;
  readonly #isSigned: boolean;
  readonly #version: 1 | 2;
  readonly #run = new Words();
  #taken = 0;
  #bits = 0;
  #bitCount = 0;

  constructor(stream: OrcStream, isSigned: boolean, version: 1 | 2) {
    this.#stream = stream;
    this.#isSigned = isSigned;
    this.#version = version;
  }

  /** Appends the next `count` values. */
  async read(count: number, out: Words): Promise<void> {
    out.reserve(count);
    let left = count;
    while (left > 0) {
      const run = this.#run;
      if (this.#taken === run.length) await this.#nextRun();
      const taken = Math.min(left, run.length - this.#taken);
      out.words.set(run.words.subarray(this.#taken * 2, (this.#taken + taken) * 2), out.length * 2);
      out.length += taken;
      this.#taken += taken;
      left -= taken;
    }
  }

  /** The next run's values, or undefined at the end of the stream. Overwritten by the next call. */
  async readRun(): Promise<Words | undefined> {
    await this.#stream.prepare(1);
    if (this.#stream.at >= this.#stream.end) return undefined;
    await this.#nextRun();
    this.#taken = this.#run.length;
    return this.#run;
  }

  park(): void {
    this.#stream.park();
  }

  async #nextRun(): Promise<void> {
    const stream = this.#stream;
    if (stream.end - stream.at < MAX_RUN_BYTES) await stream.prepare(MAX_RUN_BYTES);
    if (stream.at >= stream.end) throw damaged("a stream of numbers ends too early");
    this.#run.length = 0;
    this.#taken = 0;
    this.#run.reserve(512);
    if (this.#version === 1) this.#readVersion1();
    else this.#readVersion2();
    if (stream.at > stream.end) throw damaged("a stream of numbers ends within a run");
  }

  #readVersion1(): void {
    const stream = this.#stream;
    const header = stream.bytes[stream.at++]!;
    if (header < 128) {
      const delta = (stream.bytes[stream.at++]! << 24) >> 24;
      this.#readVarint(this.#isSigned);
      const low = this.#low;
      const high = this.#high;
      this.#pushSteps(header + 3, low, high, delta);
    } else {
      for (let i = 256 - header; i > 0; i--) {
        this.#readVarint(this.#isSigned);
        this.#run.push(this.#low, this.#high);
      }
    }
  }

  /** Pushes `count` values from a start in equal steps. */
  #pushSteps(count: number, low: number, high: number, step: number): void {
    const run = this.#run;
    const start = high * 4294967296 + (low >>> 0);
    if (step === 0) for (let i = 0; i < count; i++) run.push(low, high);
    else if (Math.abs(start) < 2 ** 51 && Math.abs(step) < 2 ** 42) {
      for (let i = 0; i < count; i++) run.pushNumber(start + i * step);
    } else {
      let value = toBig(low, high);
      for (let i = 0; i < count; i++, value += BigInt(step)) run.pushBig(value);
    }
  }

  #readVersion2(): void {
    const stream = this.#stream;
    const first = stream.bytes[stream.at]!;
    const kind = first >> 6;
    if (kind === 0) {
      stream.at++;
      this.#readBigEndian(((first >> 3) & 7) + 1);
      if (this.#isSigned) this.#unzigzag();
      this.#pushSteps((first & 7) + 3, this.#low, this.#high, 0);
      return;
    }
    const code = (first >> 1) & 31;
    const count = (((first & 1) << 8) | stream.bytes[stream.at + 1]!) + 1;
    stream.at += 2;
    this.#bitCount = 0;
    if (kind === 1) this.#readDirect(count, WIDTHS[code]!);
    else if (kind === 2) this.#readPatched(count, WIDTHS[code]!);
    else this.#readDelta(count, code === 0 ? 0 : WIDTHS[code]!);
  }

  #readDirect(count: number, width: number): void {
    const run = this.#run;
    for (let i = 0; i < count; i++) {
      this.#high = width > 32 ? this.#readBits(width - 32) | 0 : 0;
      this.#low = this.#readBits(Math.min(width, 32)) | 0;
      if (this.#isSigned) this.#unzigzag();
      run.push(this.#low, this.#high);
    }
  }

  #readPatched(count: number, width: number): void {
    const stream = this.#stream;
    const third = stream.bytes[stream.at++]!;
    const fourth = stream.bytes[stream.at++]!;
    const baseBytes = (third >> 5) + 1;
    const patchWidth = WIDTHS[third & 31]!;
    const gapWidth = (fourth >> 5) + 1;
    const patchCount = fourth & 31;
    this.#readBigEndian(baseBytes);
    let base = toBig(this.#low, this.#high);
    const signBit = 1n << BigInt(baseBytes * 8 - 1);
    base = BigInt.asUintN(64, base);
    if ((base & signBit) !== 0n) base = -(base & (signBit - 1n));
    const values: (number | bigint)[] = [];
    const isSmall = width + patchWidth <= 50 && base > -(2n ** 50n) && base < 2n ** 50n;
    for (let i = 0; i < count; i++) values.push(isSmall ? this.#readWide(width) : this.#readWideBig(width));
    this.#bitCount = 0;
    const listWidth = closestWidth(patchWidth + gapWidth);
    let position = 0;
    for (let i = 0; i < patchCount; i++) {
      const entry = this.#readWideBig(listWidth);
      position += Number(entry >> BigInt(patchWidth));
      const patch = entry & ((1n << BigInt(patchWidth)) - 1n);
      const value = values[position];
      if (value === undefined) {
        if (patch === 0n) continue;
        throw damaged("a patch lies outside its run");
      }
      const patched = BigInt(value) | (patch << BigInt(width));
      values[position] = isSmall ? Number(patched) : patched;
    }
    const run = this.#run;
    if (isSmall) for (const value of values) run.pushNumber(Number(base) + (value as number));
    else for (const value of values) run.pushBig(base + (value as bigint));
  }

  #readDelta(count: number, width: number): void {
    const run = this.#run;
    this.#readVarint(this.#isSigned);
    const low = this.#low;
    const high = this.#high;
    this.#readVarint(true);
    const step = this.#high * 4294967296 + (this.#low >>> 0);
    if (width === 0) {
      if (Number.isSafeInteger(step)) this.#pushSteps(count, low, high, step);
      else {
        const big = toBig(this.#low, this.#high);
        let value = toBig(low, high);
        for (let i = 0; i < count; i++, value += big) run.pushBig(value);
      }
      return;
    }
    run.push(low, high);
    if (count === 1) return;
    const start = high * 4294967296 + (low >>> 0);
    if (Math.abs(start) < 2 ** 51 && Math.abs(step) < 2 ** 42 && width <= 40) {
      let value = start + step;
      run.pushNumber(value);
      for (let i = 2; i < count; i++) {
        value += step < 0 ? -this.#readWide(width) : this.#readWide(width);
        run.pushNumber(value);
      }
      return;
    }
    const big = toBig(this.#low, this.#high);
    let value = toBig(low, high) + big;
    run.pushBig(value);
    for (let i = 2; i < count; i++) {
      value += big < 0n ? -this.#readWideBig(width) : this.#readWideBig(width);
      run.pushBig(value);
    }
  }

  #low = 0;
  #high = 0;

  /** Reads up to ten groups of seven bits, lowest first. */
  #readVarint(isSigned: boolean): void {
    const stream = this.#stream;
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift > 63 || stream.at >= stream.end) throw damaged("a number is too long");
      const byte = stream.bytes[stream.at++]!;
      const group = byte & 0x7f;
      if (shift < 28) low |= group << shift;
      else if (shift === 28) {
        low |= group << 28;
        high |= group >> 4;
      } else high |= group << (shift - 32);
      if (byte < 128) break;
    }
    this.#low = low;
    this.#high = high;
    if (isSigned) this.#unzigzag();
  }

  #unzigzag(): void {
    const sign = -(this.#low & 1);
    this.#low = ((this.#low >>> 1) | (this.#high << 31)) ^ sign;
    this.#high = (this.#high >>> 1) ^ sign;
  }

  #readBigEndian(size: number): void {
    const stream = this.#stream;
    let low = 0;
    let high = 0;
    for (let i = 0; i < size; i++) {
      high = (high << 8) | (low >>> 24);
      low = (low << 8) | stream.bytes[stream.at++]!;
    }
    this.#low = low;
    this.#high = high;
  }

  /** Up to 32 bits, highest first. */
  #readBits(width: number): number {
    const stream = this.#stream;
    let left = width;
    let value = 0;
    while (left > this.#bitCount) {
      value = value * 2 ** this.#bitCount + (this.#bits & ((1 << this.#bitCount) - 1));
      left -= this.#bitCount;
      this.#bits = stream.bytes[stream.at++]!;
      this.#bitCount = 8;
    }
    this.#bitCount -= left;
    return value * 2 ** left + ((this.#bits >>> this.#bitCount) & ((1 << left) - 1));
  }

  #readWide(width: number): number {
    if (width <= 32) return this.#readBits(width);
    const high = this.#readBits(width - 32);
    return high * 4294967296 + this.#readBits(32);
  }

  #readWideBig(width: number): bigint {
    if (width <= 52) return BigInt(this.#readWide(width));
    const high = this.#readBits(width - 32);
    return (BigInt(high) << 32n) | BigInt(this.#readBits(32));
  }
}

function toBig(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

function closestWidth(bits: number): number {
  return WIDTHS.find((width) => width >= bits) ?? 64;
}
