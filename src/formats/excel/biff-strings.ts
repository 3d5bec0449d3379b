import { FormatError } from "../source.ts";
import { Biff, type BiffReader } from "./biff-records.ts";
import { StringTable } from "./string-table.ts";

const encoder = new TextEncoder();
const utf16 = new TextDecoder("utf-16le");
const latin1 = new TextDecoder("latin1");

/** Bytes of a record and the CONTINUE records after it. Strings cut between two of them repeat their flag byte. */
class ContinuedBytes {
  readonly #reader: BiffReader;
  #data: Uint8Array;
  #at: number;

  constructor(reader: BiffReader, at: number) {
    this.#reader = reader;
    this.#data = reader.record.data;
    this.#at = at;
  }

  /** Moves to the next record when this one is used up. */
  async #ensure(): Promise<void> {
    while (this.#at >= this.#data.length) {
      if ((await this.#reader.peekType()) !== Biff.continue || !(await this.#reader.next())) {
        throw new FormatError("The workbook is damaged: its shared texts end too early. Save it again in Excel.");
      }
      this.#data = this.#reader.record.data;
      this.#at = 0;
    }
  }

  async byte(): Promise<number> {
    await this.#ensure();
    return this.#data[this.#at++]!;
  }

  async uint16(): Promise<number> {
    const low = await this.byte();
    return low + (await this.byte()) * 256;
  }

  async uint32(): Promise<number> {
    const low = await this.uint16();
    return low + (await this.uint16()) * 65536;
  }

  async skip(count: number): Promise<void> {
    let left = count;
    while (left > 0) {
      await this.#ensure();
      const taken = Math.min(left, this.#data.length - this.#at);
      this.#at += taken;
      left -= taken;
    }
  }

  /** Characters of one string, which may go on in CONTINUE records in the other width. */
  async characters(count: number, isWide: boolean, append: (text: string) => void): Promise<void> {
    let wide = isWide;
    let left = count;
    while (left > 0) {
      if (this.#at >= this.#data.length) {
        await this.#ensure();
        wide = ((await this.byte()) & 1) !== 0;
      }
      const width = wide ? 2 : 1;
      const taken = Math.min(left, Math.floor((this.#data.length - this.#at) / width));
      if (taken === 0) {
        if (this.#at < this.#data.length)
          throw new FormatError("The workbook is damaged: a shared text is cut in a character.");
        continue;
      }
      const bytes = this.#data.subarray(this.#at, this.#at + taken * width);
      append((wide ? utf16 : latin1).decode(bytes));
      this.#at += taken * width;
      left -= taken;
    }
  }
}

/** Reads the SST record at hand with its continuations ([MS-XLS] 2.4.265). @throws FormatError past 16 MiB of text. */
export async function readSharedTexts(reader: BiffReader): Promise<StringTable> {
  const table = new StringTable();
  const bytes = new ContinuedBytes(reader, 4);
  const count = await bytes.uint32();
  for (let i = 0; i < count; i++) {
    const length = await bytes.uint16();
    const flags = await bytes.byte();
    const runs = (flags & 8) !== 0 ? await bytes.uint16() : 0;
    const extra = (flags & 4) !== 0 ? await bytes.uint32() : 0;
    let text = "";
    await bytes.characters(length, (flags & 1) !== 0, (piece) => {
      text += piece;
    });
    const encoded = encoder.encode(text);
    table.append(encoded, 0, encoded.length);
    table.close();
    await bytes.skip(runs * 4 + extra);
  }
  return table;
}

/** A string within one record: characters after a flag byte (BIFF8), or bytes in the workbook's code page (BIFF5). */
export function decodeText(data: Uint8Array, at: number, length: number, codec: TextDecoder | undefined): string {
  if (codec !== undefined) return codec.decode(data.subarray(at, at + length));
  const flags = data[at] ?? 0;
  let start = at + 1;
  if ((flags & 8) !== 0) start += 2;
  if ((flags & 4) !== 0) start += 4;
  const isWide = (flags & 1) !== 0;
  return (isWide ? utf16 : latin1).decode(data.subarray(start, start + length * (isWide ? 2 : 1)));
}

const CODE_PAGES: Record<number, string> = {
  367: "windows-1252",
  437: "ibm866",
  866: "ibm866",
  874: "windows-874",
  932: "shift_jis",
  936: "gbk",
  949: "euc-kr",
  950: "big5",
  1200: "utf-16le",
  10000: "macintosh",
  10007: "x-mac-cyrillic",
  32768: "macintosh",
  32769: "windows-1252",
};

/** A decoder of a Windows code page; Western European where the page is unknown. */
export function createCodePageDecoder(codePage: number): TextDecoder {
  const name = CODE_PAGES[codePage] ?? (codePage >= 1250 && codePage <= 1258 ? `windows-${codePage}` : "windows-1252");
  return new TextDecoder(name);
}
