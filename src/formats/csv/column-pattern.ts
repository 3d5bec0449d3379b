import { classifyCell, FITS_DATE_COMPACT, IS_AMBIGUOUS, IS_BIG, IS_BLANK, PLAIN_NUMBERS } from "./classify-cell.ts";
import { DEFAULT_NULLS } from "./dialect.ts";

/** What the cells of one column of a sample have in common. Plain JSON. */
export interface ColumnPattern {
  /** Type bits that nearly all of its values have; 0 for text, -1 where it has no values. */
  readonly fits: number;
  /** Some of its cells are empty. */
  readonly hasGaps: boolean;
}

const NULLS = new Set(["", "-", ...DEFAULT_NULLS]);
const NO_TYPE = IS_BLANK | IS_BIG | IS_AMBIGUOUS | FITS_DATE_COMPACT;
const ENCODER = new TextEncoder();
/** Cells of other types that a typed column may have. */
const TYPED_SHARE = 0.8;

export function isNullText(text: string): boolean {
  return NULLS.has(text);
}

/** Bits of the types a cell fits; 0 for text and NULL. */
export function typeOf(cell: string): number {
  const text = cell.trim();
  if (isNullText(text) || text.length > 64) return 0;
  const bytes = ENCODER.encode(text);
  return classifyCell(bytes, 0, bytes.length, PLAIN_NUMBERS) & ~NO_TYPE;
}

/** The patterns of the columns of rows. */
export function patternsOf(rows: readonly (readonly string[])[], width: number): ColumnPattern[] {
  return Array.from({ length: width }, (_, column) => {
    const tally = new Map<number, number>();
    let values = 0;
    for (const cells of rows) {
      const cell = cells[column]?.trim() ?? "";
      if (isNullText(cell)) continue;
      values++;
      for (let bits = typeOf(cell); bits !== 0; bits &= bits - 1) {
        const bit = bits & -bits;
        tally.set(bit, (tally.get(bit) ?? 0) + 1);
      }
    }
    const hasGaps = values < rows.length;
    if (values === 0) return { fits: -1, hasGaps };
    let fits = 0;
    for (const [bit, times] of tally) if (times >= TYPED_SHARE * values) fits |= bit;
    return { fits, hasGaps };
  });
}
