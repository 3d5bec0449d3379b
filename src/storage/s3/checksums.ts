import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** A checksum that is fed piece by piece. */
export interface Checksum {
  update(data: Uint8Array): void;
  /** Base64 of the value's bytes, most significant first: how S3 writes checksums. */
  digest(): string;
}

/** The algorithms of S3's `x-amz-checksum-*` headers. */
export const CHECKSUM_ALGORITHMS = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

export function createChecksum(algorithm: ChecksumAlgorithm | "md5"): Checksum {
  switch (algorithm) {
    case "crc32":
      return createCrc32();
    case "crc32c":
      return createCrc32c();
    case "crc64nvme":
      return createCrc64Nvme();
    default: {
      const hash = createHash(algorithm);
      return { update: (data) => void hash.update(data), digest: () => hash.digest("base64") };
    }
  }
}

function createCrc32(): Checksum {
  let value = 0;
  return {
    update(data) {
      value = crc32(data, value);
    },
    digest: () => bigEndian(value >>> 0),
  };
}

/** Castagnoli (RFC 3720, B.4), reflected. */
const CRC32C_POLYNOMIAL = 0x82f63b78;
let crc32cTable: Uint32Array | undefined;

function createCrc32c(): Checksum {
  crc32cTable ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ CRC32C_POLYNOMIAL : value >>> 1;
    return value;
  });
  const table = crc32cTable;
  let value = 0xffffffff;
  return {
    update(data) {
      let crc = value;
      for (let i = 0; i < data.length; i++) crc = (crc >>> 8) ^ table[(crc ^ data[i]!) & 0xff]!;
      value = crc;
    },
    digest: () => bigEndian((value ^ 0xffffffff) >>> 0),
  };
}

/** CRC-64/NVME (NVM Express NVM command set specification, 5.2.1.3.4), reflected. */
const CRC64_POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
let crc64Tables: { high: Uint32Array; low: Uint32Array } | undefined;

// Two 32-bit halves: BigInt arithmetic for each byte would be some hundred times slower.
function createCrc64Nvme(): Checksum {
  crc64Tables ??= buildCrc64Tables();
  const tables = crc64Tables;
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(data) {
      let h = high;
      let l = low;
      for (let i = 0; i < data.length; i++) {
        const at = (l ^ data[i]!) & 0xff;
        l = ((l >>> 8) | (h << 24)) ^ tables.low[at]!;
        h = (h >>> 8) ^ tables.high[at]!;
      }
      high = h;
      low = l;
    },
    digest: () => bigEndian((high ^ 0xffffffff) >>> 0, (low ^ 0xffffffff) >>> 0),
  };
}

function buildCrc64Tables(): { high: Uint32Array; low: Uint32Array } {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ CRC64_POLYNOMIAL : value >> 1n;
    high[byte] = Number(value >> 32n);
    low[byte] = Number(value & 0xffffffffn);
  }
  return { high, low };
}

function bigEndian(...words: number[]): string {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => void bytes.writeUInt32BE(word, i * 4));
  return bytes.toString("base64");
}
