import type { CsvDialect, CsvOptions } from "./dialect.ts";
import { type CellLayout, RecordCursor } from "./record-cursor.ts";

const MOST_RECORDS = 500;
const COMMA_DECIMAL = /^-?(\d+|\d{1,3}(\.\d{3})+),\d+$/;
const POINT_DECIMAL = /^-?(\d+|\d{1,3}(,\d{3})+)\.\d+$/;
const COMMA_GROUPS = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/;
const POINT_GROUPS = /^-?\d{1,3}(\.\d{3})+(,\d+)?$/;

/**
 * Finds the decimal sign and the separator of thousands that a file's numbers use. `1,234` alone could be either: it counts as
 * thousands where commas also delimit the cells, and as a decimal where they do not.
 */
export function detectNumberSigns(
  body: Uint8Array,
  layout: CellLayout,
  options: CsvOptions,
  isWhole: boolean,
): Pick<CsvDialect, "decimal" | "thousands"> {
  if (options.decimal !== undefined || options.thousands !== undefined)
    return { decimal: options.decimal ?? ".", thousands: options.thousands ?? "" };
  const cursor = new RecordCursor(body, body.length, layout, { final: isWhole, firstLine: 1 });
  let commaDecimals = 0;
  let pointDecimals = 0;
  let commaGroups = 0;
  let pointGroups = 0;
  let open = 0;
  let surelyDecimal = 0;
  for (let records = 0; records < MOST_RECORDS && cursor.read(); records++) {
    if (cursor.isComment) continue;
    for (let i = 0; i < cursor.count; i++) {
      if (cursor.ends[i]! - cursor.starts[i]! > 40) continue;
      const cell = cursor.readCell(i).trim();
      if (!/^-?\d/.test(cell)) continue;
      const isCommaDecimal = COMMA_DECIMAL.test(cell);
      const isCommaGroups = COMMA_GROUPS.test(cell) && !/^-?0/.test(cell);
      if (isCommaDecimal && isCommaGroups) open++;
      else if (isCommaDecimal) {
        commaDecimals++;
        surelyDecimal++;
      } else if (isCommaGroups) commaGroups++;
      if (POINT_DECIMAL.test(cell)) pointDecimals++;
      if (POINT_GROUPS.test(cell) && cell.includes(",")) pointGroups++;
    }
  }
  if (layout.delimiter.startsWith(",") && surelyDecimal === 0) commaGroups += open;
  else commaDecimals += open;
  if (commaDecimals > pointDecimals && commaGroups === 0)
    return { decimal: ",", thousands: pointGroups > 0 ? "." : "" };
  return { decimal: ".", thousands: commaGroups > 0 && commaDecimals === 0 ? "," : "" };
}
