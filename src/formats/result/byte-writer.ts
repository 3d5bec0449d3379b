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
    if (value > -1_000_000_000 && value < 1_000_000_000) {
      let rest = value;
      this.reserve(10);
      const { bytes } = this;
      if (rest < 0) {
        bytes[this.length++] = 45;
        rest = -rest;
      }
      let digits = 1;
      for (let bound = 10; rest >= bound; bound *= 10) digits++;
      for (let at = this.length + digits - 1, k = 0; k < digits; k++, at--) {
        const next = (rest / 10) | 0;
        bytes[at] = 48 + rest - next * 10;
        rest = next;
      }
      this.length += digits;
    } else this.ascii(String(value));
  }

  /** A number of at least `width` digits, padded with zeros. */
  padded(value: number, width: number): void {
    this.reserve(width);
    let rest = value;
    for (let at = this.length + width - 1, k = 0; k < width; k++, at--) {
      const next = Math.floor(rest / 10);
      this.bytes[at] = 48 + rest - next * 10;
      rest = next;
    }
    this.length += width;
  }

  /** What has been written, as bytes of its own; the writer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}
