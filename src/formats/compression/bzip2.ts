import { FormatError } from "../source.ts";
import { ByteQueue } from "./byte-queue.ts";

/** No block of 900,000 symbols of at most 20 bits, with its tables, is longer than this. */
const MAX_BLOCK_BYTES = 2_400_000;
const MAX_CODE_LENGTH = 20;
const OUTPUT_CHUNK = 262_144;

const crcTable = Int32Array.from({ length: 256 }, (_, i) => {
  let crc = i << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

/**
 * Decodes bzip2 data, also of several streams one after another, block by block (at most 900 kB each; the decoder holds
 * about 8 MB). Block and stream checksums are verified. The format: Julian Seward's bzip2 1.0, as written down in
 * Joe Tsai's "BZIP2 format specification". @throws FormatError when damaged, truncated or of the obsolete randomised kind.
 */
export async function* decodeBzip2(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const queue = new ByteQueue(stream);
  const bits = new BitReader();
  let tree: Uint32Array | undefined;
  let streams = 0;
  try {
    for (;;) {
      await queue.fill(MAX_BLOCK_BYTES);
      if (queue.available === 0 && streams > 0) return;
      bits.attach(queue);
      const signature = bits.read(24);
      const level = bits.read(8) - 0x30;
      if (signature !== 0x425a68 || level < 1 || level > 9) {
        if (streams > 0 && signature >>> 16 === 0) return;
        throw damaged(streams > 0 ? "bytes that are not bzip2 follow the end of the data" : "no bzip2 signature");
      }
      const blockSize = level * 100_000;
      if (tree === undefined || tree.length < blockSize) tree = new Uint32Array(blockSize);
      let combined = 0;
      for (;;) {
        bits.detach(queue);
        await queue.fill(MAX_BLOCK_BYTES);
        bits.attach(queue);
        const high = bits.read(24);
        const low = bits.read(24);
        const crc = bits.read32();
        if (high === 0x177245 && low === 0x385090) {
          if (crc !== combined >>> 0) throw damaged("the checksum of the whole stream is wrong");
          break;
        }
        if (high !== 0x314159 || low !== 0x265359) throw damaged("a block does not start with its mark");
        const { length, origin } = readBlock(bits, tree, blockSize);
        let blockCrc = -1;
        for (const chunk of expandBlock(tree, length, origin)) {
          for (let i = 0; i < chunk.length; i++) blockCrc = (blockCrc << 8) ^ crcTable[(blockCrc >>> 24) ^ chunk[i]!]!;
          yield chunk;
        }
        blockCrc = ~blockCrc;
        if (blockCrc >>> 0 !== crc) throw damaged("a block's checksum is wrong");
        combined = ((combined << 1) | (combined >>> 31)) ^ blockCrc;
      }
      bits.alignToByte();
      bits.detach(queue);
      streams++;
    }
  } finally {
    await queue.cancel();
  }
}

function damaged(why: string): FormatError {
  return new FormatError(`The bzip2 data is damaged: ${why}. Upload the file again.`);
}

/** Bits of a `ByteQueue`'s buffer, highest first. */
class BitReader {
  #bytes = new Uint8Array(0);
  #position = 0;
  #end = 0;
  #buffer = 0;
  #count = 0;

  attach(queue: ByteQueue): void {
    this.#bytes = queue.bytes;
    this.#position = queue.position;
    this.#end = queue.end;
  }

  detach(queue: ByteQueue): void {
    queue.position = this.#position;
  }

  alignToByte(): void {
    this.#count -= this.#count % 8;
    this.#position -= this.#count / 8;
    this.#count = 0;
    this.#buffer = 0;
  }

  /** Up to 24 bits. */
  read(count: number): number {
    while (this.#count < count) {
      if (this.#position >= this.#end) throw new FormatError("The bzip2 data ends too early. The file is truncated.");
      this.#buffer = ((this.#buffer & 0xffffff) << 8) | this.#bytes[this.#position++]!;
      this.#count += 8;
    }
    this.#count -= count;
    return (this.#buffer >>> this.#count) & ((1 << count) - 1);
  }

  read32(): number {
    const high = this.read(16);
    return high * 65536 + this.read(16);
  }
}

interface CodeTable {
  limit: Int32Array;
  base: Int32Array;
  symbols: Uint16Array;
  shortest: number;
}

function buildCodeTable(lengths: Uint8Array): CodeTable {
  const limit = new Int32Array(MAX_CODE_LENGTH + 2).fill(-1);
  const base = new Int32Array(MAX_CODE_LENGTH + 2);
  const symbols = new Uint16Array(lengths.length);
  let code = 0;
  let filled = 0;
  let shortest = MAX_CODE_LENGTH;
  for (let length = 1; length <= MAX_CODE_LENGTH; length++) {
    base[length] = filled - code;
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] === length) {
        symbols[filled++] = symbol;
        code++;
        if (length < shortest) shortest = length;
      }
    }
    if (code > 1 << length) throw damaged("a Huffman table has too many codes");
    limit[length] = code - 1;
    code <<= 1;
  }
  return { limit, base, symbols, shortest };
}

function decodeSymbol(bits: BitReader, table: CodeTable): number {
  let length = table.shortest;
  let code = bits.read(length);
  while (code > table.limit[length]!) {
    if (++length > MAX_CODE_LENGTH) throw damaged("an unknown Huffman code");
    code = (code << 1) | bits.read(1);
  }
  const index = code + table.base[length]!;
  if (index < 0 || index >= table.symbols.length) throw damaged("an unknown Huffman code");
  return table.symbols[index]!;
}

/** Reads one block's Huffman and move-to-front layers; the bytes land in the low eight bits of `tree`. */
function readBlock(bits: BitReader, tree: Uint32Array, blockSize: number): { length: number; origin: number } {
  if (bits.read(1) === 1) throw damaged("it is of the randomised kind that was given up in 1997");
  const origin = bits.read(24);
  const used = bits.read(16);
  const alphabet = new Uint8Array(256);
  let alphabetSize = 0;
  for (let group = 0; group < 16; group++) {
    if ((used & (0x8000 >>> group)) === 0) continue;
    const members = bits.read(16);
    for (let i = 0; i < 16; i++) if ((members & (0x8000 >>> i)) !== 0) alphabet[alphabetSize++] = group * 16 + i;
  }
  const tableCount = bits.read(3);
  const selectorCount = bits.read(15);
  if (alphabetSize === 0 || tableCount < 2 || tableCount > 6 || selectorCount === 0) throw damaged("a block's head");
  const selectors = new Uint8Array(selectorCount);
  const order = [0, 1, 2, 3, 4, 5];
  for (let i = 0; i < selectorCount; i++) {
    let rank = 0;
    while (bits.read(1) === 1) if (++rank >= tableCount) throw damaged("a selector is out of range");
    const [table] = order.splice(rank, 1);
    order.unshift(table!);
    selectors[i] = table!;
  }
  const symbolCount = alphabetSize + 2;
  const tables: CodeTable[] = [];
  for (let t = 0; t < tableCount; t++) {
    const lengths = new Uint8Array(symbolCount);
    let length = bits.read(5);
    for (let symbol = 0; symbol < symbolCount; symbol++) {
      for (;;) {
        if (length < 1 || length > MAX_CODE_LENGTH) throw damaged("a code length is out of range");
        if (bits.read(1) === 0) break;
        length += bits.read(1) === 0 ? 1 : -1;
      }
      lengths[symbol] = length;
    }
    tables.push(buildCodeTable(lengths));
  }
  let filled = 0;
  let run = 0;
  let runWeight = 1;
  for (let group = 0; ; group++) {
    if (group >= selectorCount) throw damaged("a block has more symbols than selectors");
    const table = tables[selectors[group]!]!;
    for (let i = 0; i < 50; i++) {
      const symbol = decodeSymbol(bits, table);
      if (symbol < 2) {
        run += runWeight << symbol;
        runWeight <<= 1;
        if (run > blockSize) throw damaged("a run is longer than its block");
        continue;
      }
      if (run > 0) {
        if (filled + run > blockSize) throw damaged("a block is longer than it may be");
        tree.fill(alphabet[0]!, filled, filled + run);
        filled += run;
        run = 0;
        runWeight = 1;
      }
      if (symbol === symbolCount - 1) {
        if (origin >= filled && filled > 0) throw damaged("a block's origin is out of range");
        return { length: filled, origin };
      }
      if (filled >= blockSize) throw damaged("a block is longer than it may be");
      const byte = alphabet[symbol - 1]!;
      alphabet.copyWithin(1, 0, symbol - 1);
      alphabet[0] = byte;
      tree[filled++] = byte;
    }
  }
}

/** Undoes the Burrows-Wheeler transform and the first run-length layer. */
function* expandBlock(tree: Uint32Array, length: number, origin: number): Generator<Uint8Array> {
  if (length === 0) return;
  const starts = new Uint32Array(256);
  for (let i = 0; i < length; i++) starts[tree[i]! & 0xff]!++;
  let sum = 0;
  for (let i = 0; i < 256; i++) {
    const count = starts[i]!;
    starts[i] = sum;
    sum += count;
  }
  for (let i = 0; i < length; i++) tree[starts[tree[i]! & 0xff]!++]! |= i << 8;
  let output = new Uint8Array(OUTPUT_CHUNK);
  let filled = 0;
  let link = tree[origin]! >>> 8;
  let previous = -1;
  let repeats = 0;
  for (let i = 0; i < length; i++) {
    const entry = tree[link]!;
    const byte = entry & 0xff;
    link = entry >>> 8;
    if (filled > OUTPUT_CHUNK - 256) {
      yield output.subarray(0, filled);
      output = new Uint8Array(OUTPUT_CHUNK);
      filled = 0;
    }
    if (repeats === 4) {
      output.fill(previous, filled, filled + byte);
      filled += byte;
      repeats = 0;
      previous = -1;
      continue;
    }
    repeats = byte === previous ? repeats + 1 : 1;
    previous = byte;
    output[filled++] = byte;
  }
  if (filled > 0) yield output.subarray(0, filled);
}
