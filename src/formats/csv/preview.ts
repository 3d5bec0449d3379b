import type { ByteSource } from "../source.ts";
import { FormatError } from "../source.ts";
import { toUtf8 } from "../text-encoding.ts";
import type { CsvDialect } from "./dialect.ts";
import { isSpacing, RecordCursor } from "./record-cursor.ts";

export interface CsvPreviewRequest {
  /** The decompressed bytes that were ingested. */
  readonly source: Pick<ByteSource, "byteLength" | "slice">;
  readonly dialect: CsvDialect;
  /** Starts of data records as `ingestCsv` reported them, ascending; may be empty. */
  readonly offsets: readonly (readonly [record: number, byte: number])[];
  /** Data records to pass over (those that were set aside count), and how many to return. */
  readonly offset: number;
  readonly limit: number;
  /** Bytes read at most; a preview of longer records is cut short. */
  readonly mostBytes?: number;
}

const FIRST_READ = 256 * 1024;
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * The cells of some data records as the file has them: `1250.50` stays `1250.50`. Only quotes and escapes are undone. Records may have more or
 * fewer cells than there are columns where the file is uneven.
 */
export async function previewCsv(request: CsvPreviewRequest): Promise<string[][]> {
  const { source, dialect, offset, limit } = request;
  const most = request.mostBytes ?? MOST_BYTES;
  // Each record takes a line at least: from this one on none of the lines that are passed over follows.
  const lastSkipped = dialect.skippedLines?.at(-1) ?? -1;
  let start = { record: 0, byte: dialect.dataOffset, line: dialect.dataLine };
  for (const [record, byte] of request.offsets) {
    if (record > offset) break;
    if (record > lastSkipped) start = { record, byte, line: lastSkipped + 1 };
  }
  for (let size = FIRST_READ; ; size *= 4) {
    const end = Math.min(start.byte + Math.min(size, most), source.byteLength);
    const isFinal = end === source.byteLength;
    const raw = await source.slice(start.byte, end);
    if (raw.length < end - start.byte) throw new FormatError("The file is shorter than it was when it was read.");
    const rows = readRows(raw, dialect, {
      skip: offset - start.record,
      line: start.line,
      limit,
      isFinal,
    });
    if (rows.length === limit || isFinal || size >= most) return rows;
  }
}

function readRows(
  raw: Uint8Array,
  dialect: CsvDialect,
  { skip, line, limit, isFinal }: { skip: number; line: number; limit: number; isFinal: boolean },
): string[][] {
  const bytes = toUtf8(raw, dialect);
  const cursor = new RecordCursor(bytes, bytes.length, dialect, { final: isFinal, firstLine: line });
  const rows: string[][] = [];
  let passed = 0;
  while (rows.length < limit && cursor.read()) {
    if (cursor.isComment || isSpacing(cursor, dialect)) continue;
    if (passed++ < skip) continue;
    if (cursor.fault !== undefined)
      rows.push([new TextDecoder().decode(bytes.subarray(cursor.start, cursor.next)).trimEnd()]);
    else rows.push(Array.from({ length: cellCount(cursor, dialect) }, (_, i) => cursor.readCell(i)));
  }
  return rows;
}

function cellCount(cursor: RecordCursor, dialect: CsvDialect): number {
  const columns = dialect.columns.length;
  const isExtra =
    dialect.trailingDelimiter && cursor.count === columns + 1 && cursor.starts[columns] === cursor.ends[columns];
  return isExtra ? columns : cursor.count;
}
