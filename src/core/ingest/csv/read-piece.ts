import { PLAIN_NUMBERS } from "../../../formats/csv/classify-cell.ts";
import { createNullTokens } from "../../../formats/csv/null-tokens.ts";
import type { CleanScan } from "../../../formats/csv/scan-piece.ts";
import { COLUMNS_PER_PART, roomInGroup } from "../../tables/table-layout.ts";
import type { ColumnTypes } from "./column-types.ts";
import type { CsvIngestInput, CsvIngestLimits } from "./ingest-input.ts";
import type { CsvIngestState } from "./ingest-state.ts";
import type { Piece } from "./piece-reader.ts";
import { type RecordReading, readRecords } from "./read-records.ts";
import { scanFast } from "./scan-fast.ts";

/** Reads pieces of a file as where its ingest stands demands it. */
export class PieceReading {
  private readonly input: CsvIngestInput;
  private readonly limits: CsvIngestLimits;
  private readonly types: ColumnTypes;

  constructor(input: CsvIngestInput, limits: CsvIngestLimits, types: ColumnTypes) {
    this.input = input;
    this.limits = limits;
    this.types = types;
  }

  /** Data records that may still be read, where their number was limited. */
  mostRecords(state: CsvIngestState): number {
    const { nrows } = this.input.options ?? {};
    return nrows === undefined ? Number.POSITIVE_INFINITY : nrows - state.records;
  }

  /** Records to read at once: those that are counted already, or only others. */
  private mostAtOnce(state: CsvIngestState): number {
    const counted = state.countedRecords - state.records;
    return counted > 0 ? Math.min(counted, this.mostRecords(state)) : this.mostRecords(state);
  }

  /** Reads a piece record by record. `writes`: rows of the current types; otherwise only counts. `mostRejects` are kept. */
  readCarefully(
    state: CsvIngestState,
    piece: Piece,
    request: { counts: boolean; writes: boolean; mostRejects: number },
  ): RecordReading {
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
      stats: request.counts && state.records >= state.countedRecords ? state.stats : undefined,
      types: request.writes ? state.types : undefined,
      isUsed: this.types.isUsed(state),
      columnsPerPart: COLUMNS_PER_PART,
      offsetEvery: this.limits.offsetBytes,
      most: this.mostAtOnce(state),
      mostRejects: request.mostRejects,
    });
  }

  /** Scans a piece for DuckDB to read as it stands, up to where a row group is full; undefined where it has to be read carefully. */
  scanFast(state: CsvIngestState, piece: Piece): CleanScan | undefined {
    // A wide table is written part by part.
    if (this.types.isWide(state)) return undefined;
    return scanFast(piece, state, {
      isUsed: this.types.isUsed(state),
      offsetEvery: this.limits.offsetBytes,
      most: Math.min(this.mostAtOnce(state), roomInGroup(this.input.target, state.rows)),
    });
  }
}
