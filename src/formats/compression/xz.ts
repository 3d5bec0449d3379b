import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { FormatError } from "../source.ts";
import { ByteQueue } from "./byte-queue.ts";
import { DEFAULT_WINDOW_BYTES } from "./compression.ts";
import { Lzma2Decoder } from "./lzma2.ts";

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0];

function damaged(why: string): FormatError {
  return new FormatError(`The xz data is damaged: ${why}. Upload the file again.`);
}

/**
 * Decodes xz data, also of several streams with padding between them; block checks (CRC32, CRC64, SHA-256) are verified.
 * After The .xz File Format 1.2.1. Of the filters only LZMA2 is read. Memory: the dictionary, at most `windowLimit`
 * bytes (default 16 MiB), and 6 MiB.
 * @throws FormatError when damaged or truncated, with another filter, or when a match reaches further back than `windowLimit`.
 */
export async function* decodeXz(
  stream: ReadableStream<Uint8Array>,
  windowLimit = DEFAULT_WINDOW_BYTES,
): AsyncGenerator<Uint8Array> {
  const queue = new ByteQueue(stream);
  try {
    for (let first = true; ; first = false) {
      if (!first) {
        let padding = 0;
        while ((await queue.fill(1)) && queue.bytes[queue.position] === 0) {
          queue.position++;
          padding++;
        }
        if (padding % 4 !== 0) throw damaged("its padding is not a multiple of four bytes");
        if (queue.available === 0) return;
      }
      const check = await readStreamHeader(queue);
      for (;;) {
        await queue.need(1, "xz");
        if (queue.bytes[queue.position] === 0) break;
        yield* decodeBlock(queue, check, windowLimit);
      }
      await readIndex(queue);
      await queue.need(12, "xz");
      const footer = queue.take(12);
      if (footer[10] !== 0x59 || footer[11] !== 0x5a) throw damaged("its footer is missing");
      if (crc32(footer.subarray(4, 10)) !== uint32(footer, 0)) throw damaged("its footer's checksum is wrong");
    }
  } finally {
    await queue.cancel();
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

async function readStreamHeader(queue: ByteQueue): Promise<number> {
  await queue.need(12, "xz");
  const header = queue.take(12);
  if (!MAGIC.every((byte, i) => header[i] === byte)) throw damaged("no xz signature, or other bytes follow the data");
  if (crc32(header.subarray(6, 8)) !== uint32(header, 8)) throw damaged("its header's checksum is wrong");
  const check = header[7]!;
  if (header[6] !== 0 || check > 15) throw damaged("its header has unknown flags");
  return check;
}

/** Reads a multibyte integer of at most nine bytes. */
function readVarint(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let i = at; i < at + 9; i++) {
    const byte = bytes[i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * scale;
    if ((byte & 0x80) === 0) return { value, next: i + 1 };
    scale *= 128;
  }
  throw damaged("a number is too long");
}

async function* decodeBlock(queue: ByteQueue, check: number, windowLimit: number): AsyncGenerator<Uint8Array> {
  const headerSize = (queue.bytes[queue.position]! + 1) * 4;
  await queue.need(headerSize, "xz");
  const header = queue.take(headerSize).slice();
  if (crc32(header.subarray(0, headerSize - 4)) !== uint32(header, headerSize - 4)) {
    throw damaged("a block header's checksum is wrong");
  }
  const flags = header[1]!;
  let at = 2;
  let declaredOutput: number | undefined;
  if ((flags & 0x40) !== 0) at = readVarint(header, at).next;
  if ((flags & 0x80) !== 0) {
    const size = readVarint(header, at);
    declaredOutput = size.value;
    at = size.next;
  }
  const filter = readVarint(header, at);
  if ((flags & 3) !== 0 || filter.value !== 0x21) {
    throw new FormatError("The xz data uses a filter other than LZMA2. Compress it again with plain xz.");
  }
  const size = readVarint(header, filter.next);
  const sizeByte = header[size.next]! & 63;
  if (size.value !== 1 || sizeByte > 40) throw damaged("its dictionary size is out of range");
  const dictionarySize = sizeByte === 40 ? 0xffffffff : (2 | (sizeByte & 1)) * 2 ** ((sizeByte >> 1) + 11);

  const decoder = new Lzma2Decoder(Math.max(4096, dictionarySize), windowLimit);
  const verifier = createCheck(check);
  const start = queue.offset;
  let output = 0;
  for await (const chunk of decodeChunks(queue, decoder)) {
    verifier.update(chunk);
    output += chunk.length;
    yield chunk;
  }
  if (declaredOutput !== undefined && declaredOutput !== output) throw damaged("a block's length is wrong");
  const padding = (4 - ((queue.offset - start) % 4)) % 4;
  await queue.need(padding + verifier.size, "xz");
  if (queue.take(padding).some((byte) => byte !== 0)) throw damaged("a block's padding is not zero");
  if (!verifier.matches(queue.take(verifier.size))) throw damaged("a block's checksum is wrong");
}

async function* decodeChunks(queue: ByteQueue, decoder: Lzma2Decoder): AsyncGenerator<Uint8Array> {
  let needsDictionary = true;
  let needsProperties = true;
  for (;;) {
    await queue.need(1, "xz");
    const control = queue.take(1)[0]!;
    if (control === 0) return;
    if (control > 2 && control < 0x80) throw damaged("an unknown kind of chunk");
    if (control === 1 || control >= 0xe0) {
      decoder.resetDictionary();
      needsDictionary = false;
    } else if (needsDictionary) throw damaged("the first chunk does not reset the dictionary");
    if (control < 0x80) {
      await queue.need(2, "xz");
      const size = queue.take(2);
      const length = size[0]! * 256 + size[1]! + 1;
      await queue.need(length, "xz");
      yield decoder.copyChunk(queue.take(length));
      continue;
    }
    const withProperties = control >= 0xc0;
    await queue.need(withProperties ? 5 : 4, "xz");
    const head = queue.take(withProperties ? 5 : 4);
    const outputLength = ((control & 0x1f) << 16) + head[0]! * 256 + head[1]! + 1;
    const length = head[2]! * 256 + head[3]! + 1;
    if (withProperties) {
      decoder.setProperties(head[4]!);
      needsProperties = false;
    } else if (needsProperties) throw damaged("the first chunk sets no properties");
    if (control >= 0xa0) decoder.resetState();
    await queue.need(length, "xz");
    yield decoder.decodeChunk(queue.take(length), outputLength);
  }
}

/** Reads the index, whose only use here is its checksum. */
async function readIndex(queue: ByteQueue): Promise<void> {
  const start = queue.offset;
  let crc = 0;
  const takeByte = async () => {
    await queue.need(1, "xz");
    const byte = queue.take(1);
    crc = crc32(byte, crc);
    return byte[0]!;
  };
  const takeNumber = async () => {
    let value = 0;
    for (let i = 0; i < 9; i++) {
      const byte = await takeByte();
      value += (byte & 0x7f) * 128 ** i;
      if ((byte & 0x80) === 0) return value;
    }
    throw damaged("a number in its index is too long");
  };
  await takeByte();
  const records = await takeNumber();
  for (let i = 0; i < records * 2; i++) await takeNumber();
  while ((queue.offset - start) % 4 !== 0) await takeByte();
  await queue.need(4, "xz");
  if (uint32(queue.take(4), 0) !== crc) throw damaged("its index's checksum is wrong");
}

interface Check {
  readonly size: number;
  update(bytes: Uint8Array): void;
  matches(expected: Uint8Array): boolean;
}

/** Block checks by id. Ids other than none, CRC32, CRC64 and SHA-256 are passed over, as the format asks. */
function createCheck(id: number): Check {
  const size = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64][id]!;
  if (id === 1) {
    let crc = 0;
    return {
      size,
      update: (bytes) => {
        crc = crc32(bytes, crc);
      },
      matches: (expected) => uint32(expected, 0) === crc,
    };
  }
  if (id === 4) {
    const crc = new Crc64();
    return {
      size,
      update: (bytes) => crc.update(bytes),
      matches: (expected) => uint32(expected, 0) === crc.low && uint32(expected, 4) === crc.high,
    };
  }
  if (id === 10) {
    const hash = createHash("sha256");
    return {
      size,
      update: (bytes) => {
        hash.update(bytes);
      },
      matches: (expected) => {
        const digest = hash.digest();
        return expected.every((byte, i) => byte === digest[i]);
      },
    };
  }
  return { size, update: () => undefined, matches: () => true };
}

const crc64Low = new Int32Array(256);
const crc64High = new Int32Array(256);
for (let i = 0; i < 256; i++) {
  let crc = BigInt(i);
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
  crc64Low[i] = Number(crc & 0xffffffffn);
  crc64High[i] = Number(crc >> 32n);
}

/** CRC-64/XZ (ECMA-182, reflected) in two 32-bit halves. */
class Crc64 {
  #low = -1;
  #high = -1;

  get low(): number {
    return ~this.#low >>> 0;
  }

  get high(): number {
    return ~this.#high >>> 0;
  }

  update(bytes: Uint8Array): void {
    let low = this.#low;
    let high = this.#high;
    for (let i = 0; i < bytes.length; i++) {
      const index = (low ^ bytes[i]!) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ crc64Low[index]!;
      high = (high >>> 8) ^ crc64High[index]!;
    }
    this.#low = low;
    this.#high = high;
  }
}
