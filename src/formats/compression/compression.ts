import { FormatError } from "../source.ts";

/** Compressions that an upload may declare. `""` means none was declared. */
export type Compression = "gzip" | "bz2" | "zip" | "xz" | "zstd";

/** How much a compressed upload may grow to. Both hold for each member and for all members of an archive together. */
export interface DecompressionLimits {
  /** Largest output in bytes. */
  maxBytes: number;
  /** Largest output per compressed byte; checked once the output has passed `ratioFreeBytes`. */
  maxRatio: number;
  /** Output that any input may grow to, however small it is. Default 32 MiB. */
  ratioFreeBytes?: number;
  /** Most members in a zip. Default 1,000. */
  maxMembers?: number;
  /**
   * Largest window that an xz or Zstandard decoder may hold in memory. Default 16 MiB, which suffices for `xz -7` and
   * `zstd -19`; data made by `xz -9` may need 64 MiB.
   */
  maxWindowBytes?: number;
}

/** Limits used when the caller gives none: 5 GiB, and 250 times the compressed size. */
export const DEFAULT_LIMITS: DecompressionLimits = { maxBytes: 5 * 1024 ** 3, maxRatio: 250 };

const names: Record<Compression, string> = {
  gzip: "gzip",
  bz2: "bzip2",
  zip: "zip",
  xz: "xz",
  zstd: "Zstandard",
};

/** The default of `maxWindowBytes`. */
export const DEFAULT_WINDOW_BYTES = 16 * 1024 ** 2;

/** What users call a compression. */
export function nameCompression(compression: Compression): string {
  return names[compression];
}

/**
 * Tells a compression from a file's first bytes (14 are enough); undefined for none.
 * Signatures: RFC 1952, RFC 8878, the .xz file format 1.2.1, bzip2's block and end marks, PKWARE's APPNOTE.
 */
export function detectCompression(head: Uint8Array): Compression | undefined {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  if (starts(0x1f, 0x8b, 8)) return "gzip";
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)) return "xz";
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  if (((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) return "zstd";
  if (starts(0x50, 0x4b, 3, 4) || starts(0x50, 0x4b, 5, 6) || starts(0x50, 0x4b, 7, 8)) return "zip";
  if (starts(0x42, 0x5a, 0x68) && head[3]! >= 0x31 && head[3]! <= 0x39) {
    const mark = head.subarray(4, 10);
    const is = (...bytes: number[]) => mark.length === 6 && bytes.every((byte, i) => mark[i] === byte);
    if (is(0x31, 0x41, 0x59, 0x26, 0x53, 0x59) || is(0x17, 0x72, 0x45, 0x38, 0x50, 0x90)) return "bz2";
  }
  return undefined;
}

/** Counts output against the limits; shared by the members of one archive. */
export class OutputMeter {
  #output = 0;
  readonly #limits: DecompressionLimits;
  readonly #inputBytes: number;

  constructor(limits: DecompressionLimits, inputBytes: number) {
    this.#limits = limits;
    this.#inputBytes = inputBytes;
  }

  /** Adds bytes of output. @throws FormatError past a limit. */
  add(bytes: number): void {
    this.#output += bytes;
    const { maxBytes, maxRatio, ratioFreeBytes = 32 * 1024 ** 2 } = this.#limits;
    if (this.#output > maxBytes) {
      throw new FormatError(
        `The decompressed data is larger than the limit of ${formatBytes(maxBytes)}. Split the file and upload the parts.`,
      );
    }
    if (this.#output > ratioFreeBytes && this.#output > this.#inputBytes * maxRatio) {
      throw new FormatError(
        `The file decompresses to more than ${maxRatio} times its size of ${formatBytes(this.#inputBytes)}, which is more than is allowed. Upload it uncompressed or split it.`,
      );
    }
  }
}

/** A number of bytes for a person: `12 bytes`, `3.5 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = -1;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${units[unit]}`;
}
