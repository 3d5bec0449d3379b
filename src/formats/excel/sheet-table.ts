import { Field, type RecordBatch, Schema } from "apache-arrow";
import { assembleBatch } from "../json/record-table.ts";
import type { FormatTable } from "../source.ts";
import type { CellSink, Sheet } from "./cells.ts";
import { type CellWriter, createCellWriter } from "./column-type.ts";
import type { FormatKind } from "./number-format.ts";
import { type HeaderChoice, SheetSurvey } from "./sheet-survey.ts";

/** A batch is closed at the row that passes this size. */
const BATCH_BYTES = 4 * 1024 ** 2;

/** Options under pandas' meanings. */
export interface SheetOptions {
  /** "auto" (default) looks for the header among the first rows; a number is its row after `skipRows`. */
  header?: HeaderChoice | undefined;
  /** Rows at the top to pass over. */
  skipRows?: number | undefined;
  /** Most rows to read. */
  nRows?: number | undefined;
  /** Positions in the sheet (A is 0) of the columns to read; undefined: all. */
  sheetColumns?: ReadonlySet<number> | undefined;
}

interface Column {
  /** Position in the sheet. */
  column: number;
  seen: number;
  name: string;
}

/** Reads a sheet once for its header and types, and answers it as a table; undefined when it has no cells. */
export async function readSheetTable(sheet: Sheet, options: SheetOptions): Promise<FormatTable | undefined> {
  const { header = "auto", skipRows = 0, nRows = Number.POSITIVE_INFINITY } = options;
  const survey = new SheetSurvey(header, { skip: skipRows, most: nRows }, options.sheetColumns, sheet.is1904);
  for await (const _ of sheet.scan(survey));
  survey.finish();
  const columns = nameColumns(survey.listColumns());
  if (columns.length === 0) return undefined;
  const schema = new Schema(
    columns.map(({ name, seen }) => new Field(name, createCellWriter(seen, sheet.is1904).builder.type, true)),
  );
  const { rowCount, headerRow } = survey;
  async function* batches(from = 0): AsyncGenerator<RecordBatch> {
    if (rowCount === 0) return;
    const sink = new BatchSink(schema, columns, headerRow, rowCount, sheet.is1904);
    let ordinal = 0;
    for await (const _ of sheet.scan(sink)) {
      for (const batch of sink.takeFinished()) if (ordinal++ >= from) yield batch;
      if (sink.isFull) break;
    }
    sink.finish();
    for (const batch of sink.takeFinished()) if (ordinal++ >= from) yield batch;
  }
  return { name: sheet.name, schema, rowCount, batches };
}

/** Names from the header, made unique; columns without one are called by their letters. */
function nameColumns(columns: readonly { column: number; seen: number; name: string | undefined }[]): Column[] {
  const taken = new Set<string>();
  return columns.map(({ column, seen, name }) => {
    const wanted = name ?? letterColumn(column);
    let unique = wanted;
    for (let i = 2; taken.has(unique); i++) unique = `${wanted}_${i}`;
    taken.add(unique);
    return { column, seen, name: unique };
  });
}

/** A column's letters: 0 is A, 26 is AA. */
export function letterColumn(column: number): string {
  let letters = "";
  for (let i = column; i >= 0; i = Math.floor(i / 26) - 1) letters = String.fromCharCode(65 + (i % 26)) + letters;
  return letters;
}

/** Takes cells into columns and closes a batch whenever one is full. */
class BatchSink implements CellSink {
  isFull = false;
  readonly #schema: Schema;
  readonly #columns: readonly Column[];
  readonly #firstRow: number;
  readonly #rowCount: number;
  readonly #is1904: boolean;
  /** Writers by position in the sheet. */
  #byColumn: (CellWriter | undefined)[] = [];
  #writers: CellWriter[] = [];
  #finished: RecordBatch[] = [];
  #row = -1;
  #hasContent = false;
  #rows = 0;
  #total = 0;
  #size = 0;

  constructor(schema: Schema, columns: readonly Column[], headerRow: number, rowCount: number, is1904: boolean) {
    this.#schema = schema;
    this.#columns = columns;
    this.#firstRow = headerRow + 1;
    this.#rowCount = rowCount;
    this.#is1904 = is1904;
    this.#startBatch();
  }

  takeFinished(): RecordBatch[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  startRow(row: number): void {
    this.#closeRow();
    this.#row = row;
  }

  number(column: number, value: number, kind: FormatKind): void {
    this.#writerOf(column)?.number(value, kind);
  }

  bool(column: number, value: boolean): void {
    this.#writerOf(column)?.bool(value);
  }

  text(column: number, bytes: Uint8Array, start: number, end: number): void {
    const writer = this.#writerOf(column);
    if (writer === undefined) return;
    writer.text(bytes, start, end);
    this.#size += end - start;
  }

  error(column: number): void {
    this.#writerOf(column);
  }

  finish(): void {
    this.#closeRow();
    this.#closeBatch();
  }

  #writerOf(column: number): CellWriter | undefined {
    if (this.#row < this.#firstRow || this.isFull) return undefined;
    const writer = this.#byColumn[column];
    if (writer === undefined) return undefined;
    this.#hasContent = true;
    // A cell given twice keeps its first value.
    return writer.builder.length > this.#rows ? undefined : writer;
  }

  #closeRow(): void {
    if (!this.#hasContent) return;
    this.#hasContent = false;
    this.#rows++;
    this.#total++;
    for (const { builder } of this.#writers) if (builder.length < this.#rows) builder.appendNull();
    this.#size += 8 * this.#writers.length;
    if (this.#size > BATCH_BYTES) this.#closeBatch();
    if (this.#total >= this.#rowCount) this.isFull = true;
  }

  #startBatch(): void {
    this.#byColumn = [];
    this.#writers = this.#columns.map(({ column, seen }) => {
      const writer = createCellWriter(seen, this.#is1904);
      this.#byColumn[column] = writer;
      return writer;
    });
    this.#rows = 0;
    this.#size = 0;
  }

  #closeBatch(): void {
    if (this.#rows === 0) return;
    const data = this.#writers.map(({ builder }) => builder.finish());
    this.#finished.push(assembleBatch(this.#schema, data, this.#rows));
    this.#startBatch();
  }
}
