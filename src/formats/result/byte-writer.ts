/** Below it a number is a 32-bit integer. */
const BILLION = 1_000_000_000;

/** The digits of 00, 01, … 99. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, i) => 48 + (i % 2 === 0 ? Math.floor(i / 20) : (i >> 1) % 10));

/** Collects text as UTF-8 bytes; given out in pieces so that nothing grows with the size of a result. */
export class ByteWriter {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  byte(code: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = code;
  }

  /** Text of ASCII characters alone, such as a number. */
  ascii(text: string): void {
    this.reserve(text.length);
    const { bytes } = this;
    for (let i = 0, at = this.length; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.length += text.length;
  }

  copy(source: Uint8Array, start: number, end: number = source.length): void {
    const size = end - start;
    this.reserve(size);
    if (size > 40) this.bytes.set(source.subarray(start, end), this.length);
    else for (let i = start, at = this.length; i < end; i++) this.bytes[at++] = source[i]!;
    this.length += size;
  }

  /** A safe integer. */
  integer(value: number): void {
    if (value < 0) {
      this.byte(45);
      this.integer(-value);
    } else if (value < BILLION) {
      let digits = 1;
      for (let bound = 10; value >= bound; bound *= 10) digits++;
      this.padded(value, digits);
    } else {
      const high = Math.floor(value / BILLION);
      this.integer(high);
      this.padded(value - high * BILLION, 9);
    }
  }

  /** A whole number from 0 in `width` digits, which is all that it has or more: padded with zeros. */
  padded(value: number, width: number): void {
    if (width > 9) {
      const high = Math.floor(value / BILLION);
      this.padded(high, width - 9);
      this.padded(value - high * BILLION, 9);
      return;
    }
    this.reserve(width);
    const { bytes } = this;
    let rest = value | 0;
    let at = this.length + width;
    this.length = at;
    for (let left = width; left > 1; left -= 2) {
      const next = (rest / 100) | 0;
      const pair = (rest - next * 100) * 2;
      bytes[--at] = PAIRS[pair + 1]!;
      bytes[--at] = PAIRS[pair]!;
      rest = next;
    }
    if (width & 1) bytes[--at] = 48 + (rest % 10);
  }

  /** A character and two digits. */
  pair(code: number, value: number): void {
    this.reserve(3);
    const { bytes } = this;
    const at = this.length;
    bytes[at] = code;
    bytes[at + 1] = PAIRS[value * 2]!;
    bytes[at + 2] = PAIRS[value * 2 + 1]!;
    this.length = at + 3;
  }

  /** What has been written, as bytes of its own; the writer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}
