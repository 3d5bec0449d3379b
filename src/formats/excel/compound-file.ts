import { type ByteSource, FormatError } from "../source.ts";

const SIGNATURE = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
const END_OF_CHAIN = 0xfffffffe;
const FREE = 0xffffffff;
/** The allocation table is held whole; this one describes a file of 1 GiB. */
const MAX_TABLE_BYTES = 8 * 1024 ** 2;
const READ_BYTES = 262_144;

function damaged(why: string): FormatError {
  return new FormatError(`The workbook is damaged: ${why}. Save it again in Excel.`);
}

/** True for the first bytes of a compound file, the container of .xls and of encrypted .xlsx. */
export function isCompoundFile(head: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => head[i] === byte);
}

interface Entry {
  start: number;
  size: number;
}

/** A compound file's streams by name (Microsoft, [MS-CFB] version 11). Only the allocation tables are held. */
export class CompoundFile {
  readonly #source: ByteSource;
  readonly #sectorSize: number;
  readonly #table: Uint32Array;
  #smallTable = new Uint32Array(0);
  #smallSectors: number[] = [];
  readonly #entries = new Map<string, Entry>();
  readonly #smallLimit: number;

  private constructor(source: ByteSource, sectorSize: number, table: Uint32Array, smallLimit: number) {
    this.#source = source;
    this.#sectorSize = sectorSize;
    this.#table = table;
    this.#smallLimit = smallLimit;
  }

  /** @throws FormatError when the tables lie outside the file or run in circles. */
  static async open(uncached: ByteSource): Promise<CompoundFile> {
    const source = cachePages(uncached);
    const header = await source.slice(0, Math.min(512, source.byteLength));
    if (header.length < 512 || !isCompoundFile(header)) throw damaged("its head is incomplete");
    const view = new DataView(header.buffer, header.byteOffset, 512);
    const shift = view.getUint16(30, true);
    if (shift !== 9 && shift !== 12) throw damaged("its sector size is unknown");
    const sectorSize = 1 << shift;
    const tableSectors: number[] = [];
    const most = Math.min(MAX_TABLE_BYTES / sectorSize, Math.ceil(source.byteLength / sectorSize));
    for (let i = 0; i < 109; i++) {
      const sector = view.getUint32(76 + i * 4, true);
      if (sector < FREE - 1 && tableSectors.length < most) tableSectors.push(sector);
    }
    let next = view.getUint32(68, true);
    for (let i = 0; next < END_OF_CHAIN - 1 && i < most; i++) {
      const sector = await readSector(source, sectorSize, next);
      const words = new DataView(sector.buffer, sector.byteOffset, sector.byteLength);
      for (let at = 0; at + 8 <= sector.length; at += 4) {
        const entry = words.getUint32(at, true);
        if (entry < FREE - 1 && tableSectors.length < most) tableSectors.push(entry);
      }
      next = sector.length === sectorSize ? words.getUint32(sectorSize - 4, true) : END_OF_CHAIN;
    }
    const perSector = sectorSize / 4;
    const table = new Uint32Array(tableSectors.length * perSector).fill(FREE);
    for (const [i, sector] of tableSectors.entries()) {
      const bytes = await readSector(source, sectorSize, sector);
      const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 0; at + 4 <= bytes.length; at += 4) table[i * perSector + at / 4] = words.getUint32(at, true);
    }
    const file = new CompoundFile(source, sectorSize, table, view.getUint32(56, true));
    await file.#readDirectory(view.getUint32(48, true), view.getUint32(60, true));
    return file;
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase());
  }

  /** The bytes of a stream from an offset on, read in runs of neighbouring sectors. */
  async *read(name: string, from = 0): AsyncGenerator<Uint8Array> {
    const entry = this.#entries.get(name.toLowerCase());
    if (entry === undefined) throw damaged(`its stream ${name} is missing`);
    let left = entry.size;
    if (entry.size < this.#smallLimit) {
      let dropped = from;
      for (let sector = entry.start, i = 0; left > 0; i++) {
        if (sector >= this.#smallTable.length || i > this.#smallTable.length) throw damaged("a stream ends too early");
        const at = sector * 64;
        const host = this.#smallSectors[Math.floor(at / this.#sectorSize)];
        if (host === undefined) throw damaged("a stream ends too early");
        const start = (host + 1) * this.#sectorSize + (at % this.#sectorSize);
        const bytes = await this.#source.slice(start, Math.min(start + Math.min(64, left), this.#source.byteLength));
        if (bytes.length === 0) throw damaged("a stream ends too early");
        left -= Math.min(64, left);
        if (dropped < bytes.length) yield bytes.subarray(dropped);
        dropped = Math.max(0, dropped - bytes.length);
        sector = this.#smallTable[sector]!;
      }
      return;
    }
    let sector = entry.start;
    let skip = Math.min(from, left);
    left -= skip;
    for (; skip >= this.#sectorSize && sector < this.#table.length; skip -= this.#sectorSize)
      sector = this.#table[sector]!;
    for (let steps = 0; left > 0; ) {
      let run = 1;
      const first = sector;
      if (first >= this.#table.length) throw damaged("a stream ends too early");
      while (run * this.#sectorSize < Math.min(skip + left, READ_BYTES) && this.#table[sector] === sector + 1) {
        sector++;
        run++;
      }
      const start = (first + 1) * this.#sectorSize + skip;
      const length = Math.min(left, run * this.#sectorSize - skip);
      const end = Math.min(start + length, this.#source.byteLength);
      if (end <= start) throw damaged("a stream ends too early");
      const bytes = await this.#source.slice(start, end);
      left -= length;
      skip = 0;
      yield bytes;
      sector = this.#table[sector] ?? END_OF_CHAIN;
      steps += run;
      if (steps > this.#table.length) throw damaged("its allocation table runs in a circle");
    }
  }

  async #readDirectory(start: number, smallTableStart: number): Promise<void> {
    const directory: Entry = { start, size: this.#chain(start).length * this.#sectorSize };
    if (directory.size > 4 * 1024 ** 2) throw damaged("its directory is too large");
    this.#entries.set("", directory);
    for (const sector of this.#chain(start)) {
      const bytes = await readSector(this.#source, this.#sectorSize, sector);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 0; at + 128 <= bytes.length; at += 128) {
        const nameLength = view.getUint16(at + 64, true);
        const kind = bytes[at + 66];
        if ((kind !== 2 && kind !== 5) || nameLength < 2 || nameLength > 64) continue;
        const name = utf16.decode(bytes.subarray(at, at + nameLength - 2)).toLowerCase();
        const entry = { start: view.getUint32(at + 116, true), size: view.getUint32(at + 120, true) };
        if (kind === 5) {
          this.#smallSectors = this.#chain(entry.start);
        } else if (!this.#entries.has(name)) this.#entries.set(name, entry);
      }
    }
    const words: number[] = [];
    for (const sector of this.#chain(smallTableStart)) {
      const bytes = await readSector(this.#source, this.#sectorSize, sector);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 0; at + 4 <= bytes.length; at += 4) words.push(view.getUint32(at, true));
    }
    this.#smallTable = Uint32Array.from(words);
  }

  #chain(start: number): number[] {
    const sectors: number[] = [];
    for (let sector = start; sector < END_OF_CHAIN - 1; sector = this.#table[sector]!) {
      if (sector >= this.#table.length || sectors.length > this.#table.length) {
        throw damaged("its allocation table points outside the file");
      }
      sectors.push(sector);
    }
    return sectors;
  }
}

const PAGE_BYTES = 65_536;
const PAGES = 16;

/** Serves short reads, which a compound file needs by the hundred, from pages of 64 KiB; at most 1 MiB is kept. */
function cachePages(source: ByteSource): ByteSource {
  const pages = new Map<number, Promise<Uint8Array>>();
  return {
    byteLength: source.byteLength,
    stream: (start) => source.stream(start),
    async slice(start, end = source.byteLength) {
      const page = Math.floor(start / PAGE_BYTES);
      if (end <= start || Math.floor((end - 1) / PAGE_BYTES) !== page) return source.slice(start, end);
      let bytes = pages.get(page);
      pages.delete(page);
      bytes ??= source.slice(page * PAGE_BYTES, Math.min((page + 1) * PAGE_BYTES, source.byteLength));
      pages.set(page, bytes);
      if (pages.size > PAGES) for (const [oldest] of pages.entries().take(1)) pages.delete(oldest);
      return (await bytes).subarray(start - page * PAGE_BYTES, end - page * PAGE_BYTES);
    },
  };
}

async function readSector(source: ByteSource, sectorSize: number, sector: number): Promise<Uint8Array> {
  const start = (sector + 1) * sectorSize;
  if (start >= source.byteLength) throw damaged("a sector lies outside the file; it is probably truncated");
  return source.slice(start, Math.min(start + sectorSize, source.byteLength));
}

const utf16 = new TextDecoder("utf-16le");
