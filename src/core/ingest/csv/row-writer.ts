const COMMA = 44;
const QUOTE = 34;
const LF = 10;
const CR = 13;

/** The layout that `RowWriter` writes: RFC 4180 with LF. NULL is an empty cell. */
export const WRITTEN_LAYOUT = { delimiter: ",", quote: '"', newline: "\n" } as const;

/** Writes rows as CSV bytes. */
export class RowWriter {
  length = 0;
  private buffer: Uint8Array;
  private cells = 0;
  private isRowEmpty = true;
  private rowStart = 0;

  constructor(expectedBytes: number) {
    this.buffer = new Uint8Array(expectedBytes + 1024);
  }

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** Starts the row's next cell; without a write it is NULL. */
  startCell(): void {
    this.reserve(1);
    if (this.cells++ > 0) this.buffer[this.length++] = COMMA;
  }

  /** Ends the row and returns its length in bytes. */
  endRow(): number {
    this.reserve(3);
    if (this.cells === 1 && this.isRowEmpty) {
      // An empty line would be no row at all.
      this.buffer[this.length++] = QUOTE;
      this.buffer[this.length++] = QUOTE;
    }
    this.buffer[this.length++] = LF;
    this.cells = 0;
    this.isRowEmpty = true;
    const bytes = this.length - this.rowStart;
    this.rowStart = this.length;
    return bytes;
  }

  /** Writes ASCII text that needs no quotes. */
  writePlain(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.buffer[this.length++] = text.charCodeAt(i);
    this.isRowEmpty = false;
  }

  /** Writes bytes `[start, end)` so that they are read back as they are. */
  writeText(bytes: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * 2 + 2);
    this.isRowEmpty = false;
    const { buffer } = this;
    let needsQuotes = bytes[start] === 32;
    for (let i = start; i < end && !needsQuotes; i++) {
      const byte = bytes[i]!;
      needsQuotes = byte === COMMA || byte === QUOTE || byte === LF || byte === CR;
    }
    let at = this.length;
    if (!needsQuotes) {
      for (let i = start; i < end; i++) buffer[at++] = bytes[i]!;
    } else {
      buffer[at++] = QUOTE;
      for (let i = start; i < end; i++) {
        const byte = bytes[i]!;
        if (byte === QUOTE) buffer[at++] = QUOTE;
        buffer[at++] = byte;
      }
      buffer[at++] = QUOTE;
    }
    this.length = at;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.length + bytes, Math.ceil(this.buffer.length * 1.5)));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
