import { Field, type RecordBatch, Schema } from "apache-arrow";
import { sliceBatch } from "../../formats/arrow/slice-batch.ts";
import { FormatError, type FormatTable } from "../../formats/source.ts";

/** What is taken of a table that was read, under pandas' meanings. */
export interface TableSelection {
  /** By name or by position from 0; the file's order stays. */
  columns?: readonly (string | number)[] | undefined;
  /** New names: for all columns, or for the chosen ones. */
  names?: readonly string[] | undefined;
  /** Rows at most. */
  rows?: number | undefined;
}

/**
 * A table with only some of its columns, other names or fewer rows.
 *
 * @throws FormatError for a column that is not there, or names that do not match in number.
 */
export function selectColumns(table: FormatTable, { columns, names, rows }: TableSelection): FormatTable {
  if (columns === undefined && names === undefined && rows === undefined) return table;
  const { fields } = table.schema;
  const renamed = names?.length === fields.length ? names : fields.map((field) => field.name);
  const chosen =
    columns === undefined ? fields.map((_, i) => i) : [...new Set(columns.map(find))].sort((a, b) => a - b);
  const labels = chosen.map((i) => renamed[i] ?? "");
  const final = names === undefined || names.length === fields.length ? labels : names;
  if (final.length !== chosen.length)
    throw new FormatError(
      `names lists ${final.length} columns; the table has ${fields.length}${columns ? `, of which usecols takes ${chosen.length}` : ""}.`,
    );
  const schema = new Schema(
    chosen.map((i, at) => {
      const field = fields[i] as Field;
      return new Field(final[at] ?? field.name, field.type, field.nullable, field.metadata);
    }),
  );
  return {
    name: table.name,
    schema,
    rowCount: table.rowCount === undefined ? undefined : Math.min(table.rowCount, rows ?? table.rowCount),
    batches: (from = 0) => cut(table, chosen, rows, from),
  };

  function find(column: string | number): number {
    const at = typeof column === "number" ? column : renamed.indexOf(column);
    if (at >= 0 && at < fields.length) return at;
    const known = renamed.map((known) => `“${known}”`).join(", ");
    throw new FormatError(
      typeof column === "number"
        ? `There is no column at position ${column}: the table has ${fields.length} (counted from 0).`
        : `There is no column “${column}”; the table has ${known}.`,
    );
  }
}

async function* cut(
  table: FormatTable,
  chosen: readonly number[],
  rows: number | undefined,
  from: number,
): AsyncGenerator<RecordBatch> {
  // How many rows come before a batch is only known by reading them.
  const first = rows === undefined ? from : 0;
  let ordinal = first;
  let left = rows ?? Number.POSITIVE_INFINITY;
  if (left === 0) return;
  for await (const batch of table.batches(first)) {
    const kept = batch.numRows > left ? sliceBatch(batch, 0, left) : batch;
    left -= kept.numRows;
    if (ordinal++ >= from) yield kept.selectAt([...chosen]);
    if (left <= 0) return;
  }
}
