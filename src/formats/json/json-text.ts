/** A syntax error at an absolute byte offset of the file; the reader turns it into a FormatError with line and column. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Objects and arrays may be nested this deep. */
export const MAX_DEPTH = 1000;

const POWERS = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);
const ESCAPES: Record<number, number> = { 34: 34, 92: 92, 47: 47, 98: 8, 102: 12, 110: 10, 114: 13, 116: 9 };

/** The byte of a character. */
const QUOTE = 34;
const BACKSLASH = 92;

/**
 * A strict RFC 8259 reader over bytes that hold whole values. `at` moves over them. The last string lies in
 * `string[stringStart, stringEnd)` (unescaped UTF-8), the last number in `numberStart`, `numberEnd`, `number`.
 */
export class JsonText {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** Offset in the file of `bytes[0]`. */
  base = 0;

  string: Uint8Array = this.bytes;
  stringStart = 0;
  stringEnd = 0;
  #scratch = new Uint8Array(1024);

  numberStart = 0;
  numberEnd = 0;
  number = 0;
  isInteger = false;
  /** Significant digits before the point. */
  digits = 0;

  fail(message: string, at = this.at): never {
    throw new JsonSyntaxError(this.base + at, message);
  }

  failUnexpected(wanted: string): never {
    if (this.at >= this.end) this.fail(`The data ends where ${wanted} should follow.`);
    const byte = this.bytes[this.at]!;
    if (byte >= 0x80) this.fail(`There is a character outside a string where ${wanted} should follow.`);
    const shown = byte < 0x20 ? `the control character ${byte}` : `"${String.fromCharCode(byte)}"`;
    this.fail(`There is ${shown} where ${wanted} should follow.`);
  }

  skipSpace(): void {
    while (this.at < this.end) {
      const byte = this.bytes[this.at];
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return;
      this.at++;
    }
  }

  /** True at the end of the text. */
  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** Reads `true`, `false` or `null`, whose first byte is at hand. */
  readLiteral(): boolean | null {
    const byte = this.bytes[this.at];
    if (byte === 116 && this.#matches("true")) return true;
    if (byte === 102 && this.#matches("false")) return false;
    if (byte === 110 && this.#matches("null")) return null;
    if (byte === 78 || byte === 73) this.fail("NaN and Infinity are not JSON. Write null instead.");
    this.failUnexpected("a value");
  }

  #matches(word: string): boolean {
    for (let i = 0; i < word.length; i++) if (this.bytes[this.at + i] !== word.charCodeAt(i)) return false;
    if (this.at + word.length > this.end) return false;
    this.at += word.length;
    return true;
  }

  /** Reads a string whose opening quote is at hand. */
  readString(): void {
    const bytes = this.bytes;
    const start = this.at + 1;
    const end = this.end;
    let i = start;
    let high = 0;
    for (; i < end; i++) {
      const byte = bytes[i]!;
      if (byte === QUOTE) {
        if (high >= 0x80) this.#validateUtf8(start, i);
        this.string = bytes;
        this.stringStart = start;
        this.stringEnd = i;
        this.at = i + 1;
        return;
      }
      if (byte === BACKSLASH) break;
      if (byte < 0x20)
        this.fail("A string holds a control character. Write it as an escape, such as \\n or \\u0000.", i);
      high |= byte;
    }
    if (i >= end) this.fail("A string is not closed.", start - 1);
    this.#readEscaped(start, i);
  }

  #readEscaped(start: number, firstEscape: number): void {
    const bytes = this.bytes;
    const end = this.end;
    let out = this.#scratch;
    let filled = firstEscape - start;
    if (out.length < filled + 16) out = this.#grow(filled + 16);
    out.set(bytes.subarray(start, firstEscape));
    let i = firstEscape;
    let high = false;
    for (; i < end; i++) {
      const byte = bytes[i]!;
      if (byte === QUOTE) break;
      if (filled + 8 > out.length) out = this.#grow(filled * 2 + 16);
      if (byte !== BACKSLASH) {
        if (byte < 0x20)
          this.fail("A string holds a control character. Write it as an escape, such as \\n or \\u0000.", i);
        if (byte >= 0x80) high = true;
        out[filled++] = byte;
        continue;
      }
      i++;
      const escaped = ESCAPES[bytes[i]!];
      if (escaped !== undefined && i < end) {
        out[filled++] = escaped;
        continue;
      }
      if (bytes[i] !== 117 || i >= end) this.fail("A string holds an unknown escape.", i - 1);
      let code = this.#readHex(i + 1);
      i += 4;
      if (code >= 0xd800 && code <= 0xdfff) {
        const low = code < 0xdc00 && bytes[i + 1] === BACKSLASH && bytes[i + 2] === 117 ? this.#readHex(i + 3) : 0;
        if (low < 0xdc00 || low > 0xdfff) {
          this.fail(
            "A string holds half of a surrogate pair, which is no character. Write the pair, or leave it out.",
            i - 5,
          );
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i += 6;
      }
      filled = encodeUtf8(code, out, filled);
    }
    if (i >= end) this.fail("A string is not closed.", start - 1);
    if (high || this.#hasHigh(start, firstEscape)) this.#validateUtf8(start, i);
    this.string = out;
    this.stringStart = 0;
    this.stringEnd = filled;
    this.at = i + 1;
  }

  #hasHigh(start: number, end: number): boolean {
    for (let i = start; i < end; i++) if (this.bytes[i]! >= 0x80) return true;
    return false;
  }

  #grow(size: number): Uint8Array<ArrayBuffer> {
    const grown = new Uint8Array(size);
    grown.set(this.#scratch.subarray(0, Math.min(size, this.#scratch.length)));
    this.#scratch = grown;
    return grown;
  }

  #readHex(at: number): number {
    let value = 0;
    for (let i = at; i < at + 4; i++) {
      const byte = i < this.end ? this.bytes[i]! : 0;
      const lower = byte | 0x20;
      if (byte >= 48 && byte <= 57) value = value * 16 + byte - 48;
      else if (lower >= 97 && lower <= 102) value = value * 16 + lower - 87;
      else this.fail("A \\u escape needs four hexadecimal digits.", at - 2);
    }
    return value;
  }

  #validateUtf8(start: number, end: number): void {
    const bytes = this.bytes;
    let i = start;
    while (i < end) {
      const byte = bytes[i]!;
      if (byte < 0x80) {
        i++;
        continue;
      }
      const second = i + 1 < end ? bytes[i + 1]! : 0;
      let size = 0;
      if (byte >= 0xc2 && byte <= 0xdf) size = 2;
      else if (byte >= 0xe0 && byte <= 0xef) {
        if (!(byte === 0xe0 && second < 0xa0) && !(byte === 0xed && second > 0x9f)) size = 3;
      } else if (byte >= 0xf0 && byte <= 0xf4) {
        if (!(byte === 0xf0 && second < 0x90) && !(byte === 0xf4 && second > 0x8f)) size = 4;
      }
      let good = size > 0 && i + size <= end;
      for (let j = 1; good && j < size; j++) good = (bytes[i + j]! & 0xc0) === 0x80;
      if (!good) this.fail("The bytes here are not UTF-8. Save the file as UTF-8.", i);
      i += size;
    }
  }

  /** Reads a number whose first byte is at hand. */
  readNumber(): void {
    const bytes = this.bytes;
    const end = this.end;
    const start = this.at;
    let i = start;
    const negative = bytes[i] === 45;
    if (negative) i++;
    let mantissa = 0;
    const first = i;
    while (i < end) {
      const digit = bytes[i]! - 48;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
      i++;
    }
    let digits = i - first;
    if (digits === 0) {
      this.at = i;
      this.failUnexpected("a digit");
    }
    if (bytes[first] === 48) {
      if (digits > 1) this.fail("A number has a leading zero.", first);
      digits = 0;
    }
    this.digits = digits;
    this.isInteger = true;
    let exponent = 0;
    if (i < end && bytes[i] === 46) {
      this.isInteger = false;
      const fraction = ++i;
      while (i < end) {
        const digit = bytes[i]! - 48;
        if (digit < 0 || digit > 9) break;
        mantissa = mantissa * 10 + digit;
        i++;
      }
      if (i === fraction) {
        this.at = i;
        this.failUnexpected("a digit");
      }
      exponent = fraction - i;
      digits += i - fraction;
    }
    if (i < end && (bytes[i]! | 0x20) === 101) {
      this.isInteger = false;
      i++;
      const sign = bytes[i] === 45 ? -1 : 1;
      if (i < end && (bytes[i] === 45 || bytes[i] === 43)) i++;
      const power = i;
      let value = 0;
      while (i < end) {
        const digit = bytes[i]! - 48;
        if (digit < 0 || digit > 9) break;
        value = Math.min(value * 10 + digit, 100_000);
        i++;
      }
      if (i === power) {
        this.at = i;
        this.failUnexpected("a digit");
      }
      exponent += sign * value;
    }
    this.numberStart = start;
    this.numberEnd = i;
    this.at = i;
    // Exact while the digits fit 2^53 and the power of ten is exact (Clinger 1990).
    if (digits <= 15 && exponent >= -22 && exponent <= 22) {
      const value = exponent < 0 ? mantissa / POWERS[-exponent]! : mantissa * POWERS[exponent]!;
      this.number = negative ? -value : value;
    } else {
      this.number = Number(this.numberText());
    }
  }

  /** The digits of the last number as they stand. */
  numberText(): string {
    let text = "";
    for (let i = this.numberStart; i < this.numberEnd; i++) text += String.fromCharCode(this.bytes[i]!);
    return text;
  }

  /** The last string, decoded. */
  stringText(): string {
    return decoder.decode(this.string.subarray(this.stringStart, this.stringEnd));
  }

  /** Reads the comma between two values, or the given closing byte: true for the comma. */
  readComma(close: number): boolean {
    this.skipSpace();
    const byte = this.at < this.end ? this.bytes[this.at] : undefined;
    if (byte === 44) {
      this.at++;
      return true;
    }
    if (byte === close) {
      this.at++;
      return false;
    }
    this.failUnexpected(close === 93 ? `"," or "]"` : `"," or "}"`);
  }

  /** Moves to a key's opening quote, reads it with the colon, and stops before the value. */
  readKey(): void {
    this.skipSpace();
    if (this.bytes[this.at] !== QUOTE || this.at >= this.end) this.failUnexpected("a key in double quotes");
    this.readString();
    this.readColon();
  }

  /**
   * Reads a key with its colon if it is the given one, written without escapes; otherwise nothing is read.
   * Records mostly have their keys in one order, so this spares looking at each byte of most keys twice.
   */
  readExpectedKey(key: Uint8Array): boolean {
    const { bytes } = this;
    let at = this.at;
    while (at < this.end && (bytes[at] === 32 || bytes[at] === 10)) at++;
    const length = key.length;
    if (at + length + 2 > this.end || bytes[at] !== QUOTE || bytes[at + length + 1] !== QUOTE) return false;
    for (let i = 0; i < length; i++) if (bytes[at + 1 + i] !== key[i]) return false;
    this.at = at + length + 2;
    this.readColon();
    return true;
  }

  readColon(): void {
    this.skipSpace();
    if (this.bytes[this.at] !== 58 || this.at >= this.end) this.failUnexpected('":"');
    this.at++;
    this.skipSpace();
  }

  /** Opens an object or array: true when it is empty, and then it is closed too. */
  open(close: number): boolean {
    this.at++;
    this.skipSpace();
    if (this.at < this.end && this.bytes[this.at] === close) {
      this.at++;
      return true;
    }
    return false;
  }

  /** Passes over one value, checking its syntax. */
  skipValue(depth = 0): void {
    this.skipSpace();
    const byte = this.at < this.end ? this.bytes[this.at]! : -1;
    if (byte === QUOTE) this.readString();
    else if (byte === 123) {
      if (depth >= MAX_DEPTH) this.failDepth();
      if (this.open(125)) return;
      do {
        this.readKey();
        this.skipValue(depth + 1);
      } while (this.readComma(125));
    } else if (byte === 91) {
      if (depth >= MAX_DEPTH) this.failDepth();
      if (this.open(93)) return;
      do this.skipValue(depth + 1);
      while (this.readComma(93));
    } else if (byte === 45 || (byte >= 48 && byte <= 57)) this.readNumber();
    else this.readLiteral();
  }

  failDepth(): never {
    this.fail(`Objects and arrays are nested more than ${MAX_DEPTH} deep.`);
  }
}

const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

function encodeUtf8(code: number, out: Uint8Array, at: number): number {
  let i = at;
  if (code < 0x80) out[i++] = code;
  else if (code < 0x800) {
    out[i++] = 0xc0 | (code >> 6);
    out[i++] = 0x80 | (code & 63);
  } else if (code < 0x10000) {
    out[i++] = 0xe0 | (code >> 12);
    out[i++] = 0x80 | ((code >> 6) & 63);
    out[i++] = 0x80 | (code & 63);
  } else {
    out[i++] = 0xf0 | (code >> 18);
    out[i++] = 0x80 | ((code >> 12) & 63);
    out[i++] = 0x80 | ((code >> 6) & 63);
    out[i++] = 0x80 | (code & 63);
  }
  return i;
}
