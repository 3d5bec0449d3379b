import { Body, isHeader, type SampleRecord } from "./header-votes.ts";
import { type CellLayout, RecordCursor } from "./record-cursor.ts";

const LF = 10;
const CR = 13;
const SPACE = 32;

/**
 * The names in a comment right above the first row, as VCF and many instruments write them (`#CHROM POS ID`), where they are as many as
 * the columns and could be the header of the rows below.
 *
 * @param records of the table, which has no other header.
 */
export function findCommentedHeader(
  sample: Uint8Array,
  layout: CellLayout,
  records: readonly SampleRecord[],
  width: number,
): SampleRecord | undefined {
  const [first] = records;
  if (layout.comment === "" || first === undefined || width < 2) return undefined;
  let end = first.start;
  while (end > 0 && isLineEnd(sample[end - 1]!)) end--;
  let start = end;
  while (start > 0 && !isLineEnd(sample[start - 1]!)) start--;
  const mark = layout.comment.charCodeAt(0);
  if (sample[start] !== mark) return undefined;
  while (start < end && (sample[start] === mark || sample[start] === SPACE)) start++;
  const cursor = new RecordCursor(sample.subarray(start, end), end - start, layout, { final: true, firstLine: 1 });
  if (!cursor.read() || cursor.fault !== undefined || cursor.count !== width) return undefined;
  const cells = Array.from({ length: width }, (_, i) => cursor.readCell(i));
  const header: SampleRecord = { cells, start, next: first.start, line: first.line, isFaulty: false };
  const table = [header, ...records];
  return isHeader(table, new Body(table, width), 0) ? header : undefined;
}

function isLineEnd(byte: number): boolean {
  return byte === LF || byte === CR;
}
