import type { ByteWriter } from "./byte-writer.ts";

/** A number that is whole when it is taken so many times is written as such: with six decimals at the most. */
const DECIMALS = 6;
const MILLION = 1_000_000;
/** Any two decimals of 15 digits are different doubles, of 6 digits different floats: there is no shorter text for them. */
const EXACT_DOUBLE = 1e15;
const EXACT_FLOAT = 1e6;

/** A finite double in the fewest digits that give it back, as JavaScript writes it; whole ones with `.0`, which tells them from integers. */
export function writeFloat(out: ByteWriter, value: number): void {
  const millionths = Math.round(value * MILLION);
  if (millionths / MILLION === value && millionths < EXACT_DOUBLE && millionths > -EXACT_DOUBLE && millionths !== 0)
    writeMillionths(out, millionths);
  else out.ascii(floatText(value));
}

/** A 32-bit float in the fewest digits that give it back (6 to 9). */
export function writeFloat32(out: ByteWriter, value: number): void {
  for (let scale = 1; scale <= MILLION; scale *= 10) {
    const scaled = Math.round(value * scale);
    if (scaled === 0 || scaled >= EXACT_FLOAT || scaled <= -EXACT_FLOAT) continue;
    if (Math.fround(scaled / scale) === value) {
      writeMillionths(out, scaled * (MILLION / scale));
      return;
    }
  }
  out.ascii(float32Text(value));
}

function writeMillionths(out: ByteWriter, millionths: number): void {
  if (millionths < 0) {
    out.byte(45);
    writeMillionths(out, -millionths);
    return;
  }
  const whole = Math.floor(millionths / MILLION);
  out.integer(whole);
  out.byte(46);
  out.padded(millionths - whole * MILLION, DECIMALS);
  for (let k = 1; k < DECIMALS && out.bytes[out.length - 1] === 48; k++) out.length--;
}

function float32Text(value: number): string {
  if (value === 0) return floatText(value);
  for (let precision = 6; precision < 9; precision++) {
    const text = value.toPrecision(precision);
    if (Math.fround(Number(text)) === value) return floatText(Number(text));
  }
  return floatText(Number(value.toPrecision(9)));
}

function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return Number.isInteger(value) && !text.includes("e") ? `${text}.0` : text;
}

/** The 128-bit integer at four words from `at` on, least significant first. */
export function readInt128(words: Uint32Array | Int32Array, at: number): bigint {
  const low = BigInt(words[at]! >>> 0) | (BigInt(words[at + 1]! >>> 0) << 32n);
  const high = BigInt(words[at + 2]! >>> 0) | (BigInt(words[at + 3]! >>> 0) << 32n);
  return BigInt.asIntN(128, low | (high << 64n));
}

/** An integer divided by 10^`scale`, written out with exactly `scale` decimals. */
export function writeDecimal(out: ByteWriter, unscaled: bigint | number, scale: number): void {
  if (typeof unscaled === "bigint" || scale > 15) {
    out.ascii(decimalText(BigInt(unscaled), scale));
  } else if (unscaled < 0) {
    out.byte(45);
    writeDecimal(out, -unscaled, scale);
  } else {
    const divisor = 10 ** scale;
    const whole = Math.floor(unscaled / divisor);
    out.integer(whole);
    if (scale === 0) return;
    out.byte(46);
    out.padded(unscaled - whole * divisor, scale);
  }
}

/** The same as text. */
export function decimalText(unscaled: bigint | number, scale: number): string {
  if (scale === 0) return String(unscaled);
  const negative = unscaled < 0;
  const digits = String(negative ? -unscaled : unscaled).padStart(scale + 1, "0");
  return `${negative ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** DuckDB's BIGNUM: three bytes of sign and length, then the magnitude, most significant byte first; negative ones inverted. */
export function readBignum(bytes: Uint8Array): bigint {
  const negative = (bytes[0]! & 128) === 0;
  let value = 0n;
  for (let i = 3; i < bytes.length; i++) value = (value << 8n) | BigInt(negative ? 255 - bytes[i]! : bytes[i]!);
  return negative ? -value : value;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_CODES = Uint8Array.from(BASE64, (letter) => letter.charCodeAt(0));

/** Bytes as base64 (RFC 4648, padded). */
export function writeBase64(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.reserve(Math.ceil((end - start) / 3) * 4);
  const target = out.bytes;
  let at = out.length;
  for (let i = start; i < end; i += 3) {
    const left = end - i;
    const word = (bytes[i]! << 16) | ((left > 1 ? bytes[i + 1]! : 0) << 8) | (left > 2 ? bytes[i + 2]! : 0);
    target[at++] = BASE64_CODES[word >> 18]!;
    target[at++] = BASE64_CODES[(word >> 12) & 63]!;
    target[at++] = left > 1 ? BASE64_CODES[(word >> 6) & 63]! : 61;
    target[at++] = left > 2 ? BASE64_CODES[word & 63]! : 61;
  }
  out.length = at;
}
