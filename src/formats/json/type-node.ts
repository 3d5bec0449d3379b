import { isoMoment, readIsoMoment } from "./iso-time.ts";
import { type JsonText, MAX_DEPTH } from "./json-text.ts";

/** Kinds of values that a node has seen, as bits. */
export const Kind = { bool: 1, number: 2, string: 4, object: 8, array: 16 } as const;

/** Sizes of whole numbers that a node has seen, as bits. */
export const Whole = { int64: 1, uint64: 2, huge: 4, beyond: 8, fraction: 16, negative: 32 } as const;

/** What strings of a node could be read as, as bits. */
export const Moment = { date: 1, time: 2, text: 4 } as const;

/** Columns of a table; more are refused. */
export const MAX_COLUMNS = 4096;
/** Different keys of one nested object; with more it is kept as JSON text. */
const MAX_KEYS = 256;
/** Structs and lists nested deeper than this are kept as JSON text. */
export const MAX_TYPE_DEPTH = 16;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** What was seen at one place of the records: the kinds of values, and below it fields or elements. */
export class TypeNode {
  readonly depth: number;
  kinds = 0;
  wholes = 0;
  moments = 0;
  /** Fields of objects, in the order they were first seen; of arrays read as rows, the columns by position. */
  readonly fields: FieldNode[] = [];
  readonly #byKey = new Map<string, FieldNode>();
  element: TypeNode | undefined;
  /** Objects seen, and keys seen in all of them together. */
  objects = 0;
  keys = 0;
  /** Its values are only checked; the column holds JSON text. */
  isCollapsed = false;
  /** Arrays are rows of columns, not lists. */
  isTuple = false;
  #stamp = 0;

  constructor(depth: number) {
    this.depth = depth;
  }

  /** Reads one value and learns from it. */
  learn(text: JsonText, dates: boolean): void {
    text.skipSpace();
    const byte = text.isAtEnd ? -1 : text.bytes[text.at]!;
    if (byte === 34) {
      text.readString();
      this.kinds |= Kind.string;
      if (dates && (this.moments & Moment.text) === 0) this.#learnMoment(text);
    } else if (byte === 123) {
      this.kinds |= Kind.object;
      if (this.isCollapsed) text.skipValue(this.depth);
      else this.#learnObject(text, dates);
    } else if (byte === 91) {
      this.kinds |= Kind.array;
      if (this.isCollapsed) text.skipValue(this.depth);
      else if (this.isTuple) this.#learnTuple(text, dates);
      else this.#learnList(text, dates);
    } else if (byte === 45 || (byte >= 48 && byte <= 57)) {
      text.readNumber();
      this.kinds |= Kind.number;
      if (!text.isInteger) this.wholes |= Whole.fraction;
      else if (text.digits <= 18) this.wholes |= Whole.int64;
      else this.wholes |= sizeWhole(text);
      if (byte === 45) this.wholes |= Whole.negative;
    } else if (text.readLiteral() !== null) this.kinds |= Kind.bool;
  }

  #learnMoment(text: JsonText): void {
    if (!readIsoMoment(text.string, text.stringStart, text.stringEnd)) this.moments |= Moment.text;
    else this.moments |= isoMoment.hasTime ? Moment.time : Moment.date;
  }

  #learnObject(text: JsonText, dates: boolean): void {
    if (this.depth >= MAX_DEPTH) text.failDepth();
    this.objects++;
    if (text.open(125)) return;
    const stamp = ++this.#stamp;
    let hint = 0;
    do {
      const keyAt = text.at;
      const field = this.readKnownField(text, hint) ?? this.#findField(text, keyAt);
      if (field === undefined) {
        text.skipValue(this.depth + 1);
        continue;
      }
      if (field.stamp === stamp)
        text.fail(`The key "${field.key}" stands twice in one object. Rename one of them.`, keyAt);
      field.stamp = stamp;
      this.keys++;
      hint = field.index + 1;
      field.node.learn(text, dates);
    } while (text.readComma(125));
  }

  #learnList(text: JsonText, dates: boolean): void {
    if (this.depth >= MAX_DEPTH) text.failDepth();
    if (text.open(93)) return;
    this.element ??= new TypeNode(this.depth + 1);
    do this.element.learn(text, dates);
    while (text.readComma(93));
  }

  #learnTuple(text: JsonText, dates: boolean): void {
    if (text.open(93)) return;
    let index = 0;
    do {
      if (index >= MAX_COLUMNS) text.fail(`A row has more than ${MAX_COLUMNS} values.`);
      const field = this.fields[index] ?? this.addField(String(index));
      index++;
      field.node.learn(text, dates);
    } while (text.readComma(93));
  }

  addField(key: string): FieldNode {
    const field = new FieldNode(key, this.fields.length, new TypeNode(this.depth + 1));
    this.fields.push(field);
    this.#byKey.set(key, field);
    return field;
  }

  /** The field of the key just read, which is new. */
  #findField(text: JsonText, keyAt: number): FieldNode | undefined {
    if (this.isCollapsed) return undefined;
    if (this.depth === 0 && this.fields.length >= MAX_COLUMNS) {
      text.fail(`The records have more than ${MAX_COLUMNS} different keys. Put the varying keys into rows.`, keyAt);
    }
    if (this.depth > 0 && (this.fields.length >= MAX_KEYS || this.depth > MAX_TYPE_DEPTH)) {
      this.isCollapsed = true;
      return undefined;
    }
    return this.addField(text.stringText());
  }

  /**
   * Reads a key with its colon and finds its field, if there is one; `hint` is the index that it has when keys come in
   * their usual order.
   */
  readKnownField(text: JsonText, hint: number): FieldNode | undefined {
    const expected = this.fields[hint];
    if (expected?.keyBytes !== undefined && text.readExpectedKey(expected.keyBytes)) return expected;
    text.readKey();
    return this.#byKey.get(text.stringText());
  }
}

const encoder = new TextEncoder();

/** One key of an object with what was seen under it. */
export class FieldNode {
  readonly key: string;
  readonly index: number;
  readonly node: TypeNode;
  stamp = 0;
  /** The key as it stands in JSON; undefined when it has to be escaped there. */
  readonly keyBytes: Uint8Array | undefined;

  constructor(key: string, index: number, node: TypeNode) {
    this.key = key;
    this.index = index;
    this.node = node;
    const bytes = encoder.encode(key);
    this.keyBytes = bytes.some((byte) => byte < 32 || byte === 34 || byte === 92) ? undefined : bytes;
  }
}

function sizeWhole(text: JsonText): number {
  if (text.digits > 38) return Whole.beyond;
  const value = BigInt(text.numberText());
  if (value >= INT64_MIN && value <= INT64_MAX) return Whole.int64;
  return value >= 0n && value <= UINT64_MAX ? Whole.uint64 : Whole.huge;
}
