import { FormatError } from "../source.ts";
import { BitRuns, ByteRuns } from "./byte-runs.ts";
import { type DecodedColumn, expandColumn } from "./decoded-column.ts";
import { IntegerRuns, Words } from "./integer-runs.ts";
import { type ColumnReader, fixed, needStream, runVersion, StreamKind, type StripeContext } from "./stripe-context.ts";
import { damaged, type OrcType, TypeKind } from "./tail.ts";
import { TextReader } from "./text-reader.ts";
import { BoolReader, ByteReader, DecimalReader, FloatReader, IntegerReader, TimestampReader } from "./value-readers.ts";

/** Creates the reader of a column with everything below it. */
export function createColumnReader(type: OrcType, context: StripeContext): ColumnReader {
  const values = createValueReader(type, context);
  const present = context.find(type.id, StreamKind.present);
  return present === undefined ? values : new NullableReader(new BitRuns(present), values);
}

class NullableReader implements ColumnReader {
  readonly #present: BitRuns;
  readonly #values: ColumnReader;

  constructor(present: BitRuns, values: ColumnReader) {
    this.#present = present;
    this.#values = values;
  }

  async read(count: number): Promise<DecodedColumn> {
    const present = await this.#present.read(count);
    let held = 0;
    for (let i = 0; i < count; i++) held += present[i]!;
    const column = await this.#values.read(held);
    return held === count ? column : expandColumn(column, present);
  }

  park(): void {
    this.#present.park();
    this.#values.park();
  }
}

/** A reader of values without nulls. Streams are looked for when the first value is read: columns of nulls have none. */
function createValueReader(type: OrcType, context: StripeContext): ColumnReader {
  switch (type.kind) {
    case TypeKind.boolean:
      return new LazyReader(
        () => new BoolReader(needStream(context, type, StreamKind.data)),
        () => fixed(new Uint8Array(0)),
      );
    case TypeKind.byte:
      return new LazyReader(
        () => new ByteReader(needStream(context, type, StreamKind.data)),
        () => fixed(new Int8Array(0)),
      );
    case TypeKind.short:
    case TypeKind.int:
    case TypeKind.long:
    case TypeKind.date:
      return new LazyReader(
        () => new IntegerReader(type, context),
        () => emptyInteger(type),
      );
    case TypeKind.float:
      return new LazyReader(
        () => new FloatReader(type, context),
        () => fixed(new Float32Array(0)),
      );
    case TypeKind.double:
      return new LazyReader(
        () => new FloatReader(type, context),
        () => fixed(new Float64Array(0)),
      );
    case TypeKind.timestamp:
    case TypeKind.timestampInstant:
      return new LazyReader(
        () => new TimestampReader(type, context),
        () => fixed(new Int32Array(0), 2),
      );
    case TypeKind.decimal:
      return new LazyReader(
        () => new DecimalReader(type, context),
        () => fixed(new Int32Array(0), 4),
      );
    case TypeKind.string:
    case TypeKind.varchar:
    case TypeKind.char:
    case TypeKind.binary:
    case TypeKind.geometry:
    case TypeKind.geography:
      return new LazyReader(() => new TextReader(type, context), emptyBytes);
    case TypeKind.struct:
      return type.children.length === 0 ? new EmptyStructReader() : new StructReader(type, context);
    case TypeKind.list:
    case TypeKind.map:
      return new ListReader(type, context);
    case TypeKind.union:
      return new UnionReader(type, context);
    default:
      throw new FormatError(`The ORC file has a column of type number ${type.kind}, which is not read.`);
  }
}

function emptyBytes(): DecodedColumn {
  return { shape: "bytes", length: 0, valid: undefined, offsets: new Int32Array(1), bytes: new Uint8Array(0) };
}

function emptyInteger({ kind }: OrcType): DecodedColumn {
  if (kind === TypeKind.long) return fixed(new Int32Array(0), 2);
  return fixed(kind === TypeKind.short ? new Int16Array(0) : new Int32Array(0));
}

class LazyReader implements ColumnReader {
  readonly #create: () => ColumnReader;
  readonly #empty: () => DecodedColumn;
  #reader: ColumnReader | undefined;

  constructor(create: () => ColumnReader, empty: () => DecodedColumn) {
    this.#create = create;
    this.#empty = empty;
  }

  read(count: number): Promise<DecodedColumn> {
    if (count === 0) return Promise.resolve(this.#empty());
    this.#reader ??= this.#create();
    return this.#reader.read(count);
  }

  park(): void {
    this.#reader?.park();
  }
}

class EmptyStructReader implements ColumnReader {
  read(count: number): Promise<DecodedColumn> {
    const offsets = Int32Array.from({ length: count + 1 }, (_, i) => i * 2);
    const bytes = new Uint8Array(count * 2).map((_, i) => (i % 2 === 0 ? 123 : 125));
    return Promise.resolve({ shape: "bytes", length: count, valid: undefined, offsets, bytes });
  }
  park(): void {}
}

class StructReader implements ColumnReader {
  readonly #children: ColumnReader[];
  constructor(type: OrcType, context: StripeContext) {
    this.#children = type.children.map((child) => createColumnReader(child, context));
  }
  async read(count: number): Promise<DecodedColumn> {
    const children: DecodedColumn[] = [];
    for (const child of this.#children) children.push(await child.read(count));
    return { shape: "struct", length: count, valid: undefined, children };
  }
  park(): void {
    for (const child of this.#children) child.park();
  }
}

/** Elements that one batch may have in one list column. */
const MAX_ELEMENTS = 4_000_000;

/** Lists, and maps as lists of key and value. */
class ListReader implements ColumnReader {
  readonly #type: OrcType;
  readonly #context: StripeContext;
  readonly #children: ColumnReader[];
  #lengths: IntegerRuns | undefined;
  constructor(type: OrcType, context: StripeContext) {
    this.#type = type;
    this.#context = context;
    this.#children = type.children.map((child) => createColumnReader(child, context));
  }
  async read(count: number): Promise<DecodedColumn> {
    const lengths = new Words();
    if (count > 0) {
      this.#lengths ??= new IntegerRuns(
        needStream(this.#context, this.#type, StreamKind.length),
        false,
        runVersion(this.#context, this.#type),
      );
      await this.#lengths.read(count, lengths);
    }
    const offsets = new Int32Array(count + 1);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const length = lengths.number(i);
      total += length;
      if (length < 0 || total > MAX_ELEMENTS) throw damaged("a list has an impossible length");
      offsets[i + 1] = total;
    }
    const children: DecodedColumn[] = [];
    for (const child of this.#children) children.push(await child.read(total));
    const child: DecodedColumn =
      children.length === 1 ? children[0]! : { shape: "struct", length: total, valid: undefined, children };
    return { shape: "list", length: count, valid: undefined, offsets, child };
  }
  park(): void {
    this.#lengths?.park();
    for (const child of this.#children) child.park();
  }
}

class UnionReader implements ColumnReader {
  readonly #type: OrcType;
  readonly #context: StripeContext;
  readonly #children: ColumnReader[];
  #tags: ByteRuns | undefined;
  constructor(type: OrcType, context: StripeContext) {
    this.#type = type;
    this.#context = context;
    this.#children = type.children.map((child) => createColumnReader(child, context));
  }
  async read(count: number): Promise<DecodedColumn> {
    let tags = new Uint8Array(0);
    if (count > 0) {
      this.#tags ??= new ByteRuns(needStream(this.#context, this.#type, StreamKind.data));
      tags = (await this.#tags.read(count)) as Uint8Array<ArrayBuffer>;
    }
    const children: DecodedColumn[] = [fixed(new Int8Array(tags.buffer))];
    for (const [member, child] of this.#children.entries()) {
      const present = new Uint8Array(count);
      let held = 0;
      for (let i = 0; i < count; i++) {
        if (tags[i] === member) {
          present[i] = 1;
          held++;
        }
      }
      children.push(expandColumn(await child.read(held), present));
    }
    return { shape: "struct", length: count, valid: undefined, children };
  }
  park(): void {
    this.#tags?.park();
    for (const child of this.#children) child.park();
  }
}
