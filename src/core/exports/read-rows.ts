import { makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import type { Engine, QueryOptions } from "../../engine/index.ts";
import { quoteIdentifier } from "../../engine/sql-text.ts";
import { sliceBatch } from "../../formats/arrow/slice-batch.ts";
import { partsOf, type TableName, type TablePart } from "../tables/table-layout.ts";
import type { ExportFormat } from "./export-format.ts";

/** What is asked of the engine. */
export type RowEngine = Pick<Engine, "rows" | "query">;

/** A column as it is read for an export. */
interface ExportColumn {
  name: string;
  /** Reads it from its table. */
  expression: string;
  /** Its text is to be written as a UUID. */
  isUuid: boolean;
}

/** Rows to be written to one file. */
export interface RowSource {
  schema: Schema;
  /** Rows from number `from` on (0 = the first), in the order of the table. */
  batches(from: number): AsyncIterable<RecordBatch>;
}

/**
 * More columns than this are read in pieces: a vector of DuckDB has 2,048 cells a column however few rows are asked for, so that ten
 * thousand columns at once do not fit in the engine's memory.
 */
const COLUMNS_AT_ONCE = 400;
/** Cells of one batch that is put together from such pieces. */
const CELLS_PER_PIECE = 500_000;

/**
 * Reads a table row by row for an export. The table has to be attached to the engine, and to have been appended to only: rows are told
 * by their number.
 *
 * @throws EngineError
 */
export async function openTableRows(
  engine: RowEngine,
  table: TableName,
  columnCount: number,
  format: ExportFormat,
): Promise<RowSource> {
  const parts = await describeParts(engine, table, columnCount, format);
  const options = optionsFor(format);
  if (columnCount <= COLUMNS_AT_ONCE) {
    const { schema } = await readOnce(engine, selectRows(parts, "LIMIT 0"), options);
    return {
      schema: markUuids(schema, parts),
      async *batches(from) {
        const { batches } = await engine.query(selectRows(parts, from > 0 ? `WHERE rowid >= ${from}` : ""), options);
        yield* batches;
      },
    };
  }
  const schemas: Schema[] = [];
  for (const part of parts) schemas.push((await readOnce(engine, selectRows([part], "LIMIT 0"), options)).schema);
  const schema = markUuids(new Schema(schemas.flatMap((some) => some.fields)), parts);
  return { schema, batches: (from) => readPieces(engine, schema, parts, { from, options }) };
}

/** The rows of a query as it stands, from the first on. */
export async function openQueryRows(engine: RowEngine, sql: string, format: ExportFormat): Promise<RowSource> {
  const { schema, batches } = await engine.query(sql, optionsFor(format));
  return {
    schema,
    batches(from) {
      if (from > 0) throw new Error("A query can only be read from its start.");
      return batches;
    },
  };
}

async function describeParts(
  engine: RowEngine,
  table: TableName,
  columnCount: number,
  format: ExportFormat,
): Promise<TablePart<ExportColumn>[]> {
  const parts: TablePart<ExportColumn>[] = [];
  for (const part of partsOf(table, new Array(columnCount).fill(undefined))) {
    const described = await engine.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${part.name}`);
    const columns = described.map(({ column_name: name, column_type: type }) => {
      const cast = castFor(type, format);
      const identifier = quoteIdentifier(name);
      const isUuid = type === "UUID" && format === "parquet";
      return { name, isUuid, expression: cast ? `CAST(${identifier} AS ${cast}) AS ${identifier}` : identifier };
    });
    parts.push({ ...part, columns });
  }
  return parts;
}

/** The engine hands UUIDs out as text; Parquet has a type for them. */
function markUuids(schema: Schema, parts: readonly TablePart<ExportColumn>[]): Schema {
  const columns = parts.flatMap((part) => part.columns);
  if (!columns.some((column) => column.isUuid)) return schema;
  const metadata = new Map([["ARROW:extension:name", "arrow.uuid"]]);
  return new Schema(schema.fields.map((field, k) => (columns[k]?.isUuid ? field.clone({ metadata }) : field)));
}

/** The parts of a table side by side. `clause` applies to each part, whose rows have the same numbers. */
function selectRows(parts: readonly TablePart<ExportColumn>[], clause: string): string {
  const selects = parts.map(
    (part) => `SELECT ${part.columns.map(({ expression }) => expression).join(", ")} FROM ${part.name} ${clause}`,
  );
  if (selects.length === 1) return selects[0] ?? "";
  return `SELECT * FROM ${selects.map((select, i) => `(${select}) AS part_${i}`).join(" POSITIONAL JOIN ")}`;
}

/**
 * The type that a column is cast to before it is written, for types that a format does not have: 128-bit integers are decimals of 38
 * digits in Parquet, Arrow and XLSX; UUIDs are text in XLSX; seconds are microseconds in Parquet.
 */
export function castFor(type: string, format: ExportFormat): string | undefined {
  if (format === "csv" || format === "json" || format === "ndjson") return undefined;
  let cast = replaceTypes(type, /\bHUGEINT\b/g, "DECIMAL(38,0)");
  if (format === "xlsx" && type === "UUID") cast = "VARCHAR";
  if (format === "parquet") cast = replaceTypes(cast, /\bTIMESTAMP_S\b/g, "TIMESTAMP");
  return cast === type ? undefined : cast;
}

/** Replaces in the text of a type, but not in the quoted names of its fields. */
function replaceTypes(type: string, pattern: RegExp, by: string): string {
  return type
    .split(/("(?:[^"]|"")*"|'(?:[^']|'')*')/)
    .map((piece, i) => (i % 2 === 0 ? piece.replace(pattern, by) : piece))
    .join("");
}

/** Of the formats, Arrow alone has intervals as DuckDB has them. */
function optionsFor(format: ExportFormat): QueryOptions {
  return { keepsIntervals: format === "arrow" };
}

async function readOnce(
  engine: RowEngine,
  sql: string,
  options: QueryOptions,
): Promise<{ schema: Schema; batches: RecordBatch[] }> {
  const { schema, batches } = await engine.query(sql, options);
  const all: RecordBatch[] = [];
  for await (const batch of batches) if (batch.numRows > 0) all.push(batch);
  return { schema, batches: all };
}

async function* readPieces(
  engine: RowEngine,
  schema: Schema,
  parts: readonly TablePart<ExportColumn>[],
  { from, options }: { from: number; options: QueryOptions },
): AsyncGenerator<RecordBatch> {
  const rowsPerPiece = Math.max(1, Math.floor(CELLS_PER_PIECE / schema.fields.length));
  for (let start = from; ; start += rowsPerPiece) {
    const clause = `WHERE rowid >= ${start} AND rowid < ${start + rowsPerPiece}`;
    const pieces: RecordBatch[][] = [];
    for (const part of parts) pieces.push((await readOnce(engine, selectRows([part], clause), options)).batches);
    if (pieces[0]?.length === 0) return;
    yield* joinPieces(schema, pieces);
  }
}

/** Puts the columns of the same rows side by side, wherever the batches of each part end. */
export function* joinPieces(schema: Schema, parts: readonly RecordBatch[][]): Generator<RecordBatch> {
  const cursors = parts.map((batches) => ({ batches, next: 0, at: 0 }));
  for (;;) {
    const left = cursors.map(({ batches, next, at }) => (batches[next]?.numRows ?? 0) - at);
    const rows = Math.min(...left);
    if (rows <= 0) return;
    const children = cursors.flatMap((cursor) => {
      const batch = cursor.batches[cursor.next]!;
      const isWhole = cursor.at === 0 && rows === batch.numRows;
      const piece = isWhole ? batch : sliceBatch(batch, cursor.at, cursor.at + rows);
      cursor.at += rows;
      if (cursor.at === batch.numRows) {
        cursor.next++;
        cursor.at = 0;
      }
      return piece.data.children;
    });
    yield new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children }));
  }
}
