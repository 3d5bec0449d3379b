import { detectCsvDialect } from "../../../formats/csv/detect-dialect.ts";
import type { CsvOptions } from "../../../formats/csv/dialect.ts";
import { createNullTokens } from "../../../formats/csv/null-tokens.ts";
import { FormatError } from "../../../formats/source.ts";
import { detectTextEncoding, isUtf8 } from "../../../formats/text-encoding.ts";
import { createColumnStats } from "./column-stats.ts";
import { ColumnTypes } from "./column-types.ts";
import { IngestCommits } from "./ingest-commits.ts";
import {
  CSV_INGEST_LIMITS,
  type CsvEngine,
  type CsvIngestInput,
  type CsvIngestLimits,
  type CsvIngestResult,
  CsvRejectedError,
} from "./ingest-input.ts";
import { createTableSql, dropTableSql } from "./ingest-sql.ts";
import { CSV_INGEST_VERSION, type CsvIngestState, type CsvTarget, stateSql } from "./ingest-state.ts";
import { addIrregularRows, noIrregularRows } from "./irregular-rows.ts";
import { PieceLoader, PieceRefused } from "./load-pieces.ts";
import { type Piece, PieceReader } from "./piece-reader.ts";
import { PieceReading } from "./read-piece.ts";
import { hasHighBytes, type RecordReading } from "./read-records.ts";
import { readSample } from "./read-sample.ts";

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
  private readonly types: ColumnTypes;
  private readonly commits: IngestCommits;
  private readonly loader: PieceLoader;
  private readonly reading: PieceReading;
  private state!: CsvIngestState;
  /** Pieces that begin at this byte or before are read record by record: DuckDB refused one of them as it was. */
  private carefulUntil = -1;
  private stuckPieces = 0;

  constructor(input: CsvIngestInput) {
    this.input = input;
    this.limits = { ...CSV_INGEST_LIMITS, ...input.limits };
    this.options = input.options ?? {};
    this.types = new ColumnTypes(this.options, this.limits);
    this.commits = new IngestCommits(input, this.limits);
    this.loader = new PieceLoader(input, this.limits, this.types);
    this.reading = new PieceReading(input, this.limits, this.types);
  }

  async run(): Promise<CsvIngestResult> {
    this.state = (await this.commits.loadState()) ?? (await this.start());
    if (this.state.wide) this.loader.openWideLoad(this.state.wide);
    if (this.loader.wide?.isInterrupted) await this.loadWide();
    while (this.state.phase !== "done") {
      const committed = structuredClone(this.state);
      try {
        await this.runPhase();
      } catch (error) {
        await this.commits.rollback();
        if (!(error instanceof PieceRefused)) throw error;
        if (this.carefulUntil >= error.start) throw error.cause;
        this.carefulUntil = error.start;
        this.state = (await this.commits.loadState()) ?? committed;
      }
    }
    const { state } = this;
    const { rows, rejectCount: rejects, irregular, dialect } = state;
    return { columns: this.types.describe(state), rows, rejects, irregular, dialect };
  }

  private async start(): Promise<CsvIngestState> {
    const { sample, isWhole } = await readSample(await this.input.open(0), this.limits.sampleBytes);
    const { dialect, isAscii } = detectCsvDialect(sample, { options: this.options, isWhole });
    if (dialect.columns.length > this.limits.columns)
      throw new FormatError(
        `The file has ${dialect.columns.length} columns; at most ${this.limits.columns} are allowed. If that is not what it looks like, declare its delimiter.`,
      );
    return {
      version: CSV_INGEST_VERSION,
      phase: "load",
      dialect,
      isEncodingSettled: !isAscii,
      byteOffset: dialect.dataOffset,
      line: dialect.dataLine,
      records: 0,
      countedRecords: 0,
      rows: 0,
      rejectCount: 0,
      rejectsKept: 0,
      offsetsKept: 0,
      nextOffsetAt: 0,
      firstRejects: [],
      irregular: noIrregularRows(),
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
      state.dialect,
      limits.pieceBytes,
    );
    try {
      for (;;) {
        this.input.signal?.throwIfAborted();
        const piece = await this.readPiece(reader);
        const isDone =
          state.phase === "survey" ? await this.surveyPiece(reader, piece) : await this.loadPiece(reader, piece);
        this.reportProgress(this.commits.size.bytes === 0);
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
    if (encoding.startsWith("utf-")) return piece;
    state.dialect = { ...state.dialect, encoding };
    reader.setEncoding(encoding);
    return reader.read();
  }

  private readCarefully(piece: Piece, request: { counts: boolean; writes: boolean }): RecordReading {
    const mostRejects = this.limits.keptRejects - this.state.rejectsKept - this.commits.rejectBatch.length;
    return this.reading.readCarefully(this.state, piece, { ...request, mostRejects });
  }

  private async surveyPiece(reader: PieceReader, piece: Piece): Promise<boolean> {
    const { state, commits } = this;
    const reading = this.readCarefully(piece, { counts: true, writes: false });
    this.checkProgress(piece, reading);
    this.advance(reader, reading);
    state.records += reading.records;
    commits.size.bytes += piece.end;
    if (this.isAtEnd(piece, reading.consumed)) {
      state.types = this.types.decideTypes(state);
      this.rewind("reload");
      await commits.runAll(createTableSql(this.input.target, this.types.targetColumns(state)));
      await this.commit();
      return true;
    }
    if (commits.size.bytes >= this.limits.commitBytes) await this.commit();
    return false;
  }

  private isAtEnd(piece: Piece, consumed: number): boolean {
    return (piece.isFinal && consumed >= piece.end) || this.reading.mostRecords(this.state) <= 0;
  }

  private checkProgress(piece: Piece, { consumed, wasStuck }: { consumed: number; wasStuck: boolean }): void {
    if (wasStuck) this.stuckPieces++;
    const isMoved = consumed > 0 || piece.end === 0 || this.reading.mostRecords(this.state) <= 0;
    if (isMoved && this.stuckPieces <= MOST_STUCK_PIECES) return;
    throw new FormatError(
      `The record that starts in line ${this.state.line} is longer than ${this.limits.pieceBytes} bytes. Declare the right delimiter and quote character, or split the record.`,
    );
  }

  private advance(reader: PieceReader, reading: { consumed: number; lines: number }): void {
    reader.consume(reading.consumed);
    this.state.byteOffset = reader.offset;
    this.state.line += reading.lines;
  }

  private async loadPiece(reader: PieceReader, piece: Piece): Promise<boolean> {
    const { state } = this;
    if (state.types === undefined) {
      state.countedRecords = this.readCarefully(piece, { counts: true, writes: false }).records;
      state.types = this.types.decideTypes(state);
      await this.commits.runAll(createTableSql(this.input.target, this.types.targetColumns(state)));
    }
    const isPastSkipped = state.line > (state.dialect.skippedLines?.at(-1) ?? 0);
    const scan =
      isPastSkipped && state.byteOffset > this.carefulUntil ? this.reading.scanFast(state, piece) : undefined;
    if (scan === undefined || scan.consumed === 0) return this.loadCarefully(reader, piece);
    if (state.phase === "load" && state.records >= state.countedRecords)
      this.types.countScanned(state, scan.records, scan.nulls);
    await this.commits.begin();
    const nullTokens = createNullTokens(state.dialect.nulls);
    await this.loader.loadPlain(state, piece.bytes.subarray(0, scan.consumed), {
      delimiter: state.dialect.delimiter,
      quote: state.dialect.quote,
      nullTexts: [...scan.nullTexts].map((index) => nullTokens.texts[index]!),
      longestRecord: scan.longestRecord,
      newline: scan.newline,
    });
    this.noteOffsets(reader, scan.offsets);
    state.records += scan.records;
    state.rows += scan.records;
    this.advance(reader, scan);
    return this.finishPiece(piece, scan.consumed, scan.records);
  }

  private async loadCarefully(reader: PieceReader, piece: Piece): Promise<boolean> {
    const { state, commits, loader } = this;
    const before = structuredClone(state.stats);
    const reading = this.readCarefully(piece, { counts: state.phase === "load", writes: true });
    this.checkProgress(piece, reading);
    if (state.phase === "load" && !this.types.areTypesRight(state)) {
      state.stats = before;
      return this.changeTypes();
    }
    state.longestRecord = Math.max(state.longestRecord, reading.longestRecord);
    if (reading.rowCount > 0) {
      if (this.types.isWide(state)) loader.appendWide(reading.parts);
      else {
        await commits.begin();
        await loader.loadWritten(state, 0, reading.parts[0]!);
      }
    }
    this.noteOffsets(reader, reading.offsets);
    state.records += reading.records;
    state.rows += reading.rowCount;
    state.rejectCount += reading.rejectCount;
    addIrregularRows(state.irregular, reading.irregular);
    commits.rejectBatch.push(...reading.rejects);
    for (const reject of reading.rejects) if (state.firstRejects.length < 20) state.firstRejects.push(reject);
    this.advance(reader, reading);
    return this.finishPiece(piece, reading.consumed, reading.rowCount);
  }

  /** The rows so far were read with the wrong types: drop them, and look at the rest of the file before starting anew. */
  private async changeTypes(): Promise<boolean> {
    await this.commits.runAll(dropTableSql(this.input.target, this.types.targetColumns(this.state)));
    this.loader.wide?.discard();
    this.commits.forgetFindings();
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
      countedRecords: 0,
      rows: 0,
      rejectCount: 0,
      rejectsKept: 0,
      offsetsKept: 0,
      nextOffsetAt: 0,
      firstRejects: [],
      irregular: noIrregularRows(),
    });
  }

  private noteOffsets(reader: PieceReader, offsets: readonly number[]): void {
    for (let i = 0; i < offsets.length; i += 2) {
      const byte = reader.offset + reader.sourceBytes(offsets[i + 1]!);
      if (byte < this.state.nextOffsetAt) continue;
      this.commits.offsetBatch.push([this.state.records + offsets[i]!, byte]);
      this.state.nextOffsetAt = byte + this.limits.offsetBytes;
    }
  }

  private async finishPiece(piece: Piece, consumed: number, rows: number): Promise<boolean> {
    const { state, commits, loader } = this;
    commits.size.add(rows, consumed, state.rows - rows);
    if (this.isAtEnd(piece, consumed)) {
      if (state.phase === "load" && !this.types.areTypesRight(state)) {
        // A type held piece by piece, but not over the whole file.
        await this.changeTypes();
        return true;
      }
      this.checkRejects();
      await this.loadWide();
      state.phase = "done";
      await this.commit();
      loader.wide?.end();
      return true;
    }
    if (loader.wide?.isFull) await this.loadWide();
    else if (commits.size.isDue) await this.commit();
    return false;
  }

  /** Loads the rows of a wide table that wait on the disk. */
  private async loadWide(): Promise<void> {
    await this.loader.loadWide(this.state, {
      save: () => this.commit(),
      onPart: () => this.reportProgress(true),
    });
  }

  private async commit(): Promise<void> {
    this.state.wide = this.loader.wide?.state;
    await this.commits.commit(this.state);
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
}
