import { type ByteSource, FormatError } from "../source.ts";
import { CODECS, type Codec } from "./codecs.ts";
import { readMessage, readNumbers, unzigzag } from "./protobuf.ts";

/** ORC's type kinds (orc_proto.proto). */
export const TypeKind = {
  boolean: 0,
  byte: 1,
  short: 2,
  int: 3,
  long: 4,
  float: 5,
  double: 6,
  string: 7,
  binary: 8,
  timestamp: 9,
  list: 10,
  map: 11,
  struct: 12,
  union: 13,
  decimal: 14,
  date: 15,
  varchar: 16,
  char: 17,
  timestampInstant: 18,
  geometry: 19,
  geography: 20,
} as const;

export interface OrcType {
  /** Number of the column; streams name it. */
  readonly id: number;
  kind: number;
  children: OrcType[];
  names: string[];
  precision: number | undefined;
  scale: number;
  /** Least and greatest timestamp, in milliseconds since 1970, where the file says. */
  range: { from: number; to: number } | undefined;
  /** Its timestamps have nanoseconds. */
  hasNanoseconds: boolean;
}

export interface Stripe {
  offset: number;
  indexLength: number;
  dataLength: number;
  footerLength: number;
  rows: number;
}

export interface OrcTail {
  readonly compression: { name: string; decompress: Codec } | undefined;
  /** Largest chunk after decompression. */
  readonly blockSize: number;
  readonly root: OrcType;
  readonly stripes: Stripe[];
  readonly rows: number;
  /** Average bytes a row takes in Arrow, from the column statistics; undefined when they are missing. */
  readonly rowWidth: number | undefined;
  /** Decimals of up to 18 digits are written as runs of whole numbers (the unreleased version 2 of the format). */
  readonly hasDecimal64: boolean;
}

/** The footer is held whole; so large a one describes a hundred thousand stripes. */
const MAX_FOOTER_BYTES = 16 * 1024 ** 2;
const MAX_BLOCK_BYTES = 8 * 1024 ** 2;
const MAX_TYPES = 20_000;

export function damaged(why: string): FormatError {
  return new FormatError(`The ORC file is damaged: ${why}. Write the file again.`);
}

/** Reads postscript and footer (orc.apache.org/specification/ORCv1). @throws FormatError for other files, damage, encryption. */
export async function readTail(source: ByteSource): Promise<OrcTail> {
  const { byteLength } = source;
  const last = await source.slice(Math.max(0, byteLength - 256), byteLength);
  const head = await source.slice(0, Math.min(3, byteLength));
  const postscriptLength = last.at(-1) ?? 0;
  const postscript = readPostscript(last, postscriptLength);
  if (postscript === undefined || (!postscript.hasMagic && String.fromCharCode(...head) !== "ORC")) {
    throw new FormatError(
      String.fromCharCode(...head) === "ORC"
        ? "The ORC file has no footer at its end. It is truncated; upload the whole file."
        : "The file is not ORC. Declare its real type.",
    );
  }
  const { footerLength, compressionKind, blockSize } = postscript;
  const compression = compressionKind === 0 ? undefined : CODECS[compressionKind];
  if (compressionKind !== 0 && compression === undefined) {
    throw new FormatError(
      `The ORC file uses compression number ${compressionKind}, which is not read. Write it with ZLIB or ZSTD.`,
    );
  }
  const end = byteLength - 1 - postscriptLength;
  if (footerLength > MAX_FOOTER_BYTES || footerLength > end) throw damaged("its footer lies outside the file");
  if (blockSize > MAX_BLOCK_BYTES) {
    throw new FormatError(
      `The ORC file has compression blocks of ${Math.round(blockSize / 1024 ** 2)} MiB; at most ${MAX_BLOCK_BYTES / 1024 ** 2} MiB are read. Write it with smaller blocks (orc.compress.size).`,
    );
  }
  const footer = decompressAll(await source.slice(end - footerLength, end), compression?.decompress, blockSize);
  return { ...readFooter(footer, end - footerLength), compression, blockSize, hasDecimal64: postscript.hasDecimal64 };
}

interface Postscript {
  footerLength: number;
  compressionKind: number;
  blockSize: number;
  hasMagic: boolean;
  hasDecimal64: boolean;
}

function readPostscript(last: Uint8Array, length: number): Postscript | undefined {
  if (length < 3 || length >= last.length) return undefined;
  const found: Postscript = {
    footerLength: -1,
    compressionKind: 0,
    blockSize: 262_144,
    hasMagic: false,
    hasDecimal64: false,
  };
  const version: number[] = [];
  try {
    for (const field of readMessage(last.subarray(last.length - 1 - length, last.length - 1))) {
      if (field.id === 1) found.footerLength = field.value;
      else if (field.id === 2) found.compressionKind = field.value;
      else if (field.id === 3) found.blockSize = field.value;
      else if (field.id === 4) version.push(...readNumbers(field));
      else if (field.id === 8000) found.hasMagic = String.fromCharCode(...field.bytes) === "ORC";
    }
  } catch {
    return undefined;
  }
  found.hasDecimal64 = version[0] === 1 && version[1] === 9999;
  return found.footerLength < 0 ? undefined : found;
}

/** Decompresses a section that consists of chunks with three-byte headers. */
export function decompressAll(bytes: Uint8Array, codec: Codec | undefined, blockSize: number): Uint8Array {
  if (codec === undefined) return bytes;
  const parts: Uint8Array[] = [];
  let total = 0;
  for (let at = 0; at < bytes.length; ) {
    if (at + 3 > bytes.length) throw damaged("a compressed block is cut off");
    const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    at += 3;
    const length = header >> 1;
    if (at + length > bytes.length) throw damaged("a compressed block is cut off");
    const part = decodeChunk(bytes.subarray(at, at + length), (header & 1) === 1, codec, blockSize);
    at += length;
    total += part.length;
    if (total > MAX_FOOTER_BYTES * 2) throw damaged("its metadata is too large");
    parts.push(part);
  }
  if (parts.length === 1) return parts[0]!;
  const joined = new Uint8Array(total);
  let filled = 0;
  for (const part of parts) {
    joined.set(part, filled);
    filled += part.length;
  }
  return joined;
}

/** Decompresses one chunk, or passes on an original one. @throws FormatError when it is damaged. */
export function decodeChunk(bytes: Uint8Array, isOriginal: boolean, codec: Codec, blockSize: number): Uint8Array {
  if (isOriginal) return bytes;
  try {
    return codec(bytes, blockSize);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError("The ORC file is damaged: a block cannot be decompressed. Write the file again.", {
      cause: error,
    });
  }
}

function readFooter(bytes: Uint8Array, contentEnd: number): Pick<OrcTail, "root" | "stripes" | "rows" | "rowWidth"> {
  const types: (OrcType & { subtypes: number[] })[] = [];
  const stripes: Stripe[] = [];
  const statistics: ColumnStatistics[] = [];
  let rows = 0;
  for (const field of readMessage(bytes)) {
    if (field.id === 3) stripes.push(readStripe(field.bytes));
    else if (field.id === 4) {
      types.push(readType(types.length, field.bytes));
      if (types.length > MAX_TYPES)
        throw new FormatError(`The ORC file has more than ${MAX_TYPES} columns, nested ones included.`);
    } else if (field.id === 6) rows = field.value;
    else if (field.id === 7) statistics.push(readStatistics(field.bytes));
    else if (field.id === 10) {
      throw new FormatError("The ORC file is encrypted. Write it without encryption and upload it again.");
    }
  }
  for (const { offset, indexLength, dataLength, footerLength } of stripes) {
    if (offset + indexLength + dataLength + footerLength > contentEnd) throw damaged("a stripe lies outside the file");
  }
  for (const type of types) type.range = statistics[type.id]?.range;
  const [root] = types;
  if (root === undefined) throw damaged("it has no schema");
  // A type's children come after it, so one pass links the tree and no circle can arise.
  for (const type of types) {
    for (const child of type.subtypes) {
      const found = types[child];
      if (found === undefined || child <= type.id) throw damaged("its schema runs in a circle");
      type.children.push(found);
    }
    const wanted = CHILD_COUNTS[type.kind] ?? (type.kind === TypeKind.struct || type.kind === TypeKind.union ? -1 : 0);
    if (wanted >= 0 && type.children.length !== wanted) throw damaged("its schema is incomplete");
    if (type.kind === TypeKind.struct && type.names.length !== type.children.length)
      throw damaged("its schema lacks names");
  }
  const total = stripes.reduce((sum, stripe) => sum + stripe.rows, 0);
  return { root, stripes, rows: total || rows, rowWidth: averageWidth(types, statistics, total) };
}

const CHILD_COUNTS: Record<number, number | undefined> = { [TypeKind.list]: 1, [TypeKind.map]: 2 };

function readStripe(bytes: Uint8Array): Stripe {
  const stripe: Stripe = { offset: 0, indexLength: 0, dataLength: 0, footerLength: 0, rows: 0 };
  for (const { id, value } of readMessage(bytes)) {
    if (id === 1) stripe.offset = value;
    else if (id === 2) stripe.indexLength = value;
    else if (id === 3) stripe.dataLength = value;
    else if (id === 4) stripe.footerLength = value;
    else if (id === 5) stripe.rows = value;
    else if (id === 6)
      throw new FormatError("The ORC file is encrypted. Write it without encryption and upload it again.");
  }
  return stripe;
}

function readType(id: number, bytes: Uint8Array): OrcType & { subtypes: number[] } {
  const type: OrcType & { subtypes: number[] } = {
    id,
    kind: 0,
    children: [],
    names: [],
    precision: undefined,
    scale: 0,
    range: undefined,
    hasNanoseconds: false,
    subtypes: [],
  };
  for (const field of readMessage(bytes)) {
    if (field.id === 1) type.kind = field.value;
    else if (field.id === 2) type.subtypes.push(...readNumbers(field));
    else if (field.id === 3) type.names.push(new TextDecoder().decode(field.bytes));
    else if (field.id === 5) type.precision = field.value;
    else if (field.id === 6) type.scale = field.value;
  }
  return type;
}

interface ColumnStatistics {
  values: number;
  /** Bytes of all texts or byte strings. */
  bytes: number;
  range: OrcType["range"];
}

function readStatistics(bytes: Uint8Array): ColumnStatistics {
  const statistics: ColumnStatistics = { values: 0, bytes: 0, range: undefined };
  for (const field of readMessage(bytes)) {
    if (field.id === 1) statistics.values = field.value;
    else if (field.id === 4) {
      for (const inner of readMessage(field.bytes)) if (inner.id === 3) statistics.bytes = unzigzag(inner.value);
    } else if (field.id === 8) {
      for (const inner of readMessage(field.bytes)) if (inner.id === 1) statistics.bytes = unzigzag(inner.value);
    } else if (field.id === 9) statistics.range = readTimestampRange(field.bytes);
  }
  return statistics;
}

/** Least and greatest timestamp: by the wall clock, or where a writer says both, by UTC. */
function readTimestampRange(bytes: Uint8Array): OrcType["range"] {
  const bounds = new Map<number, number>();
  for (const { id, value } of readMessage(bytes)) bounds.set(id, unzigzag(value));
  const from = bounds.get(3) ?? bounds.get(1);
  const to = bounds.get(4) ?? bounds.get(2);
  return from === undefined || to === undefined ? undefined : { from, to };
}

function averageWidth(
  types: readonly OrcType[],
  statistics: readonly ColumnStatistics[],
  rows: number,
): number | undefined {
  if (rows === 0 || statistics.length < types.length) return undefined;
  let bytes = 0;
  for (const { id, kind } of types) {
    const { values, bytes: text } = statistics[id]!;
    bytes += Math.max(values, rows) * (kind === TypeKind.decimal ? 17 : 9) + Math.max(0, text);
  }
  return bytes / rows;
}
