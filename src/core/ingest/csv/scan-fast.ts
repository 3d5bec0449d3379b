import { shapeOf } from "../../../formats/csv/column-shape.ts";
import { createNullTokens } from "../../../formats/csv/null-tokens.ts";
import { type CleanScan, type ColumnShape, PieceScanner } from "../../../formats/csv/scan-piece.ts";
import { isUtf8 } from "../../../formats/text-encoding.ts";
import type { CsvIngestState } from "./ingest-state.ts";
import type { Piece } from "./piece-reader.ts";

/** Scans a piece for DuckDB to read as it stands, at most `most` records; undefined where it has to be read record by record. */
export function scanFast(
  piece: Piece,
  state: CsvIngestState,
  request: { isUsed: readonly boolean[]; offsetEvery: number; most: number },
): CleanScan | undefined {
  const { dialect } = state;
  if (dialect.decimal !== "." || dialect.thousands !== "" || dialect.trailingDelimiter) return undefined;
  const shapes: ColumnShape[] = [];
  for (const [i, { type, order }] of state.types!.entries()) {
    const isUsed = request.isUsed[i]!;
    const shape = shapeOf(isUsed ? type : "VARCHAR", order);
    if (shape === undefined) return undefined;
    const isEmpty = state.phase === "load" && isUsed && state.stats[i]!.values === 0;
    shapes.push(isEmpty ? { ...shape, isEmpty } : shape);
  }
  const scan = new PieceScanner(dialect, createNullTokens(dialect.nulls)).scan(piece.bytes, piece.end, shapes, {
    final: piece.isFinal,
    offsetEvery: request.offsetEvery,
    most: request.most,
    isPage: dialect.isPage,
  });
  if (scan === undefined || (scan.hasHighBytes && !isUtf8(piece.bytes, 0, scan.consumed))) return undefined;
  return scan;
}
