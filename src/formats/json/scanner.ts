import { JsonSyntaxError, MAX_DEPTH } from "./json-text.ts";

/** One record (or one value outside the records) may be this long. */
export const MAX_VALUE_BYTES = 16 * 1024 ** 2;

/**
 * Finds where values begin and end in a stream, without judging what lies between. The buffer holds one value whole and
 * what came after it in the same chunk. Offsets are absolute in the file.
 */
export class JsonScanner {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** Offset in the file of `bytes[0]`. */
  base: number;
  #owned = false;
  #finished = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>, base: number) {
    this.#reader = stream.getReader();
    this.base = base;
  }

  get offset(): number {
    return this.base + this.at;
  }

  async cancel(): Promise<void> {
    this.#finished = true;
    await this.#reader.cancel().catch(() => undefined);
  }

  fail(message: string, offset = this.offset): never {
    throw new JsonSyntaxError(offset, message);
  }

  /** Gets another chunk behind the unread bytes from `keep` on; false at the end of the file. */
  async #more(keep: number): Promise<boolean> {
    if (this.#finished) return false;
    const { done, value } = await this.#reader.read();
    if (done) {
      this.#finished = true;
      return false;
    }
    const kept = this.end - keep;
    const needed = kept + value.length;
    if (kept === 0) {
      this.bytes = value;
      this.#owned = false;
    } else {
      if (!this.#owned || this.bytes.length < needed) {
        const grown = new Uint8Array(Math.max(needed + (needed >> 2), 131_072));
        grown.set(this.bytes.subarray(keep, this.end));
        this.bytes = grown;
        this.#owned = true;
      } else this.bytes.copyWithin(0, keep, this.end);
      this.bytes.set(value, kept);
    }
    this.base += keep;
    this.at -= keep;
    this.end = needed;
    return true;
  }

  /** Moves over white space to the next byte and answers it, or -1 at the end. `sawNewline` tells of line ends passed. */
  peekSync(): number {
    while (this.at < this.end) {
      const byte = this.bytes[this.at]!;
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return byte;
      if (byte === 10 || byte === 13) this.sawNewline = true;
      this.at++;
    }
    return -1;
  }

  sawNewline = false;

  async peek(): Promise<number> {
    for (;;) {
      const byte = this.peekSync();
      if (byte !== -1) return byte;
      if (!(await this.#more(this.at))) return -1;
    }
  }

  /** Skips a UTF-8 byte order mark; refuses UTF-16. */
  async skipByteOrderMark(): Promise<void> {
    while (this.end - this.at < 3 && (await this.#more(this.at)));
    const [a, b, c] = this.bytes.subarray(this.at, this.end);
    if (a === 0xef && b === 0xbb && c === 0xbf) this.at += 3;
    const isUtf16 = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || (a === 0 && b !== undefined && b !== 0);
    if (isUtf16 || (b === 0 && a !== undefined && a !== 0)) {
      this.fail("The text is UTF-16 or UTF-32. Save the file as UTF-8.");
    }
  }

  /** End of the last value found by `findValue`; its start is `at`. */
  valueEnd = 0;
  #scan = 0;
  #depth = 0;
  #inString = false;

  /** Finds the end of the value at `at` within the buffer: false when it may go on after the buffer. */
  findValueSync(): boolean {
    this.#scan = this.at;
    this.#depth = 0;
    this.#inString = false;
    return this.#continueScan();
  }

  /** Finds the end of the value at `at`, reading on as needed. @throws JsonSyntaxError when it is too long or too deep. */
  async findValue(): Promise<void> {
    let found = this.findValueSync();
    while (!found) {
      if (this.end - this.at > MAX_VALUE_BYTES) {
        this.fail(`A record is longer than ${MAX_VALUE_BYTES / 1024 ** 2} MiB. Split it into several records.`);
      }
      const scanned = this.#scan - this.at;
      const more = await this.#more(this.at);
      this.#scan = this.at + scanned;
      if (!more) {
        this.valueEnd = this.end;
        return;
      }
      found = this.#continueScan();
    }
  }

  #continueScan(): boolean {
    const { bytes, end } = this;
    let i = this.#scan;
    const first = bytes[this.at]!;
    if (first !== 123 && first !== 91 && first !== 34) {
      for (; i < end; i++) {
        const byte = bytes[i]!;
        if (byte === 44 || byte === 93 || byte === 125 || byte === 32 || byte === 10 || byte === 13 || byte === 9) {
          this.valueEnd = i;
          return true;
        }
      }
      this.#scan = i;
      return false;
    }
    let depth = this.#depth;
    let inString = this.#inString;
    while (i < end) {
      if (inString) {
        while (i < end && bytes[i] !== 34) {
          if (bytes[i] === 92) {
            if (i + 1 >= end) break;
            i++;
          }
          i++;
        }
        if (i >= end || bytes[i] === 92) break;
        i++;
        inString = false;
        if (depth === 0) {
          this.valueEnd = i;
          return true;
        }
        continue;
      }
      const byte = bytes[i++]!;
      if (byte === 34) inString = true;
      else if ((byte | 0x20) === 123) {
        if (++depth > MAX_DEPTH) this.fail(`Objects and arrays are nested more than ${MAX_DEPTH} deep.`, this.base + i);
      } else if ((byte | 0x20) === 125 && --depth === 0) {
        this.valueEnd = i;
        return true;
      }
    }
    this.#scan = i;
    this.#depth = depth;
    this.#inString = inString;
    return false;
  }
}
