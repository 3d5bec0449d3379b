import { COLON, DIGIT, DOT, EXPONENT, ISO_LETTER, LETTER, MINUS, SLASH, SPACE } from "./byte-classes.ts";
import type { CsvType, DateOrder } from "./dialect.ts";
import { type ColumnShape, TEXT_SHAPE } from "./scan-piece.ts";

/**
 * The cells of a type that DuckDB reads exactly as `classifyCell` does, so that a piece made of them can be handed over unread; undefined where
 * cells must be rewritten first (dates that do not start with the year).
 */
export function shapeOf(type: CsvType, order: DateOrder): ColumnShape | undefined {
  const none = { required: DIGIT, minLength: 1, minusUntil: -1, hasDigitEnds: false, isEmpty: false };
  switch (type) {
    case "VARCHAR":
      return TEXT_SHAPE;
    case "BOOLEAN":
      // `yes`, `t` and `1` are DuckDB's booleans too; `true` and `false` alone have these lengths.
      return { ...none, required: 0, allowed: LETTER | EXPONENT | ISO_LETTER, minLength: 4, maxLength: 5 };
    case "BIGINT":
      return { ...none, allowed: DIGIT | MINUS | SPACE, maxLength: 18 };
    case "DECIMAL(38,0)":
      return { ...none, allowed: DIGIT | MINUS | SPACE, maxLength: 38 };
    case "DOUBLE":
      return { ...none, allowed: DIGIT | MINUS | DOT | SPACE, maxLength: 38 };
    case "DATE":
      return order === "ymd"
        ? { ...none, allowed: DIGIT | MINUS | SLASH, minLength: 8, maxLength: 10, hasDigitEnds: true }
        : undefined;
    case "TIME":
      return { ...none, allowed: DIGIT | COLON | DOT, minLength: 4, maxLength: 15, hasDigitEnds: true };
    case "TIMESTAMP":
      return order === "ymd"
        ? {
            ...none,
            allowed: DIGIT | MINUS | COLON | SPACE | DOT | ISO_LETTER | SLASH,
            minLength: 8,
            maxLength: 27,
            minusUntil: 8,
          }
        : undefined;
    default:
      // Of declared types each number is compared with what the type holds.
      return undefined;
  }
}
