import { type NumberSigns, numberText } from "../../../formats/csv/classify-cell.ts";
import type { CsvType } from "../../../formats/csv/dialect.ts";
import { foundTypeOf, isInRange } from "./type-range.ts";

const INTEGER = /^([+-]?)0*(\d{1,38})(?:\.0*)?$/;
const NUMBER = /^\+?(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i;
const INT64 = 2n ** 63n;

/**
 * What a cell says as the type that its column was declared to have, although nobody would find it to be of that type: `007` and `+7` are a
 * number then, `7.0` a whole one, and `0` and `1` are booleans, as in pandas.
 *
 * @returns it as DuckDB reads it; undefined when it is not of the type.
 */
export function readDeclaredCell(
  bytes: Uint8Array,
  start: number,
  end: number,
  { type, signs }: { type: CsvType; signs: NumberSigns },
): string | undefined {
  if (bytes.subarray(start, end).includes(signs.thousands)) return undefined;
  const text = numberText(bytes, start, end, signs);
  switch (foundTypeOf(type)) {
    case "BOOLEAN":
      return text === "1" ? "true" : text === "0" ? "false" : undefined;
    case "BIGINT":
    case "DECIMAL(38,0)": {
      const [, sign, digits = ""] = INTEGER.exec(text) ?? [];
      const whole = `${sign === "-" ? "-" : ""}${digits}`;
      const fits = digits !== "" && isInRange(type, whole) && (type !== "BIGINT" || isInt64(BigInt(whole)));
      return fits ? whole : undefined;
    }
    case "DOUBLE": {
      const number = NUMBER.exec(text)?.[1];
      return number !== undefined && Number.isFinite(Number(number)) && isInRange(type, number) ? number : undefined;
    }
    default:
      return undefined;
  }
}

const isInt64 = (value: bigint) => value >= -INT64 && value < INT64;
