import type { Schema } from "apache-arrow";
import { ByteWriter } from "./byte-writer.ts";
import { createCsvCell, createJsonCell, jsonKey, writeCsvText } from "./cells.ts";
import type { RowLayout } from "./row-writer.ts";

const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);
const CRLF = encoder.encode("\r\n");
/** Control characters, the quote and the backslash. */
const JSON_ESCAPED = markBytes([...Array(32).keys(), 34, 92]);

/** Rows of CSV. @param delimiter the code of one ASCII character. */
export function csvLayout(schema: Schema, delimiter: number): RowLayout {
  const separator = Uint8Array.of(delimiter);
  return {
    values: {
      createCell: (data, field) => createCsvCell(data, field, delimiter),
      escaped: markBytes([delimiter, 34, 10, 13]),
      quotesText: false,
    },
    before: schema.fields.map((_, k) => (k > 0 ? separator : EMPTY)),
    after: CRLF,
    between: EMPTY,
  };
}

/** The first line of a CSV file: the names of its columns. */
export function csvHeader(schema: Schema, delimiter: number): Uint8Array {
  const out = new ByteWriter(1024);
  schema.fields.forEach((field, k) => {
    if (k > 0) out.byte(delimiter);
    const name = encoder.encode(field.name);
    writeCsvText(out, name, 0, name.length, delimiter);
  });
  out.copy(CRLF, 0);
  return out.take();
}

/** Rows of a JSON array: objects by column name, or arrays in column order. */
export function jsonLayout(schema: Schema, shape: "objects" | "arrays"): RowLayout {
  const [open, close] = shape === "objects" ? ["{", "}"] : ["[", "]"];
  const keys = distinctNames(schema.fields.map((field) => field.name)).map(jsonKey);
  return {
    values: { createCell: createJsonCell, escaped: JSON_ESCAPED, quotesText: true },
    before: keys.map((key, k) => encoder.encode(`${k === 0 ? open : ","}${shape === "objects" ? key : ""}`)),
    after: encoder.encode(schema.fields.length === 0 ? `${open}${close}` : close),
    between: encoder.encode(","),
  };
}

/** Rows of NDJSON: one object a line. */
export function ndjsonLayout(schema: Schema): RowLayout {
  const { values, before } = jsonLayout(schema, "objects");
  return { values, before, after: encoder.encode(schema.fields.length === 0 ? "{}\n" : "}\n"), between: EMPTY };
}

/** A table that has 1 at these bytes. */
function markBytes(codes: readonly number[]): Uint8Array {
  const marks = new Uint8Array(256);
  for (const code of codes) marks[code] = 1;
  return marks;
}

/** A JSON object has no two members of one name: later columns of the same name get `_1`, `_2`, … */
function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let distinct = name;
    for (let n = 1; taken.has(distinct); n++) distinct = `${name}_${n}`;
    taken.add(distinct);
    return distinct;
  });
}
