import type { DuckDBModule } from "./duckdb-module.ts";
import {
  countElements,
  extractJson,
  isValidJson,
  listKeys,
  minifyJson,
  nameJsonType,
  readJsonPath,
} from "./json-text.ts";
import { findOffset } from "./time-zone.ts";

/** A function over text that DuckDB calls for each row; null in gives null out without a call. */
type TextFunction = (...texts: string[]) => string | undefined;

const PATHS_KEPT = 64;
const paths = new Map<string, ReturnType<typeof readJsonPath>>();

/** A query has few paths and many rows. */
function findPath(path: string): ReturnType<typeof readJsonPath> {
  let steps = paths.get(path);
  if (!steps) {
    steps = readJsonPath(path);
    if (paths.size >= PATHS_KEPT) paths.clear();
    paths.set(path, steps);
  }
  return steps;
}

/**
 * DuckDB's `json_extract`, which also stands for the operator `->`, and what macros.ts builds the other functions on.
 * Arguments, where nothing else is said: JSON, path.
 */
const FUNCTIONS: Record<string, TextFunction> = {
  json_extract: (json = "", path = "") => {
    const value = extractJson(json, findPath(path));
    return value === undefined ? undefined : minifyJson(value);
  },
  eider_json_string: (json = "", path = "") => {
    const value = extractJson(json, findPath(path));
    if (value === undefined || value === "null") return undefined;
    return value.startsWith('"') ? (JSON.parse(value) as string) : minifyJson(value);
  },
  eider_json_length: (json = "", path = "") => {
    const value = extractJson(json, findPath(path));
    return value === undefined ? undefined : String(countElements(value));
  },
  eider_json_keys: (json = "", path = "") => {
    const value = extractJson(json, findPath(path));
    if (value === undefined) return undefined;
    // As DuckDB reads a list from text: quotes and backslashes escaped, nothing else.
    return `[${listKeys(value)
      .map((key) => `"${key.replace(/["\\]/g, "\\$&")}"`)
      .join(", ")}]`;
  },
  eider_json_type: (json = "", path = "") => {
    const value = extractJson(json, findPath(path));
    return value === undefined ? undefined : nameJsonType(value);
  },
  eider_json_valid: (json = "") => String(isValidJson(json)),
  /** Arguments: zone, seconds since the epoch, and of which clock these are: `UTC` or `local`. */
  eider_zone_offset: (zone = "", seconds = "", clock = "") =>
    String(findOffset(zone, Number(seconds), clock === "local")),
};

/** What is to be told to DuckDB, one declaration a function. */
export const SCALAR_DECLARATIONS: readonly string[] = Object.keys(FUNCTIONS).map((name, index) =>
  JSON.stringify({ functionId: index + 1, name, returnType: { sqlType: "utf8" } }),
);
const BY_ID = Object.values(FUNCTIONS);

interface ArgumentView {
  readonly physicalType: string;
  readonly validityBuffer?: number;
  readonly dataBuffer?: number;
  readonly lengthBuffer?: number;
}

const encoder = new TextEncoder();

/**
 * Calls one of the functions for a vector of rows. All arguments and results are texts (macros.ts casts them). Whatever
 * goes wrong becomes the query's error.
 */
export function callScalarFunction(
  module: DuckDBModule,
  response: number,
  id: number,
  description: number,
  descriptionLength: number,
  pointers: number,
): void {
  const write = (status: number, pointer: number, length: number) =>
    module.doubles.set([status, pointer, length], response / 8);
  try {
    const { rows, args } = JSON.parse(module.readString(description, descriptionLength)) as {
      rows: number;
      args: ArgumentView[];
    };
    const address = (index: number | undefined) => module.doubles[pointers / 8 + (index ?? 0)]!;
    const columns = args.map((argument) => readTexts(module, argument, rows, address));
    const results = Array.from({ length: rows }, (_, row) => {
      const texts = columns.map((column) => column[row]);
      return texts.some((text) => text === undefined) ? undefined : BY_ID[id - 1]!(...(texts as string[]));
    });
    write(0, writeTexts(module, results), 0);
  } catch (error) {
    const message = encoder.encode(error instanceof Error ? error.message : String(error));
    write(1, module.allocateBytes(message), message.length);
  }
}

function readTexts(
  module: DuckDBModule,
  argument: ArgumentView,
  rows: number,
  address: (index: number | undefined) => number,
): (string | undefined)[] {
  const isNull = (row: number) =>
    argument.validityBuffer !== undefined && module.bytes[address(argument.validityBuffer) + row] === 0;
  if (argument.physicalType === "INT32" || argument.physicalType === "INT64") {
    // A number where a path is due stands for an element of an array.
    const size = argument.physicalType === "INT32" ? 4 : 8;
    const view = new DataView(module.memory.buffer, address(argument.dataBuffer), rows * size);
    const read = (row: number) => (size === 4 ? view.getInt32(row * 4, true) : Number(view.getBigInt64(row * 8, true)));
    return Array.from({ length: rows }, (_, row) => {
      if (isNull(row)) return undefined;
      const index = read(row);
      return index < 0 ? `$[#${index}]` : `$[${index}]`;
    });
  }
  if (argument.physicalType !== "VARCHAR") {
    throw new Error(
      "JSON functions take JSON as text, and a path as text or a whole number. Cast the argument to VARCHAR.",
    );
  }
  const starts = address(argument.dataBuffer) / 8;
  const lengths = address(argument.lengthBuffer) / 8;
  const { doubles } = module;
  return Array.from({ length: rows }, (_, row) =>
    isNull(row) ? undefined : module.readString(doubles[starts + row]!, doubles[lengths + row]!),
  );
}

/** Where the texts of the last call lie: DuckDB-WASM copies them before the next call, and frees everything but them. */
const lastTexts = new WeakMap<DuckDBModule, number>();

function replaceTexts(module: DuckDBModule, length: number): number {
  const last = lastTexts.get(module);
  if (last !== undefined) module.free(last);
  lastTexts.delete(module);
  const pointer = module.allocate(length);
  lastTexts.set(module, pointer);
  return pointer;
}

/** Three addresses: of the texts' addresses, of one byte a row that says whether it has a value, of the lengths. */
function writeTexts(module: DuckDBModule, texts: readonly (string | undefined)[]): number {
  const encoded = texts.map((text) => encoder.encode(text ?? ""));
  const length = encoded.reduce((sum, bytes) => sum + bytes.length, 0);
  const rows = texts.length;
  const starts = replaceTexts(module, rows * 16 + length);
  const lengths = starts + rows * 8;
  const validity = module.allocate(rows);
  const result = module.allocate(24);
  const { bytes, doubles } = module;
  let at = lengths + rows * 8;
  encoded.forEach((text, row) => {
    bytes.set(text, at);
    bytes[validity + row] = texts[row] === undefined ? 0 : 1;
    doubles[starts / 8 + row] = at;
    doubles[lengths / 8 + row] = text.length;
    at += text.length;
  });
  doubles.set([starts, validity, lengths], result / 8);
  return result;
}
