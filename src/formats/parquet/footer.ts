import { type FileMetaData, parquetMetadata } from "hyparquet";
import { type ByteSource, FormatError } from "../source.ts";

/** Footers are kept in memory as objects while a file is read, so they must stay small against a Worker's memory. */
const MAX_FOOTER_BYTES = 12 * 2 ** 20;
const FIRST_READ_BYTES = 64 * 1024;

/** Of statistics only the length of texts is used; the rest is left as it is, so that damaged ones do no harm. */
const KEEP = (value: unknown): unknown => value;
const RAW_STATISTICS = {
  timestampFromMilliseconds: KEEP,
  timestampFromMicroseconds: KEEP,
  timestampFromNanoseconds: KEEP,
  dateFromDays: KEEP,
  stringFromBytes: (bytes: Uint8Array) => bytes.length,
  jsonFromBytes: KEEP,
  geometryFromBytes: KEEP,
  geographyFromBytes: KEEP,
  uuidFromBytes: KEEP,
};

/** Reads a Parquet file's footer. Throws `FormatError` when the bytes are not Parquet, cut off, encrypted or damaged. */
export async function readFooter(source: ByteSource): Promise<FileMetaData> {
  const size = source.byteLength;
  if (size < 12) throw new FormatError(`The file has only ${size} bytes; a Parquet file has at least 12.`);
  const tailStart = Math.max(0, size - FIRST_READ_BYTES);
  const [head, tail] = await Promise.all([source.slice(0, 4), source.slice(tailStart, size)]);
  const startMagic = asText(head);
  const endMagic = asText(tail.subarray(tail.length - 4));
  if (endMagic === "PARE" || startMagic === "PARE") {
    throw new FormatError("The Parquet file is encrypted. Upload it without encryption: Eider has no key for it.");
  }
  if (startMagic !== "PAR1") throw new FormatError('This is not a Parquet file: it does not begin with "PAR1".');
  if (endMagic !== "PAR1") {
    throw new FormatError('The Parquet file does not end with "PAR1": it is cut off or was not written to its end.');
  }
  const length = new DataView(tail.buffer, tail.byteOffset + tail.length - 8, 4).getUint32(0, true);
  if (length === 0 || length > size - 12) {
    throw new FormatError(
      `The Parquet file's footer is said to be ${length} bytes long, but the file has ${size}. It is cut off or corrupt.`,
    );
  }
  if (length > MAX_FOOTER_BYTES) {
    throw new FormatError(
      `The Parquet file's footer has ${Math.ceil(length / 2 ** 20)} MB; at most 12 MB can be read. Write fewer row groups or columns.`,
    );
  }
  const footer = length + 8 <= tail.length ? tail : await source.slice(size - length - 8, size);
  let metadata: FileMetaData;
  try {
    metadata = parquetMetadata(footer, { parsers: RAW_STATISTICS, geoparquet: false });
  } catch (cause) {
    throw new FormatError("The Parquet file's footer is damaged and cannot be read.", { cause });
  }
  return metadata;
}

function asText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
