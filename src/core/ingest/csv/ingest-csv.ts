import type { BlockDisk, Engine } from "../../../engine/types.ts";
import { PLAIN_NUMBERS } from "../../../formats/csv/classify-cell.ts";
import { shapeOf } from "../../../formats/csv/column-shape.ts";
import { detectCsvDialect } from "../../../formats/csv/detect-dialect.ts";
import type { CsvDialect, CsvOptions } from "../../../formats/csv/dialect.ts";
import { createNullTokens } from "../../../formats/csv/null-tokens.ts";
import { type ColumnShape, PieceScanner } from "../../../formats/csv/scan-piece.ts";
import { FormatError } from "../../../formats/source.ts";
import { detectTextEncoding, isUtf8 } from "../../../formats/text-encoding.ts";
import { COLUMNS_PER_PART, rowGroupRowsFor } from "../../tables/table-layout.ts";
import { SPOOL_BYTES, startWideLoad, WideLoad, type WideLoadState } from "../wide-load.ts";
import { type ColumnType, createColumnStats, decideType, fitsOfType, type TypeRules } from "./column-stats.ts";
import {
  createTableSql,
  dropTableSql,
  type LoadRequest,
  loadPieceSql,
  type TargetColumn,
  usedParts,
} from "./ingest-sql.ts";
import { type CsvColumn, type CsvIngestState, type CsvTarget, stateSql } from "./ingest-state.ts";
import { type Piece, PieceReader } from "./piece-reader.ts";
import { hasHighBytes, readRecords } from "./read-records.ts";
import type { CsvReject } from "./rejects.ts";
import { WRITTEN_LAYOUT } from "./row-writer.ts";

export type { CsvColumn, CsvTarget } from "./ingest-state.ts";
export type { CsvReject } from "./rejects.ts";

/** The part of the engine that an ingest needs. */
export type CsvEngine = Pick<Engine, "run" | "rows" | "registerBuffer" | "dropBuffer">;

export interface CsvIngestLimits {
  /** Bytes read at a time; also the longest record. */
  readonly pieceBytes: number;
  /** Bytes between two commits. */
  readonly commitBytes: number;
  /** Bytes of a wide table's rows that wait on the disk before they are loaded. */
  readonly spoolBytes: number;
  /** Bytes looked at to find the dialect. */
  readonly sampleBytes: number;
  /** Share of non-null cells that must be of a type for the column to have it. */
  readonly typeThreshold: number;
  /** Share of the rows that may be set aside before the file fails. */
  readonly rejectShare: number;
  /** Rejects handed to `onRejects`; the rest is only counted. */
  readonly keptRejects: number;
  /** Bytes between two entries handed to `onOffsets`. */
  readonly offsetBytes: number;
  readonly columns: number;
}

export const CSV_INGEST_LIMITS: CsvIngestLimits = {
  pieceBytes: 8 * 1024 * 1024,
  commitBytes: 32 * 1024 * 1024,
  spoolBytes: SPOOL_BYTES,
  sampleBytes: 1024 * 1024,
  typeThreshold: 0.99,
  rejectShare: 0.1,
  keptRejects: 10_000,
  offsetBytes: 128 * 1024,
  columns: 10_000,
};

/** Start of a data record: its ordinal (0-based, rejects counted) and its byte in the decompressed stream. */
export type RowOffset = readonly [record: number, byte: number];

export interface CsvProgress {
  readonly bytes: number;
  readonly rows: number;
  readonly phase: CsvIngestState["phase"];
  readonly isDurable: boolean;
}

export interface CsvIngestInput {
  readonly engine: CsvEngine;
  /** The file's decompressed bytes from `offset` on. Called again after a restart or a change of types. */
  open(offset: number): ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>;
  /** Attached and writable; the table is made. */
  readonly target: CsvTarget;
  /** Where rows of a wide table wait for their load; keeps what was written when the process dies. */
  readonly disk: BlockDisk;
  readonly options?: CsvOptions | undefined;
  readonly limits?: Partial<CsvIngestLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * After each piece. `bytes` of the stream; it starts anew when the types had to be changed (`phase`). Where nothing would have to be done
   * again (`isDurable`) it may throw, to go on later.
   */
  onProgress?(progress: CsvProgress): void;
  /** Rejects from number `from` on. Drop what you hold from `from` on first: after a restart batches come again. */
  onRejects?(batch: { from: number; rejects: readonly CsvReject[] }): void | Promise<void>;
  /** Row offsets from entry `from` on, with the same rule. */
  onOffsets?(batch: { from: number; offsets: readonly RowOffset[] }): void | Promise<void>;
}

export interface CsvIngestResult {
  readonly columns: readonly CsvColumn[];
  readonly rows: number;
  /** Rows set aside; `onRejects` got the first of them. */
  readonly rejects: number;
  readonly dialect: CsvDialect;
}

/** Too many rows had to be set aside. */
export class CsvRejectedError extends FormatError {
  /** The first of them. */
  readonly rejects: readonly CsvReject[];
  readonly rejectCount: number;
  constructor(message: string, rejects: readonly CsvReject[], rejectCount: number) {
    super(message);
    this.rejects = rejects;
    this.rejectCount = rejectCount;
  }
}

/**
 * Reads a CSV file of any size into a table of the target database, with types decided over the whole file and faulty rows set aside.
 *
 * The stream is cut into pieces at record ends. A piece that a fast scan finds ordinary goes to DuckDB's `read_csv` as it is;
 * any other is read record by record and written anew. Rows of the file keep their order. Where stands the ingest is kept in the target
 * database in the same transactions as the rows: called again after a crash, with the same input, it goes on from the
 * last commit and ends with the same table. Call `dropCsvIngestState` once the result has been kept.
 *
 * @throws FormatError where the file cannot be read as CSV, CsvRejectedError where too many rows are faulty, EngineError from the engine.
 */
export async function ingestCsv(input: CsvIngestInput): Promise<CsvIngestResult> {
  const ingest = new CsvIngest(input);
  return ingest.run();
}

/** Removes the ingest's bookkeeping from the target database. */
export async function dropCsvIngestState(engine: CsvEngine, target: CsvTarget): Promise<void> {
  await engine.run(stateSql(target).drop);
}

/** Records longer than a piece, mostly from quotes that are never closed, before the file is given up. */
const MOST_STUCK_PIECES = 50;

class CsvIngest {
  private readonly input: CsvIngestInput;
  private readonly limits: CsvIngestLimits;
  private readonly options: CsvOptions;
  private readonly sql: ReturnType<typeof stateSql>;
  private state!: CsvIngestState;
  private isInTransaction = false;
  private uncommittedBytes = 0;
  /** Of them, those since the last row group was full: DuckDB holds them in memory. */
  private unwrittenBytes = 0;
  private uncommittedRows = 0;
  private rejectBatch: CsvReject[] = [];
  private offsetBatch: RowOffset[] = [];
  /** Pieces that begin at this byte or before are read record by record: DuckDB refused one of them as it was. */
  private carefulUntil = -1;
  private pieceNumber = 0;
  private stuckPieces = 0;
  private wide: WideLoad | undefined;

  constructor(input: CsvIngestInput) {
    this.input = input;
    this.limits = { ...CSV_INGEST_LIMITS, ...input.limits };
    this.options = input.options ?? {};
    this.sql = stateSql(input.target);
  }

  async run(): Promise<CsvIngestResult> {
    this.state = (await this.loadState()) ?? (await this.start());
    if (this.state.wide) this.openWideLoad(this.state.wide);
    if (this.wide?.isInterrupted) await this.loadWide();
    while (this.state.phase !== "done") {
      const committed = structuredClone(this.state);
      try {
        await this.runPhase();
      } catch (error) {
        await this.rollback();
        if (!(error instanceof PieceRefused) || this.carefulUntil >= error.start) throw asPlainError(error);
        this.carefulUntil = error.start;
        this.state = (await this.loadState()) ?? committed;
      }
    }
    return this.result();
  }

  private async loadState(): Promise<CsvIngestState | undefined> {
    const [found] = await this.input.engine.rows<{ found: number | bigint }>(this.sql.find);
    if (Number(found?.found ?? 0) === 0) return undefined;
    const [row] = await this.input.engine.rows<{ state: string }>(this.sql.read);
    return row === undefined ? undefined : (JSON.parse(row.state) as CsvIngestState);
  }

  private async start(): Promise<CsvIngestState> {
    const { sample, isWhole } = await readSample(await this.input.open(0), this.limits.sampleBytes);
    const { dialect, isAscii } = detectCsvDialect(sample, { options: this.options, isWhole });
    if (dialect.columns.length > this.limits.columns)
      throw new FormatError(
        `The file has ${dialect.columns.length} columns; at most ${this.limits.columns} are allowed. If that is not what it looks like, declare its delimiter.`,
      );
    return {
      version: 1,
      phase: "load",
      dialect,
      isEncodingSettled: !isAscii,
      byteOffset: dialect.dataOffset,
      line: dialect.dataLine,
      records: 0,
      rows: 0,
      rejectCount: 0,
      rejectsKept: 0,
      offsetsKept: 0,
      nextOffsetAt: 0,
      firstRejects: [],
      types: undefined,
      stats: dialect.columns.map(createColumnStats),
      wide: undefined,
      longestRecord: 0,
    };
  }

  private async runPhase(): Promise<void> {
    const { state, limits } = this;
    const reader = new PieceReader(
      await this.input.open(state.byteOffset),
      state.byteOffset,
      state.dialect.encoding,
      limits.pieceBytes,
    );
    try {
      for (;;) {
        this.input.signal?.throwIfAborted();
        const piece = await this.readPiece(reader);
        const isDone =
          state.phase === "survey" ? await this.surveyPiece(reader, piece) : await this.loadPiece(reader, piece);
        this.reportProgress(this.uncommittedBytes === 0);
        if (isDone) return;
      }
    } finally {
      await reader.cancel();
    }
  }

  private reportProgress(isDurable: boolean): void {
    const { byteOffset, rows, phase } = this.state;
    this.input.onProgress?.({ bytes: byteOffset, rows, phase, isDurable });
  }

  /** The next piece, in the encoding that its bytes turn out to be. */
  private async readPiece(reader: PieceReader): Promise<Piece> {
    const piece = await reader.read();
    const { state } = this;
    if (state.isEncodingSettled || !hasHighBytes(piece.bytes, piece.end)) return piece;
    state.isEncodingSettled = true;
    if (isUtf8(piece.bytes, 0, piece.end) || this.options.encoding !== undefined) return piece;
    const { encoding } = detectTextEncoding(piece.bytes.subarray(0, piece.end));
    if (encoding !== "windows-1252") return piece;
    state.dialect = { ...state.dialect, encoding };
    reader.setEncoding(encoding);
    return reader.read();
  }

  private rulesOf(column: number): TypeRules {
    const { dayfirst, parseDates = true } = this.options;
    const name = this.state.dialect.columns[column]!;
    return {
      threshold: this.limits.typeThreshold,
      dayfirst,
      detectDates:
        typeof parseDates === "boolean" ? parseDates : parseDates.includes(name) || parseDates.includes(column),
    };
  }

  private decideTypes(): ColumnType[] {
    const { dtype } = this.options;
    return this.state.stats.map((stats, i) => {
      const name = this.state.dialect.columns[i]!;
      const declared = typeof dtype === "string" ? dtype : (dtype?.[name] ?? dtype?.[i]);
      const { type, order } = decideType(stats, this.rulesOf(i));
      if (declared === undefined) return { type, order };
      if (declared !== "DATE" && declared !== "TIMESTAMP") return { type: declared, order: "ymd" };
      return {
        type: declared,
        order: decideType(stats, { ...this.rulesOf(i), detectDates: true, threshold: 0 }).order,
      };
    });
  }

  private isUsed(): boolean[] {
    const { usecols } = this.options;
    const { columns } = this.state.dialect;
    return columns.map((name, i) => usecols === undefined || usecols.includes(name) || usecols.includes(i));
  }

  private targetColumns(): TargetColumn[] {
    const used = this.isUsed();
    return this.state.types!.map((type, i) => ({ ...type, name: this.state.dialect.columns[i]!, isUsed: used[i]! }));
  }

  /** Reads a piece carefully. `write`: rows of the current types; otherwise only counts. */
  private readCarefully(piece: Piece, request: { counts: boolean; writes: boolean }) {
    const { state, limits } = this;
    const { dialect } = state;
    return readRecords({
      bytes: piece.bytes,
      end: piece.end,
      isFinal: piece.isFinal,
      line: state.line,
      row: state.records,
      dialect,
      nullTokens: createNullTokens(dialect.nulls),
      signs:
        dialect.decimal === "." && dialect.thousands === ""
          ? PLAIN_NUMBERS
          : {
              decimal: dialect.decimal.charCodeAt(0),
              thousands: dialect.thousands === "" ? -1 : dialect.thousands.charCodeAt(0),
            },
      stats: request.counts ? state.stats : undefined,
      types: request.writes ? state.types : undefined,
      isUsed: this.isUsed(),
      columnsPerPart: COLUMNS_PER_PART,
      offsetEvery: limits.offsetBytes,
      most: this.mostRecords(),
      mostRejects: limits.keptRejects - state.rejectsKept - this.rejectBatch.length,
    });
  }

  private mostRecords(): number {
    return this.options.nrows === undefined ? Number.POSITIVE_INFINITY : this.options.nrows - this.state.records;
  }

  private async surveyPiece(reader: PieceReader, piece: Piece): Promise<boolean> {
    const { state } = this;
    const reading = this.readCarefully(piece, { counts: true, writes: false });
    this.checkProgress(piece, reading);
    this.advance(reader, piece, reading);
    state.records += reading.records;
    this.uncommittedBytes += piece.end;
    if (this.isAtEnd(piece, reading.consumed)) {
      state.types = this.decideTypes();
      this.rewind("reload");
      await this.begin();
      await this.runAll(createTableSql(this.input.target, this.targetColumns()));
      await this.commit();
      return true;
    }
    if (this.uncommittedBytes >= this.limits.commitBytes) await this.commit();
    return false;
  }

  private isAtEnd(piece: Piece, consumed: number): boolean {
    return (piece.isFinal && consumed >= piece.end) || this.mostRecords() <= 0;
  }

  private checkProgress(piece: Piece, { consumed, wasStuck }: { consumed: number; wasStuck: boolean }): void {
    if (wasStuck) this.stuckPieces++;
    if (this.mostRecords() <= 0) return;
    if ((consumed > 0 || piece.end === 0) && this.stuckPieces <= MOST_STUCK_PIECES) return;
    throw new FormatError(
      `The record that starts in line ${this.state.line} is longer than ${this.limits.pieceBytes} bytes. Declare the right delimiter and quote character, or split the record.`,
    );
  }

  private advance(reader: PieceReader, _piece: Piece, reading: { consumed: number; lines: number }): void {
    reader.consume(reading.consumed);
    this.state.byteOffset = reader.offset;
    this.state.line += reading.lines;
  }

  private async loadPiece(reader: PieceReader, piece: Piece): Promise<boolean> {
    const { state } = this;
    let counted = state.phase === "reload";
    if (state.types === undefined) {
      this.readCarefully(piece, { counts: true, writes: false });
      counted = true;
      state.types = this.decideTypes();
      await this.begin();
      await this.runAll(createTableSql(this.input.target, this.targetColumns()));
    }
    const isPastSkipped = state.line > (state.dialect.skippedLines?.at(-1) ?? 0);
    const scan = isPastSkipped && state.byteOffset > this.carefulUntil ? this.scanFast(piece) : undefined;
    if (scan !== undefined && scan.consumed > 0) {
      if (!counted) this.countScanned(scan.records, scan.nulls);
      await this.begin();
      await this.load(
        piece.bytes.subarray(0, scan.consumed),
        { name: this.wholeTarget(), columns: this.targetColumns() },
        {
          delimiter: state.dialect.delimiter,
          quote: state.dialect.quote,
          nullTexts: [...scan.nullTexts].map((index) => createNullTokens(state.dialect.nulls).texts[index]!),
          longestRecord: scan.longestRecord,
        },
        state.byteOffset,
      );
      this.noteOffsets(reader, scan.offsets);
      state.records += scan.records;
      state.rows += scan.records;
      this.advance(reader, piece, scan);
      return this.finishPiece(piece, scan.consumed, scan.records);
    }
    const before = structuredClone(state.stats);
    const reading = this.readCarefully(piece, { counts: !counted, writes: true });
    this.checkProgress(piece, reading);
    if (state.phase === "load" && !this.areTypesRight()) {
      state.stats = before;
      return this.changeTypes();
    }
    state.longestRecord = Math.max(state.longestRecord, reading.longestRecord);
    if (reading.rowCount > 0) {
      if (this.isWide()) {
        const wide = this.wide ?? this.openWideLoad(startWideLoad(reading.parts.length));
        for (const [part, rows] of reading.parts.entries()) wide.append(part, rows);
      } else {
        await this.begin();
        await this.loadWritten(0, reading.parts[0]!);
      }
    }
    this.noteOffsets(reader, reading.offsets);
    state.records += reading.records;
    state.rows += reading.rowCount;
    state.rejectCount += reading.rejectCount;
    this.rejectBatch.push(...reading.rejects);
    for (const reject of reading.rejects) if (state.firstRejects.length < 20) state.firstRejects.push(reject);
    this.advance(reader, piece, reading);
    return this.finishPiece(piece, reading.consumed, reading.rowCount);
  }

  /** Rows of a group as the target is written; where one is full is where to commit, so that none is left short. */
  private rowGroupRows(): number {
    return rowGroupRowsFor(this.isUsed().filter(Boolean).length);
  }

  /** Loads rows that were written for one part. */
  private async loadWritten(part: number, rows: Uint8Array): Promise<void> {
    const layout = { ...WRITTEN_LAYOUT, nullTexts: [], longestRecord: this.state.longestRecord };
    await this.load(rows, usedParts(this.input.target, this.targetColumns())[part]!, layout, undefined);
  }

  private openWideLoad(state: WideLoadState): WideLoad {
    const { engine, disk, target } = this.input;
    this.wide = new WideLoad(engine, disk, target, state, this.limits.spoolBytes);
    return this.wide;
  }

  /** Loads the rows of a wide table that wait on the disk. */
  private async loadWide(): Promise<void> {
    await this.wide?.load({
      mergedBytes: this.limits.pieceBytes / 2,
      insert: (part, rows) => this.loadWritten(part, rows),
      save: () => this.commit(),
      onPart: () => this.reportProgress(true),
    });
  }

  /** Whether the table lies in several parts. */
  private isWide(): boolean {
    return this.isUsed().filter(Boolean).length > COLUMNS_PER_PART;
  }

  /** The quoted name of a target that lies in one part. */
  private wholeTarget(): string {
    return usedParts(this.input.target, this.targetColumns())[0]!.name;
  }

  private scanFast(piece: Piece) {
    // A wide table is written part by part.
    if (this.isWide()) return undefined;
    const { dialect } = this.state;
    if (dialect.decimal !== "." || dialect.thousands !== "" || dialect.trailingDelimiter) return undefined;
    const used = this.isUsed();
    const shapes: ColumnShape[] = [];
    for (const [i, { type, order }] of this.state.types!.entries()) {
      const shape = shapeOf(used[i] ? type : "VARCHAR", order);
      if (shape === undefined) return undefined;
      const isEmpty = this.state.phase === "load" && used[i]! && this.state.stats[i]!.values === 0;
      shapes.push(isEmpty ? { ...shape, isEmpty } : shape);
    }
    const scan = new PieceScanner(dialect, createNullTokens(dialect.nulls)).scan(piece.bytes, piece.end, shapes, {
      final: piece.isFinal,
      offsetEvery: this.limits.offsetBytes,
      most: Math.min(this.mostRecords(), this.rowGroupRows() - (this.uncommittedRows % this.rowGroupRows())),
    });
    if (scan === undefined || (scan.hasHighBytes && !isUtf8(piece.bytes, 0, scan.consumed))) return undefined;
    return scan;
  }

  private countScanned(records: number, nulls: Int32Array): void {
    for (const [i, stats] of this.state.stats.entries()) {
      const values = records - nulls[i]!;
      stats.values += values;
      stats.nulls += nulls[i]!;
      const fits = fitsOfType(this.state.types![i]!);
      for (let bit = 0; bit < stats.fits.length; bit++) if (fits & (1 << bit)) stats.fits[bit]! += values;
    }
  }

  private areTypesRight(): boolean {
    const types = this.decideTypes();
    return types.every((type, i) => {
      const current = this.state.types![i]!;
      return type.type === current.type && type.order === current.order;
    });
  }

  /** The rows so far were read with the wrong types: drop them, and look at the rest of the file before starting anew. */
  private async changeTypes(): Promise<boolean> {
    await this.begin();
    await this.runAll(dropTableSql(this.input.target, this.targetColumns()));
    this.wide?.discard();
    this.rejectBatch = [];
    this.offsetBatch = [];
    this.state.phase = "survey";
    await this.commit();
    return true;
  }

  private rewind(phase: "reload"): void {
    const { state } = this;
    Object.assign(state, {
      phase,
      byteOffset: state.dialect.dataOffset,
      line: state.dialect.dataLine,
      records: 0,
      rows: 0,
      rejectCount: 0,
      rejectsKept: 0,
      offsetsKept: 0,
      nextOffsetAt: 0,
      firstRejects: [],
    });
  }

  private noteOffsets(reader: PieceReader, offsets: readonly number[]): void {
    for (let i = 0; i < offsets.length; i += 2) {
      const byte = reader.offset + reader.sourceBytes(offsets[i + 1]!);
      if (byte < this.state.nextOffsetAt) continue;
      this.offsetBatch.push([this.state.records + offsets[i]!, byte]);
      this.state.nextOffsetAt = byte + this.limits.offsetBytes;
    }
  }

  private async load(
    bytes: Uint8Array,
    into: { name: string; columns: readonly TargetColumn[] },
    request: Omit<LoadRequest, "buffer">,
    unseenFrom: number | undefined,
  ) {
    const { engine } = this.input;
    const buffer = `eider-csv-piece-${this.pieceNumber++}.csv`;
    await engine.registerBuffer(buffer, bytes);
    try {
      await engine.run(loadPieceSql(into.name, into.columns, { ...request, buffer }), { signal: this.input.signal });
    } catch (error) {
      if (unseenFrom !== undefined && isQueryError(error)) throw new PieceRefused(unseenFrom, error);
      throw error;
    } finally {
      await engine.dropBuffer(buffer);
    }
  }

  private async finishPiece(piece: Piece, consumed: number, rows: number): Promise<boolean> {
    const { state } = this;
    this.uncommittedBytes += consumed;
    this.uncommittedRows += rows;
    const isGroupFull = this.uncommittedRows % this.rowGroupRows() === 0;
    this.unwrittenBytes = isGroupFull ? 0 : this.unwrittenBytes + consumed;
    if (this.isAtEnd(piece, consumed)) {
      if (state.phase === "load" && !this.areTypesRight()) {
        // A type held piece by piece, but not over the whole file.
        await this.changeTypes();
        return true;
      }
      this.checkRejects();
      await this.loadWide();
      state.phase = "done";
      await this.commit();
      this.wide?.end();
      return true;
    }
    const { commitBytes } = this.limits;
    const isDue = this.unwrittenBytes >= commitBytes || (isGroupFull && this.uncommittedBytes >= commitBytes);
    if (this.wide?.isFull) await this.loadWide();
    else if (isDue) await this.commit();
    return false;
  }

  private checkRejects(): void {
    const { rejectCount, records, firstRejects } = this.state;
    if (rejectCount <= this.limits.rejectShare * records) return;
    const first = firstRejects[0]!;
    throw new CsvRejectedError(
      `${rejectCount} of ${records} rows cannot be read, more than the ${this.limits.rejectShare * 100} % allowed. The first is in line ${first.line}: ${first.reason} Mend the file, or declare its delimiter, quote character or types.`,
      firstRejects,
      rejectCount,
    );
  }

  private async runAll(statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.input.engine.run(statement, { signal: this.input.signal });
  }

  private async begin(): Promise<void> {
    if (this.isInTransaction) return;
    await this.input.engine.run("BEGIN TRANSACTION");
    this.isInTransaction = true;
  }

  private async commit(): Promise<void> {
    const { state, input } = this;
    state.wide = this.wide?.state;
    await this.begin();
    const { rejectsKept, offsetsKept } = state;
    await input.onRejects?.({ from: rejectsKept, rejects: this.rejectBatch });
    await input.onOffsets?.({ from: offsetsKept, offsets: this.offsetBatch });
    state.rejectsKept += this.rejectBatch.length;
    state.offsetsKept += this.offsetBatch.length;
    this.rejectBatch = [];
    this.offsetBatch = [];
    await input.engine.run(this.sql.create);
    await input.engine.run(this.sql.clear);
    await input.engine.run(this.sql.write(state));
    await input.engine.run("COMMIT");
    this.isInTransaction = false;
    this.forgetUncommitted();
  }

  private forgetUncommitted(): void {
    this.uncommittedBytes = 0;
    this.unwrittenBytes = 0;
    this.uncommittedRows = 0;
  }

  private async rollback(): Promise<void> {
    this.rejectBatch = [];
    this.offsetBatch = [];
    this.forgetUncommitted();
    if (!this.isInTransaction) return;
    this.isInTransaction = false;
    try {
      await this.input.engine.run("ROLLBACK");
    } catch {
      // An engine that is finished has nothing to roll back; the error that led here is the one to tell.
    }
  }

  private result(): CsvIngestResult {
    const { state } = this;
    const used = this.isUsed();
    const columns: CsvColumn[] = [];
    for (const [i, stats] of state.stats.entries()) {
      if (!used[i]) continue;
      const { type } = state.types![i]!;
      const { confidence } = decideType(stats, this.rulesOf(i));
      columns.push({
        name: state.dialect.columns[i]!,
        type,
        nullable: stats.nulls > 0,
        nulls: stats.nulls,
        confidence: type === "VARCHAR" ? 1 : confidence,
      });
    }
    return { columns, rows: state.rows, rejects: state.rejectCount, dialect: state.dialect };
  }
}

/** DuckDB refused a piece that the fast scan let through. */
class PieceRefused extends Error {
  readonly start: number;
  constructor(start: number, cause: unknown) {
    super("DuckDB refused a piece.", { cause });
    this.start = start;
  }
}

function asPlainError(error: unknown): unknown {
  return error instanceof PieceRefused ? error.cause : error;
}

function isQueryError(error: unknown): boolean {
  return (error as { code?: string } | undefined)?.code === "query_failed";
}

async function readSample(stream: ReadableStream<Uint8Array>, most: number) {
  const reader = stream.getReader();
  const sample = new Uint8Array(most);
  let length = 0;
  let isWhole = false;
  try {
    while (length < most) {
      const { done, value } = await reader.read();
      if (done) {
        isWhole = true;
        break;
      }
      const part = value.subarray(0, most - length);
      sample.set(part, length);
      length += part.length;
    }
  } finally {
    await reader.cancel();
  }
  return { sample: sample.subarray(0, length), isWhole };
}
