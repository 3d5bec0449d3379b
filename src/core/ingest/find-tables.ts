import { detectCsvDialect } from "../../formats/csv/detect-dialect.ts";
import type { CsvDialect } from "../../formats/csv/dialect.ts";
import { encodeBatch } from "../../formats/result/index.ts";
import { type ByteSource, FormatError, type FormatTable } from "../../formats/source.ts";
import type { Limits } from "../limits.ts";
import { columnsOf } from "./arrow-types.ts";
import { peekTable } from "./batch-reading.ts";
import type { Bench } from "./bench.ts";
import { ingestCsv } from "./csv/ingest-csv.ts";
import type { CsvIngestResult, RowOffset } from "./csv/ingest-input.ts";
import { describeIrregularRows, describeRenamed } from "./csv/irregular-rows.ts";
import type { CsvReject } from "./csv/rejects.ts";
import { decideFormat, declaredFormat, type Format } from "./detect-format.ts";
import { KeptList } from "./kept-list.ts";
import { type LoadTarget, loadBatches } from "./load-batches.ts";
import { openDiskSource } from "./object-source.ts";
import { type ParserOptions, parseParserOptions } from "./parser-options.ts";
import type { ReadOptions } from "./read-options.ts";
import { readTables } from "./readers.ts";
import { selectColumns } from "./select-columns.ts";
import { skipBytes } from "./skip-bytes.ts";
import { spoolToDisk } from "./spool-to-disk.ts";
import { chooseMembers } from "./table-members.ts";
import { WIDE_PROGRESS_TABLE } from "./wide-load.ts";

const LINE_FEED = 10;
const REMARK_NOTES = "remarks/";
/** What `decideFormat` looks at. */
const HEAD_BYTES = 512;
/** Enough to see how many columns a CSV file has. */
const DIALECT_SAMPLE_BYTES = 256 * 1024;

/** How to show a table's original cells. */
export interface CellMap {
  dialect: CsvDialect;
  offsets: RowOffset[];
  /** Bytes of the decompressed table. */
  bytes: number;
  /** The archive member that holds the table, if there is one. */
  member: string | null;
}

/** What is known of a table once its rows are in. */
export interface LoadedTable {
  rows: number;
  rejected: number;
  columns: { name: string; duckdbType: string; confidence: number }[];
  /** Bookkeeping tables in its database that are no longer needed. */
  leftovers: string[];
  cells: CsvDialect | null;
}

/** A table that was found in a file and is still to be loaded. */
export interface TableSource {
  readonly name: string | undefined;
  /** As far as it can be told beforehand; decides how the table is laid out. */
  readonly columnCount: number;
  /** Bytes that a row takes in the file, by its first rows; 0 when there are none. */
  measureRow(): Promise<number>;
  /** Where the original cells are, once the table is loaded; undefined for formats without such cells. */
  cellMap(loaded: LoadedTable): CellMap | undefined;
  load(target: LoadTarget): Promise<LoadedTable>;
}

/** A decompressed file, or one member of an archive. */
export interface Member {
  readonly name: string | undefined;
  stream(): ReadableStream<Uint8Array>;
}

export type TableReject = CsvReject & { table: string | null };

export interface FoundTables {
  format: string;
  remarks: string[];
  tables: TableSource[];
}

/** Looks into a file, or into each member of an archive, for its tables. @throws FormatError when there is none or it cannot be read. */
export async function findTables(
  bench: Bench,
  input: {
    members: readonly Member[];
    /** The bytes of an uncompressed file, which can be read by ranges. */
    whole: ByteSource | undefined;
    declared: Format | undefined;
    /** How the owner wants it read. */
    options?: ReadOptions;
    limits: Limits;
    rejects: KeptList<TableReject>;
  },
): Promise<FoundTables> {
  const found: FoundTables = { format: "csv", remarks: [], tables: [] };
  const { members, passedOver } = chooseMembers(input.members);
  if (passedOver.length > 0)
    found.remarks.push(`What holds no tables by its name was passed over: ${passedOver.map(quoteName).join(", ")}.`);
  for (const [i, member] of members.entries()) {
    const declared =
      (input.members.length > 1 && member.name ? declaredFormat({ name: member.name, contentType: "" }) : undefined) ??
      input.declared;
    const head = await readStart(member.stream(), HEAD_BYTES);
    if (head.length === 0) throw new FormatError(`${describe(member)} is empty: it has 0 bytes.`);
    const format = decideFormat(head, declared);
    if (declared && declared !== format)
      found.remarks.push(`${describe(member)} is declared as ${declared}, but is ${format}; it was read as that.`);
    if (i === 0) found.format = format;
    const options = parserOptions(found, format, input.declared, input.options?.parserOptions);
    if (format === "csv") {
      found.tables.push(await csvTable(bench, member, found.tables.length, options, input));
      continue;
    }
    const source = input.whole ?? (await spoolMember(bench, member, i, input.limits));
    for (const table of await readTables(format, source, options)) {
      const name = [member.name, table.name].filter((part) => part !== undefined).join("/");
      found.tables.push(batchTable(bench, name === "" ? undefined : name, selectColumns(table, options.selection)));
    }
  }
  if (found.tables.length === 0) throw new FormatError("The file holds no table.");
  return found;
}

/** The options for a member. They were declared for one format; a member of another is read without them. */
function parserOptions(
  found: FoundTables,
  format: Format,
  declared: Format | undefined,
  given: ReadOptions["parserOptions"] = {},
): ParserOptions {
  const isDeclared = declared === undefined || readsAlike(format) === readsAlike(declared);
  if (isDeclared) return parseParserOptions(format, given);
  const names = Object.keys(given);
  const remark = `The parser options (${names.join(", ")}) are for ${declared} and were not applied to ${format}.`;
  if (names.length > 0 && !found.remarks.includes(remark)) found.remarks.push(remark);
  return parseParserOptions(format, {});
}

const readsAlike = (format: Format): Format => (format === "xls" ? "xlsx" : format);

function describe(member: Member): string {
  return member.name === undefined ? "The file" : quoteName(member.name);
}

const quoteName = (name: string) => `“${name}”`;

async function csvTable(
  bench: Bench,
  member: Member,
  ordinal: number,
  { csv: options }: ParserOptions,
  input: { whole: ByteSource | undefined; limits: Limits; rejects: KeptList<TableReject> },
): Promise<TableSource> {
  const { whole, limits, rejects } = input;
  const { name } = member;
  const offsets = new KeptList<RowOffset>(bench.notes, `offsets/${ordinal}`);
  const bytesRead = `bytes/${ordinal}`;
  const start = await readStart(member.stream(), DIALECT_SAMPLE_BYTES);
  return {
    name,
    columnCount: detectCsvDialect(start, { options, isWhole: start.length < DIALECT_SAMPLE_BYTES }).dialect.columns
      .length,
    measureRow: async () => start.length / Math.max(1, countLines(start)),
    cellMap: (loaded) =>
      loaded.cells
        ? {
            dialect: loaded.cells,
            offsets: [...offsets],
            bytes: bench.notes.get<number>(bytesRead) ?? 0,
            member: name ?? null,
          }
        : undefined,
    async load(target) {
      const before = bench.notes.get<number>(`rejects-before/${ordinal}`) ?? [...rejects].length;
      bench.notes.put(`rejects-before/${ordinal}`, before);
      const result = await ingestCsv({
        engine: bench.engine,
        open: (offset) => (whole ? whole.stream(offset) : skipBytes(member.stream(), offset)),
        target,
        disk: bench.disk,
        options,
        limits: {
          rejectShare: limits.MAX_REJECT_SHARE,
          typeThreshold: limits.MIN_TYPE_SHARE,
          columns: limits.MAX_COLUMNS,
        },
        signal: bench.signal,
        onProgress: ({ bytes, isDurable }) => {
          bench.notes.put(bytesRead, bytes);
          if (isDurable) bench.checkpoint();
        },
        onRejects: (batch) =>
          rejects.replaceFrom(
            before + batch.from,
            batch.rejects.map((reject) => ({ ...reject, table: name ?? null })),
          ),
        onOffsets: (batch) => offsets.replaceFrom(batch.from, batch.offsets),
      });
      bench.notes.put(`${REMARK_NOTES}${ordinal}`, remarksOn(result, name));
      return describeCsv(result);
    },
  };
}

/** What is told of the tables of several members names the member. */
function remarksOn({ irregular, dialect }: CsvIngestResult, member: string | undefined): string[] {
  const remarks = [...describeRenamed(dialect.renamed), ...describeIrregularRows(irregular, dialect.columns.length)];
  return member === undefined ? remarks : remarks.map((remark) => `“${member}”: ${remark}`);
}

/** What was noticed while the tables were loaded, in this turn or an earlier one. */
export function remarksOfLoading(bench: Bench): string[] {
  return [...bench.notes.list<string[]>(REMARK_NOTES)].flatMap(([, remarks]) => remarks);
}

function describeCsv(result: CsvIngestResult): LoadedTable {
  return {
    rows: result.rows,
    rejected: result.rejects,
    columns: result.columns.map(({ name, type, confidence }) => ({ name, duckdbType: type, confidence })),
    leftovers: ["eider_csv_ingest", WIDE_PROGRESS_TABLE],
    cells: result.dialect,
  };
}

function batchTable(bench: Bench, name: string | undefined, table: FormatTable): TableSource {
  const peeked = peekTable(table);
  return {
    name,
    columnCount: table.schema.fields.length,
    async measureRow() {
      const first = await peeked.first();
      return first ? encodeBatch(first).length / Math.max(1, first.numRows) : 0;
    },
    cellMap: () => undefined,
    async load(target) {
      const rows = await loadBatches(bench, peeked, target);
      const columns = columnsOf(table.schema).map((column) => ({ ...column, confidence: 1 }));
      return { rows, rejected: 0, columns, leftovers: ["load_progress"], cells: null };
    },
  };
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}

/** Formats that are read by ranges need a compressed member laid out on the disk first. */
async function spoolMember(bench: Bench, member: Member, ordinal: number, limits: Limits): Promise<ByteSource> {
  const file = `member_${ordinal}`;
  if (!bench.notes.get<boolean>(`spooled/${ordinal}`)) {
    await spoolToDisk(bench, member.stream(), file, limits.MAX_DECOMPRESSED_BYTES);
    bench.notes.put(`spooled/${ordinal}`, true);
  }
  return openDiskSource(bench.disk, file);
}

async function readStart(stream: ReadableStream<Uint8Array>, wanted: number): Promise<Uint8Array> {
  const head = new Uint8Array(wanted);
  let length = 0;
  for await (const chunk of stream) {
    const part = chunk.subarray(0, wanted - length);
    head.set(part, length);
    length += part.length;
    if (length === wanted) break;
  }
  return head.subarray(0, length);
}
