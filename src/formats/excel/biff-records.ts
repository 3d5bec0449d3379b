import { FormatError } from "../source.ts";

/** Types of BIFF records that are read ([MS-XLS] 2.3). */
export const Biff = {
  formula: 0x0006,
  eof: 0x000a,
  date1904: 0x0022,
  continue: 0x003c,
  codePage: 0x0042,
  filePass: 0x002f,
  boundSheet: 0x0085,
  mulRk: 0x00bd,
  rString: 0x00d6,
  xf: 0x00e0,
  sst: 0x00fc,
  labelSst: 0x00fd,
  number: 0x0203,
  label: 0x0204,
  boolErr: 0x0205,
  string: 0x0207,
  rk: 0x027e,
  format: 0x041e,
  format2: 0x001e,
  bof: 0x0809,
} satisfies Record<string, number>;

/** One record; `data` is valid until the next is read. */
export interface BiffRecord {
  type: number;
  data: Uint8Array;
  view: DataView;
}

/** Reads the records of a workbook stream one after another. A record has at most 64 KiB. */
export class BiffReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #finished = false;
  readonly record: BiffRecord = { type: 0, data: this.#bytes, view: new DataView(new ArrayBuffer(0)) };

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #fill(count: number): Promise<boolean> {
    while (this.#bytes.length - this.#at < count && !this.#finished) {
      const { done, value } = await this.#chunks.next();
      if (done) {
        this.#finished = true;
        break;
      }
      const rest = this.#bytes.subarray(this.#at);
      const joined = new Uint8Array(rest.length + value.length);
      joined.set(rest);
      joined.set(value, rest.length);
      this.#bytes = joined;
      this.#at = 0;
    }
    return this.#bytes.length - this.#at >= count;
  }

  /** True when another chunk must be waited for. */
  get needsChunk(): boolean {
    const left = this.#bytes.length - this.#at;
    if (left < 4) return true;
    return left < 4 + this.#bytes[this.#at + 2]! + this.#bytes[this.#at + 3]! * 256;
  }

  /** Type of the record after the current one, or -1 at the end. */
  async peekType(): Promise<number> {
    if (!(await this.#fill(4))) return -1;
    return this.#bytes[this.#at]! + this.#bytes[this.#at + 1]! * 256;
  }

  /** Moves to the next record: false at the end of the stream. */
  async next(): Promise<boolean> {
    if (this.needsChunk) {
      if (!(await this.#fill(4))) return false;
      const length = this.#bytes[this.#at + 2]! + this.#bytes[this.#at + 3]! * 256;
      if (!(await this.#fill(4 + length))) {
        throw new FormatError("The workbook is truncated: a record ends too early. Upload the whole file.");
      }
    }
    this.nextSync();
    return true;
  }

  /** Moves to the next record, which must lie in the buffer. */
  nextSync(): void {
    const bytes = this.#bytes;
    const at = this.#at;
    const length = bytes[at + 2]! + bytes[at + 3]! * 256;
    const { record } = this;
    record.type = bytes[at]! + bytes[at + 1]! * 256;
    record.data = bytes.subarray(at + 4, at + 4 + length);
    record.view = new DataView(bytes.buffer, bytes.byteOffset + at + 4, length);
    this.#at = at + 4 + length;
  }
}

/** Decodes a number packed into 30 bits ([MS-XLS] 2.5.217 RkNumber). */
export function decodeRk(value: number): number {
  let number: number;
  if ((value & 2) !== 0) number = value >> 2;
  else {
    rkView.setInt32(4, value & ~3, true);
    number = rkView.getFloat64(0, true);
  }
  return (value & 1) !== 0 ? number / 100 : number;
}

const rkView = new DataView(new ArrayBuffer(8));
