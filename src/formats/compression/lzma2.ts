import { FormatError } from "../source.ts";

/** Longest output of one LZMA2 chunk. */
const MAX_CHUNK_OUTPUT = 1 << 21;
const TOP = 0x1000000;
const HALF = 1024;

function probabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(HALF);
}

/** A coder of match lengths: two choices, then 8 + 8 + 256 values. */
class LengthProbabilities {
  readonly choice = probabilities(2);
  readonly low = probabilities(16 << 3);
  readonly middle = probabilities(16 << 3);
  readonly high = probabilities(256);

  reset(): void {
    for (const table of [this.choice, this.low, this.middle, this.high]) table.fill(HALF);
  }
}

/**
 * Decoder of LZMA2 chunks into a sliding window, after Igor Pavlov's LZMA specification (7-zip.org/sdk.html, 2015) and
 * the LZMA2 chunk headers of The .xz File Format 1.2.1. Holds the window: the dictionary, at most `windowLimit`, and 4 MiB.
 */
export class Lzma2Decoder {
  readonly #dictionarySize: number;
  readonly #windowLimit: number;
  #window = new Uint8Array(1 << 20);
  /** End of the output in the window. */
  #head = 0;
  /** Output since the last dictionary reset. */
  #total = 0;

  #bytes = new Uint8Array(0);
  #position = 0;
  #end = 0;
  #range = 0;
  #code = 0;

  #lc = 0;
  #lpMask = 0;
  #pbMask = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;
  #literals = new Uint16Array(0);
  readonly #isMatch = probabilities(12 << 4);
  readonly #isRep = probabilities(12);
  readonly #isRepG0 = probabilities(12);
  readonly #isRepG1 = probabilities(12);
  readonly #isRepG2 = probabilities(12);
  readonly #isRep0Long = probabilities(12 << 4);
  readonly #slots = probabilities(4 << 6);
  readonly #distances = probabilities(128);
  readonly #align = probabilities(16);
  readonly #length = new LengthProbabilities();
  readonly #repLength = new LengthProbabilities();

  constructor(dictionarySize: number, windowLimit: number) {
    this.#dictionarySize = dictionarySize;
    this.#windowLimit = Math.min(dictionarySize, windowLimit);
  }

  resetDictionary(): void {
    this.#head = 0;
    this.#total = 0;
  }

  resetState(): void {
    this.#state = 0;
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
    for (const table of [
      this.#literals,
      this.#isMatch,
      this.#isRep,
      this.#isRepG0,
      this.#isRepG1,
      this.#isRepG2,
      this.#isRep0Long,
      this.#slots,
      this.#distances,
      this.#align,
    ]) {
      table.fill(HALF);
    }
    this.#length.reset();
    this.#repLength.reset();
  }

  /** Sets lc, lp and pb from their byte. @throws FormatError when LZMA2 does not allow them. */
  setProperties(byte: number): void {
    const lc = byte % 9;
    const lp = Math.floor(byte / 9) % 5;
    const pb = Math.floor(byte / 45);
    if (pb > 4 || lc + lp > 4) throw damaged("a chunk's properties are out of range");
    this.#lc = lc;
    this.#lpMask = (1 << lp) - 1;
    this.#pbMask = (1 << pb) - 1;
    if (this.#literals.length !== 0x300 << (lc + lp)) this.#literals = new Uint16Array(0x300 << (lc + lp));
  }

  /** Takes an uncompressed chunk; answers a copy of its bytes. */
  copyChunk(bytes: Uint8Array): Uint8Array {
    this.#makeRoom(bytes.length);
    this.#window.set(bytes, this.#head);
    this.#head += bytes.length;
    this.#total += bytes.length;
    return bytes.slice();
  }

  /** Decodes one compressed chunk to `outputLength` bytes (at most 2 MiB), returned as a copy. */
  decodeChunk(bytes: Uint8Array, outputLength: number): Uint8Array {
    if (bytes.length < 5) throw damaged("a chunk is too short");
    this.#makeRoom(outputLength);
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#position = 5;
    this.#end = bytes.length;
    this.#range = 0xffffffff;
    this.#code = ((bytes[1]! << 24) | (bytes[2]! << 16) | (bytes[3]! << 8) | bytes[4]!) >>> 0;
    const start = this.#head;
    this.#decode(start + outputLength);
    if (this.#position !== this.#end) throw damaged("a chunk is longer than its data");
    return this.#window.slice(start, this.#head);
  }

  #makeRoom(count: number): void {
    if (this.#head + count <= this.#window.length) return;
    const keep = Math.min(this.#head, this.#windowLimit);
    const most = this.#windowLimit + 2 * MAX_CHUNK_OUTPUT;
    const wanted = Math.min(most, Math.max(this.#window.length * 2, this.#head + count));
    if (wanted > this.#window.length) {
      const grown = new Uint8Array(wanted);
      grown.set(this.#window.subarray(this.#head - keep, this.#head));
      this.#window = grown;
    } else {
      this.#window.copyWithin(0, this.#head - keep, this.#head);
    }
    this.#head = keep;
  }

  #bit(table: Uint16Array, index: number): number {
    const probability = table[index]!;
    const bound = (this.#range >>> 11) * probability;
    let bit: number;
    if (this.#code < bound) {
      this.#range = bound;
      table[index] = probability + ((2048 - probability) >>> 5);
      bit = 0;
    } else {
      this.#range -= bound;
      this.#code -= bound;
      table[index] = probability - (probability >>> 5);
      bit = 1;
    }
    if (this.#range < TOP) this.#normalize();
    return bit;
  }

  #normalize(): void {
    if (this.#position >= this.#end) throw damaged("a chunk ends too early");
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#bytes[this.#position++]!) >>> 0;
  }

  #tree(table: Uint16Array, offset: number, bits: number): number {
    let symbol = 1;
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.#bit(table, offset + symbol);
    return symbol - (1 << bits);
  }

  #reverseTree(table: Uint16Array, offset: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(table, offset + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #readLength(coder: LengthProbabilities, posState: number): number {
    if (this.#bit(coder.choice, 0) === 0) return this.#tree(coder.low, posState << 3, 3);
    if (this.#bit(coder.choice, 1) === 0) return 8 + this.#tree(coder.middle, posState << 3, 3);
    return 16 + this.#tree(coder.high, 0, 8);
  }

  #readDistance(length: number): number {
    const slot = this.#tree(this.#slots, Math.min(length, 3) << 6, 6);
    if (slot < 4) return slot;
    const directBits = (slot >> 1) - 1;
    const distance = ((2 | (slot & 1)) << directBits) >>> 0;
    if (slot < 14) return distance + this.#reverseTree(this.#distances, distance - slot, directBits);
    let direct = 0;
    for (let i = 4; i < directBits; i++) {
      this.#range >>>= 1;
      let bit = 0;
      if (this.#code >= this.#range) {
        this.#code -= this.#range;
        bit = 1;
      }
      if (this.#range < TOP) this.#normalize();
      direct = ((direct << 1) | bit) >>> 0;
    }
    return distance + direct * 16 + this.#reverseTree(this.#align, 0, 4);
  }

  #decode(stop: number): void {
    const window = this.#window;
    const literals = this.#literals;
    while (this.#head < stop) {
      const posState = this.#total & this.#pbMask;
      const state = this.#state;
      if (this.#bit(this.#isMatch, (state << 4) + posState) === 0) {
        const previous = this.#total > 0 ? window[this.#head - 1]! : 0;
        const offset = 0x300 * (((this.#total & this.#lpMask) << this.#lc) + (previous >> (8 - this.#lc)));
        let symbol = 1;
        if (state >= 7) {
          let match = window[this.#head - this.#rep0 - 1]!;
          do {
            const matchBit = (match >> 7) & 1;
            match <<= 1;
            const bit = this.#bit(literals, offset + ((1 + matchBit) << 8) + symbol);
            symbol = (symbol << 1) | bit;
            if (matchBit !== bit) break;
          } while (symbol < 0x100);
        }
        while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(literals, offset + symbol);
        window[this.#head++] = symbol;
        this.#total++;
        this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      let length: number;
      if (this.#bit(this.#isRep, state) === 1) {
        if (this.#bit(this.#isRepG0, state) === 0) {
          if (this.#bit(this.#isRep0Long, (state << 4) + posState) === 0) {
            this.#state = state < 7 ? 9 : 11;
            this.#copyMatch(1, stop);
            continue;
          }
        } else {
          let distance: number;
          if (this.#bit(this.#isRepG1, state) === 0) distance = this.#rep1;
          else {
            if (this.#bit(this.#isRepG2, state) === 0) distance = this.#rep2;
            else {
              distance = this.#rep3;
              this.#rep3 = this.#rep2;
            }
            this.#rep2 = this.#rep1;
          }
          this.#rep1 = this.#rep0;
          this.#rep0 = distance;
        }
        length = this.#readLength(this.#repLength, posState);
        this.#state = state < 7 ? 8 : 11;
      } else {
        this.#rep3 = this.#rep2;
        this.#rep2 = this.#rep1;
        this.#rep1 = this.#rep0;
        length = this.#readLength(this.#length, posState);
        this.#state = state < 7 ? 7 : 10;
        this.#rep0 = this.#readDistance(length);
      }
      this.#copyMatch(length + 2, stop);
    }
  }

  #copyMatch(length: number, stop: number): void {
    const distance = this.#rep0 + 1;
    if (distance > this.#total || distance > this.#dictionarySize) throw damaged("a match lies before the data");
    if (distance > this.#head) {
      throw new FormatError(
        `The xz data needs a window of ${Math.ceil(this.#dictionarySize / 1024 ** 2)} MiB to decompress; at most ${Math.ceil(this.#windowLimit / 1024 ** 2)} MiB are available. Compress it again with xz -6 (the default) or a smaller dictionary.`,
      );
    }
    if (this.#head + length > stop) throw damaged("a match passes the end of its chunk");
    const window = this.#window;
    let from = this.#head - distance;
    let to = this.#head;
    if (distance >= length) window.copyWithin(to, from, from + length);
    else for (let i = 0; i < length; i++) window[to++] = window[from++]!;
    this.#head += length;
    this.#total += length;
  }
}

function damaged(why: string): FormatError {
  return new FormatError(`The xz data is damaged: ${why}. Upload the file again.`);
}
