import { type DataType, Field, TimestampMicrosecond, Uint64 } from "apache-arrow";
import {
  BoolBuilder,
  BytesBuilder,
  type ColumnBuilder,
  DateBuilder,
  Decimal128Builder,
  Float64Builder,
  Int64Builder,
} from "./column-builders.ts";
import { isoMoment, readIsoMoment } from "./iso-time.ts";
import type { JsonText } from "./json-text.ts";
import { ListBuilder, StructBuilder } from "./nested-builders.ts";
import { Kind, MAX_TYPE_DEPTH, Moment, type TypeNode, Whole } from "./type-node.ts";

/** Writes JSON values into an Arrow column. */
export interface ValueWriter {
  readonly builder: ColumnBuilder;
  /** Reads the value that follows and appends it. */
  write(text: JsonText): void;
}

/** Field metadata of a column whose text is JSON. */
const JSON_METADATA = new Map([["eider:type", "json"]]);

/** How a node's values are stored. `text` is the plain text of strings, numbers and booleans; `json` is JSON source text. */
type Storage =
  | "bool"
  | "int64"
  | "uint64"
  | "decimal"
  | "float64"
  | "date"
  | "timestamp"
  | "string"
  | "text"
  | "json"
  | "list"
  | "struct";

function chooseStorage(node: TypeNode): Storage {
  const { kinds } = node;
  if (node.isCollapsed) return "json";
  if (kinds === 0) return "string";
  if (kinds === Kind.bool) return "bool";
  if (kinds === Kind.number) return chooseNumber(node.wholes);
  if (kinds === Kind.string) {
    if (node.moments === Moment.date) return "date";
    return node.moments !== 0 && (node.moments & Moment.text) === 0 ? "timestamp" : "string";
  }
  if ((kinds & (Kind.object | Kind.array)) === 0) return "text";
  if (node.depth > MAX_TYPE_DEPTH) return "json";
  if (kinds === Kind.array) return "list";
  return kinds === Kind.object && suitsStruct(node) ? "struct" : "json";
}

function chooseNumber(wholes: number): Storage {
  if ((wholes & (Whole.fraction | Whole.beyond)) !== 0) return "float64";
  if ((wholes & Whole.huge) !== 0) return "decimal";
  if ((wholes & Whole.uint64) === 0) return "int64";
  return (wholes & Whole.negative) === 0 ? "uint64" : "decimal";
}

/**
 * Whether a node's keys can be struct fields. DuckDB takes fields of one name, whatever the case, for the same; and where
 * most objects lack most keys, a struct would be many times larger than its JSON text.
 */
function suitsStruct(node: TypeNode): boolean {
  if (node.fields.length > 8 && node.keys * 4 < node.objects * node.fields.length) return false;
  const names = new Set(node.fields.map(({ key }) => key.toLowerCase()));
  return node.fields.length > 0 && names.size === node.fields.length && !names.has("");
}

/** The Arrow field of a node's column. */
export function describeField(name: string, node: TypeNode, type: DataType): Field {
  return new Field(name, type, true, chooseStorage(node) === "json" ? JSON_METADATA : undefined);
}

/** A writer into a new column of the type that suits everything the node has seen. */
export function createWriter(node: TypeNode): ValueWriter {
  switch (chooseStorage(node)) {
    case "bool":
      return new BoolWriter();
    case "int64":
      return new Int64Writer();
    case "uint64":
      return new BigWriter(new Int64Builder(new Uint64()));
    case "decimal":
      return new BigWriter(new Decimal128Builder());
    case "float64":
      return new Float64Writer();
    case "date":
      return new DateWriter();
    case "timestamp":
      return new TimestampWriter();
    case "string":
    case "text":
      return new TextWriter();
    case "json":
      return new SourceWriter();
    case "list":
      return new ListWriter(node);
    case "struct":
      return new StructWriter(node);
  }
}

/** True, with `null` read and appended, when a null follows. */
function writeNull(text: JsonText, builder: ColumnBuilder): boolean {
  text.skipSpace();
  if (text.bytes[text.at] !== 110) return false;
  text.readLiteral();
  builder.appendNull();
  return true;
}

class BoolWriter implements ValueWriter {
  readonly builder = new BoolBuilder();
  write(text: JsonText): void {
    if (!writeNull(text, this.builder)) this.builder.append(text.readLiteral() === true);
  }
}

class Int64Writer implements ValueWriter {
  readonly builder = new Int64Builder();
  write(text: JsonText): void {
    if (writeNull(text, this.builder)) return;
    text.readNumber();
    if (text.digits <= 15) this.builder.appendNumber(text.number);
    else this.builder.appendBigInt(BigInt(text.numberText()));
  }
}

class BigWriter implements ValueWriter {
  readonly builder: Int64Builder | Decimal128Builder;
  constructor(builder: Int64Builder | Decimal128Builder) {
    this.builder = builder;
  }
  write(text: JsonText): void {
    if (writeNull(text, this.builder)) return;
    text.readNumber();
    this.builder.appendBigInt(BigInt(text.numberText()));
  }
}

class Float64Writer implements ValueWriter {
  readonly builder = new Float64Builder();
  write(text: JsonText): void {
    if (writeNull(text, this.builder)) return;
    text.readNumber();
    this.builder.append(text.number);
  }
}

class DateWriter implements ValueWriter {
  readonly builder = new DateBuilder();
  write(text: JsonText): void {
    if (writeNull(text, this.builder)) return;
    text.readString();
    readIsoMoment(text.string, text.stringStart, text.stringEnd);
    this.builder.append(isoMoment.days);
  }
}

class TimestampWriter implements ValueWriter {
  readonly builder = new Int64Builder(new TimestampMicrosecond());
  write(text: JsonText): void {
    if (writeNull(text, this.builder)) return;
    text.readString();
    readIsoMoment(text.string, text.stringStart, text.stringEnd);
    const value = isoMoment.days * 86_400e6 + isoMoment.microseconds;
    if (Number.isSafeInteger(value)) this.builder.appendNumber(value);
    else this.builder.appendBigInt(BigInt(isoMoment.days) * 86_400_000_000n + BigInt(isoMoment.microseconds));
  }
}

/** Strings as they are; numbers and booleans as they are written. */
class TextWriter implements ValueWriter {
  readonly builder = new BytesBuilder();
  write(text: JsonText): void {
    if (writeNull(text, this.builder)) return;
    const start = text.at;
    if (text.bytes[start] === 34) {
      text.readString();
      this.builder.appendBytes(text.string, text.stringStart, text.stringEnd);
      return;
    }
    text.skipValue();
    this.builder.appendBytes(text.bytes, start, text.at);
  }
}

/** Any value as its JSON source. */
class SourceWriter implements ValueWriter {
  readonly builder = new BytesBuilder();
  write(text: JsonText): void {
    if (writeNull(text, this.builder)) return;
    const start = text.at;
    text.skipValue();
    this.builder.appendBytes(text.bytes, start, text.at);
  }
}

class ListWriter implements ValueWriter {
  readonly builder: ListBuilder;
  readonly #element: ValueWriter;
  constructor(node: TypeNode) {
    this.#element = node.element === undefined ? new TextWriter() : createWriter(node.element);
    this.builder = new ListBuilder(this.#element.builder);
  }
  write(text: JsonText): void {
    if (writeNull(text, this.builder)) return;
    if (!text.open(93)) {
      do this.#element.write(text);
      while (text.readComma(93));
    }
    this.builder.closeList();
  }
}

class StructWriter implements ValueWriter {
  readonly builder: StructBuilder;
  readonly #node: TypeNode;
  readonly #writers: ValueWriter[];
  constructor(node: TypeNode) {
    this.#node = node;
    this.#writers = node.fields.map((field) => createWriter(field.node));
    this.builder = new StructBuilder(
      node.fields.map(({ key }) => key),
      this.#writers.map(({ builder }) => builder),
    );
  }
  write(text: JsonText): void {
    if (writeNull(text, this.builder)) return;
    writeFields(text, this.#node, this.#writers);
    this.builder.closeStruct();
  }
}

/** Reads an object whose brace is at hand and writes each of its values by its key. */
export function writeFields(text: JsonText, node: TypeNode, writers: readonly ValueWriter[]): void {
  if (text.open(125)) return;
  let hint = 0;
  do {
    const field = node.readKnownField(text, hint);
    if (field === undefined) text.skipValue();
    else {
      hint = field.index + 1;
      writers[field.index]!.write(text);
    }
  } while (text.readComma(125));
}
