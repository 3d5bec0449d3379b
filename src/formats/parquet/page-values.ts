import { FormatError } from "../source.ts";
import { DeltaDecoder, readDeltaLengths } from "./delta.ts";
import { HybridDecoder } from "./hybrid.ts";
import { type ByteSink, createCopy, type FixedSink, lengthAt, type Values } from "./values.ts";

/** Width in bytes of a physical type's values; BYTE_ARRAY has none, booleans take one byte each. */
export function physicalWidth(type: string, typeLength: number | undefined): number | undefined {
  switch (type) {
    case "BOOLEAN":
      return 1;
    case "INT32":
    case "FLOAT":
      return 4;
    case "INT64":
    case "DOUBLE":
      return 8;
    case "INT96":
      return 12;
    case "FIXED_LEN_BYTE_ARRAY":
      if (typeLength === undefined || typeLength <= 0) {
        throw new FormatError("A fixed-length column of the Parquet file does not say its length.");
      }
      return typeLength;
    default:
      return undefined;
  }
}

export type Sink = FixedSink | ByteSink;

/** Moves the next values of a page into a sink. */
export type TakeValues = (sink: Sink, count: number) => void;

/** What of a page's values a decoder is for. */
export interface PageValues {
  readonly encoding: string;
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Values, nulls not counted, at most. */
  readonly limit: number;
  readonly dictionary: Values | undefined;
  readonly column: string;
}

/** Starts to decode the values of a data page or a dictionary page (PLAIN). Throws `FormatError` for what the format forbids. */
export function openPageValues(page: PageValues, width: number | undefined): TakeValues {
  const { encoding, type, bytes, start } = page;
  const end = bytes.length;
  switch (encoding) {
    case "PLAIN":
      if (type === "BOOLEAN") return takePackedBooleans(bytes, start);
      return width === undefined ? takePlainBytes(bytes, start) : takePlainFixed(bytes, start, width);
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY":
      return takeIndexed(page);
    case "RLE": {
      if (type !== "BOOLEAN") break;
      const hybrid = new HybridDecoder(bytes, start + 4, end, 1);
      return (sink, count) => {
        const fixed = sink as FixedSink;
        fixed.reserve(count);
        hybrid.read(fixed.bytes, fixed.length, count);
        fixed.length += count;
      };
    }
    case "DELTA_BINARY_PACKED": {
      if (type !== "INT32" && type !== "INT64") break;
      const decoder = new DeltaDecoder(bytes, start, end);
      return (sink, count) => {
        const fixed = sink as FixedSink;
        fixed.reserve(count);
        decoder.read(fixed.words, fixed.length, count, width === 8);
        fixed.length += count;
      };
    }
    case "DELTA_LENGTH_BYTE_ARRAY":
      if (width === undefined) return takeDeltaLength(page);
      break;
    case "DELTA_BYTE_ARRAY":
      if (width === undefined || type === "FIXED_LEN_BYTE_ARRAY") return takeDeltaBytes(page);
      break;
    case "BYTE_STREAM_SPLIT":
      if (width !== undefined && type !== "BOOLEAN" && type !== "INT96")
        return takeByteStreamSplit(bytes, start, width);
      break;
  }
  throw new FormatError(
    `Column "${page.column}" of the Parquet file stores ${type} values with the encoding ${encoding}, which is not allowed or not known.`,
  );
}

function takePackedBooleans(bytes: Uint8Array, start: number): TakeValues {
  let bit = start * 8;
  return (sink, count) => {
    const fixed = sink as FixedSink;
    if (bit + count > bytes.length * 8) throw endsEarly();
    fixed.reserve(count);
    const out = fixed.bytes;
    for (let i = 0, at = fixed.length; i < count; i++, at++, bit++) out[at] = (bytes[bit >>> 3]! >>> (bit & 7)) & 1;
    fixed.length += count;
  };
}

function takePlainFixed(bytes: Uint8Array, start: number, width: number): TakeValues {
  let at = start;
  return (sink, count) => {
    (sink as FixedSink).append(bytes, at, count);
    at += count * width;
  };
}

function takePlainBytes(bytes: Uint8Array, start: number): TakeValues {
  let at = start;
  return (sink, count) => {
    const out = sink as ByteSink;
    let end = at;
    for (let i = 0; i < count; i++) {
      if (end + 4 > bytes.length) throw endsEarly();
      end += 4 + lengthAt(bytes, end);
    }
    if (end > bytes.length) throw endsEarly();
    out.reserve(count);
    out.reserveBytes(end - at - 4 * count);
    const { data, offsets } = out;
    const copy = createCopy(bytes, data);
    let to = out.byteLength;
    let slot = out.length;
    while (at < end) {
      const from = at + 4;
      at = from + lengthAt(bytes, at);
      copy(from, at, to);
      to += at - from;
      offsets[++slot] = to;
    }
    out.byteLength = to;
    out.length = slot;
  };
}

function takeIndexed({ bytes, start, dictionary, column }: PageValues): TakeValues {
  const width = bytes[start] ?? 0;
  const hybrid = new HybridDecoder(bytes, start + 1, bytes.length, width);
  let indices = new Int32Array(0);
  return (sink, count) => {
    if (count === 0) return;
    if (!dictionary) {
      throw new FormatError(
        `Column "${column}" of the Parquet file uses a dictionary that is not there: it is corrupt.`,
      );
    }
    if (indices.length < count) indices = new Int32Array(count);
    hybrid.read(indices, 0, count);
    if (dictionary.kind === "fixed") (sink as FixedSink).gather(dictionary, indices, count);
    else (sink as ByteSink).gather(dictionary, indices, count);
  };
}

function takeDeltaLength({ bytes, start, limit }: PageValues): TakeValues {
  const [lengths, dataStart] = readDeltaLengths(bytes, start, bytes.length, limit);
  let at = dataStart;
  let next = 0;
  return (sink, count) => {
    const out = sink as ByteSink;
    if (next + count > lengths.length) throw endsEarly();
    out.reserve(count);
    for (let i = 0; i < count; i++) {
      const length = lengths[next++]!;
      if (length < 0) throw endsEarly();
      out.appendValue(bytes, at, at + length);
      at += length;
    }
  };
}

function takeDeltaBytes({ bytes, start, limit }: PageValues): TakeValues {
  const [prefixes, suffixesStart] = readDeltaLengths(bytes, start, bytes.length, limit);
  const [suffixes, dataStart] = readDeltaLengths(bytes, suffixesStart, bytes.length, limit);
  let at = dataStart;
  let next = 0;
  let previous = new Uint8Array(256);
  let previousLength = 0;
  return (sink, count) => {
    if (next + count > prefixes.length || next + count > suffixes.length) throw endsEarly();
    sink.reserve(count);
    for (let i = 0; i < count; i++) {
      const prefix = prefixes[next]!;
      const suffix = suffixes[next++]!;
      if (prefix < 0 || prefix > previousLength || suffix < 0 || at + suffix > bytes.length) throw endsEarly();
      const length = prefix + suffix;
      if (length > previous.length) {
        const larger = new Uint8Array(length * 2);
        larger.set(previous.subarray(0, prefix));
        previous = larger;
      }
      previous.set(bytes.subarray(at, at + suffix), prefix);
      previousLength = length;
      at += suffix;
      if (sink.kind === "bytes") sink.appendValue(previous, 0, length);
      else if (length === sink.width) sink.append(previous, 0, 1);
      else throw new FormatError("A fixed-length Parquet column holds a value of another length: the file is corrupt.");
    }
  };
}

function takeByteStreamSplit(bytes: Uint8Array, start: number, width: number): TakeValues {
  const stride = Math.floor((bytes.length - start) / width);
  let next = 0;
  return (sink, count) => {
    const fixed = sink as FixedSink;
    if (next + count > stride) throw endsEarly();
    fixed.reserve(count);
    for (let k = 0; k < width; k++) {
      let from = start + k * stride + next;
      for (let i = 0, at = fixed.length * width + k; i < count; i++, at += width) fixed.bytes[at] = bytes[from++]!;
    }
    fixed.length += count;
    next += count;
  };
}

function endsEarly(): FormatError {
  return new FormatError("A Parquet page ends before all its values: the file is corrupt or was cut off.");
}
