import { startWideLoad, WideLoad, type WideLoadState } from "../wide-load.ts";
import type { ColumnTypes } from "./column-types.ts";
import type { CsvIngestInput, CsvIngestLimits } from "./ingest-input.ts";
import { type LoadRequest, loadPieceSql, type TargetColumn, usedParts } from "./ingest-sql.ts";
import type { CsvIngestState } from "./ingest-state.ts";
import { WRITTEN_LAYOUT } from "./row-writer.ts";

/** DuckDB refused a piece that the fast scan let through. */
export class PieceRefused extends Error {
  readonly start: number;
  constructor(start: number, cause: unknown) {
    super("DuckDB refused a piece.", { cause });
    this.start = start;
  }
}

/** Appends pieces to the target: as they stand, or as rows written anew; rows of a wide table by way of the disk. */
export class PieceLoader {
  private readonly input: CsvIngestInput;
  private readonly limits: CsvIngestLimits;
  private readonly types: ColumnTypes;
  private pieceNumber = 0;
  wide: WideLoad | undefined;

  constructor(input: CsvIngestInput, limits: CsvIngestLimits, types: ColumnTypes) {
    this.input = input;
    this.limits = limits;
    this.types = types;
  }

  /** Loads bytes of the file as they are. */
  async loadPlain(state: CsvIngestState, bytes: Uint8Array, request: Omit<LoadRequest, "buffer">): Promise<void> {
    const columns = this.types.targetColumns(state);
    const { name } = usedParts(this.input.target, columns)[0]!;
    await this.load(bytes, { name, columns }, request, state.byteOffset);
  }

  /** Loads rows that were written for one part. */
  async loadWritten(state: CsvIngestState, part: number, rows: Uint8Array): Promise<void> {
    const layout = { ...WRITTEN_LAYOUT, nullTexts: [], longestRecord: state.longestRecord };
    await this.load(rows, usedParts(this.input.target, this.types.targetColumns(state))[part]!, layout, undefined);
  }

  /** Lays rows of a wide table, one buffer a part, down on the disk. */
  appendWide(parts: readonly Uint8Array[]): void {
    const wide = this.wide ?? this.openWideLoad(startWideLoad(parts.length));
    for (const [part, rows] of parts.entries()) wide.append(part, rows);
  }

  openWideLoad(state: WideLoadState): WideLoad {
    const { engine, disk, target } = this.input;
    this.wide = new WideLoad(engine, disk, target, state, this.limits.spoolBytes);
    return this.wide;
  }

  /** Loads the rows of a wide table that wait on the disk. */
  async loadWide(state: CsvIngestState, steps: { save(): Promise<void>; onPart(): void }): Promise<void> {
    await this.wide?.load({
      mergedBytes: this.limits.pieceBytes / 2,
      insert: (part, rows) => this.loadWritten(state, part, rows),
      ...steps,
    });
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
}

function isQueryError(error: unknown): boolean {
  return (error as { code?: string } | undefined)?.code === "query_failed";
}
