import { type ByteSource, FormatError, type FormatReader, type FormatTable } from "../source.ts";
import { createColumnTable } from "./column-table.ts";
import { JsonSyntaxError, JsonText } from "./json-text.ts";
import { locateTables } from "./locate.ts";
import { readRecordTable } from "./record-table.ts";
import { JsonScanner } from "./scanner.ts";
import { type Location, type Member, type Orient, surveyColumn, surveyObject } from "./shape.ts";
import { showValue, walkSequence } from "./walk.ts";

/** Options under pandas' names. */
export interface JsonOptions {
  /** The layout; undefined: told from the data. */
  orient?: Orient | undefined;
  /** True: one record a line (NDJSON). False: one document. Undefined: told from the data. */
  lines?: boolean | undefined;
  /** Reads text columns that hold only ISO 8601 dates or timestamps as such. Default true. */
  convertDates?: boolean | undefined;
}

/**
 * Reads JSON (RFC 8259): an array of records, an object of columns, NDJSON, pandas' other layouts, GeoJSON features,
 * TopoJSON geometries, or a single record. The file is read once for its types and once for its rows, never held whole:
 * a record may have 16 MiB, a table 4,096 columns. Objects become structs, arrays lists; places where values of several
 * kinds meet become text: strings, numbers and booleans as they are written, or JSON text where objects or arrays are
 * among them (such fields have the metadata `eider:type: json`). Whole numbers stay exact: Int64, else Uint64, else
 * Decimal(38, 0). Text, empty arrays and nulls alone become Utf8.
 * @throws FormatError with line and column for wrong syntax, a key twice in one object, half a surrogate pair, nesting
 * deeper than 1,000, or columns of different lengths.
 */
export const readJson: FormatReader<JsonOptions> = async (source, options) => {
  try {
    const tables = await openTables(source, options);
    return tables.map((table) => ({ ...table, batches: (from) => explainErrors(source, table.batches(from)) }));
  } catch (error) {
    throw await explain(source, error);
  }
};

async function openTables(source: ByteSource, options: JsonOptions): Promise<FormatTable[]> {
  const dates = options.convertDates ?? true;
  const { orient } = options;
  const scanner = new JsonScanner(source.stream(), 0);
  let locations: Location[];
  try {
    await scanner.skipByteOrderMark();
    const first = await scanner.peek();
    if (first === -1) throw new FormatError("The file is empty; it holds no JSON value.");
    locations = await locate(source, scanner, first, options, dates);
  } finally {
    await scanner.cancel();
  }
  const tables: FormatTable[] = [];
  for (const location of locations) {
    if (location.kind === "columns") tables.push(createColumnTable(source, location.columns));
    else tables.push(await readRecordTable(source, location, dates));
  }
  if (orient === "values" && tables.some(({ schema }) => schema.fields[0]?.name === "value")) {
    throw new FormatError('With orient "values" the file must be an array of arrays.');
  }
  return tables;
}

async function locate(
  source: ByteSource,
  scanner: JsonScanner,
  first: number,
  options: JsonOptions,
  dates: boolean,
): Promise<Location[]> {
  const { orient, lines } = options;
  const offset = scanner.offset;
  const wholeDocument = { kind: "records", name: undefined, offset, isTuple: orient === "values" } as const;
  const asLines: Location[] = [{ ...wholeDocument, sequence: "lines" }];
  if (lines === true) return asLines;
  if (first === 91) {
    if (orient !== undefined && orient !== "records" && orient !== "values") {
      throw new FormatError(`The file holds an array; orient "${orient}" needs an object.`);
    }
    return [{ ...wholeDocument, sequence: "array", isDocument: true }];
  }
  if (first !== 123) {
    if (!'"-0123456789tfnNI'.includes(String.fromCharCode(first))) {
      const shown = first > 32 && first < 127 ? `"${String.fromCharCode(first)}"` : "a character";
      scanner.fail(`There is ${shown} where a value should follow. The file is not JSON; declare its real type.`);
    }
    return asLines;
  }
  const survey = await surveyObject(scanner, dates);
  scanner.sawNewline = false;
  if ((await scanner.peek()) !== -1) {
    if (lines === false || orient !== undefined) scanner.fail("More data follows after the end of the object.");
    return asLines;
  }
  const readLabelled = (member: Member) =>
    withScanner(source, member.offset, (at) => surveyColumn(at, "members", dates));
  const readNames = (member: Member) => withScanner(source, member.offset, readStrings);
  const tables = await locateTables(survey, orient, readLabelled, readNames);
  if (tables === undefined) return asLines;
  return tables.map((table) =>
    table.kind === "records" && table.sequence === "members" ? { ...table, offset } : table,
  );
}

async function withScanner<T>(
  source: ByteSource,
  offset: number,
  use: (scanner: JsonScanner) => Promise<T>,
): Promise<T> {
  const scanner = new JsonScanner(source.stream(offset), offset);
  try {
    await scanner.peek();
    return await use(scanner);
  } finally {
    await scanner.cancel();
  }
}

async function readStrings(scanner: JsonScanner): Promise<string[]> {
  const names: string[] = [];
  await walkSequence(scanner, "array", false, (text) => {
    const start = text.at;
    text.skipValue();
    if (text.bytes[start] === 34) names.push(text.stringText());
    else names.push(new TextDecoder().decode(text.bytes.subarray(start, text.at)));
  });
  return names;
}

/** Checks the syntax of one JSON text (RFC 8259) and nothing else. @throws FormatError with line and column. */
export async function checkJson(source: ByteSource): Promise<void> {
  const scanner = new JsonScanner(source.stream(), 0);
  try {
    await scanner.skipByteOrderMark();
    if ((await scanner.peek()) === -1) throw new FormatError("The file is empty; it holds no JSON value.");
    const text = new JsonText();
    await scanner.findValue();
    showValue(scanner, text);
    text.skipValue();
    if (text.at !== text.end) text.failUnexpected("the end of the value");
    scanner.at = scanner.valueEnd;
    if ((await scanner.peek()) !== -1) scanner.fail("More data follows after the end of the value.");
  } catch (error) {
    throw await explain(source, error);
  } finally {
    await scanner.cancel();
  }
}

async function* explainErrors<T>(source: ByteSource, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw await explain(source, error);
  }
}

/** Turns a syntax error's offset into a line and a column, by reading up to it again. */
async function explain(source: ByteSource, error: unknown): Promise<unknown> {
  if (!(error instanceof JsonSyntaxError)) return error;
  let line = 1;
  let column = 1;
  let left = error.offset;
  const reader = source.stream().getReader();
  while (left > 0) {
    const { done, value } = await reader.read();
    if (done) break;
    const stop = Math.min(left, value.length);
    for (let i = 0; i < stop; i++) {
      const byte = value[i]!;
      if (byte === 10) {
        line++;
        column = 1;
      } else if ((byte & 0xc0) !== 0x80) column++;
    }
    left -= stop;
  }
  await reader.cancel().catch(() => undefined);
  return new FormatError(`Line ${line}, column ${column}: ${error.message}`, { cause: error });
}
