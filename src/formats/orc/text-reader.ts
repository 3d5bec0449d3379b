import { FormatError } from "../source.ts";
import { readBytes } from "./byte-runs.ts";
import type { DecodedColumn } from "./decoded-column.ts";
import { IntegerRuns, Words } from "./integer-runs.ts";
import type { OrcStream } from "./orc-stream.ts";
import { type ColumnReader, needStream, runVersion, StreamKind, type StripeContext } from "./stripe-context.ts";
import { damaged, type OrcType, TypeKind } from "./tail.ts";

/** Text that one column may have in one batch. Batches are planned for far less; only very uneven files come near it. */
const MAX_BATCH_BYTES = 48 * 1024 ** 2;

/** Texts and byte strings, direct or through a dictionary, which is held whole while its stripe is read. */
export class TextReader implements ColumnReader {
  readonly #isText: boolean;
  readonly #data: OrcStream | undefined;
  readonly #lengths: IntegerRuns | undefined;
  readonly #indices: IntegerRuns | undefined;
  readonly #loadDictionary: () => Promise<Dictionary>;
  #dictionary: Dictionary | undefined;

  constructor(type: OrcType, context: StripeContext) {
    this.#isText = type.kind === TypeKind.string || type.kind === TypeKind.varchar || type.kind === TypeKind.char;
    const encoding = context.encodings[type.id]!;
    const version = runVersion(context, type);
    const isDictionary = encoding.kind === 1 || encoding.kind === 3;
    if (isDictionary) {
      this.#indices = new IntegerRuns(needStream(context, type, StreamKind.data), false, version);
      this.#loadDictionary = () => loadDictionary(type, context, encoding.dictionarySize, version);
    } else {
      this.#lengths = new IntegerRuns(needStream(context, type, StreamKind.length), false, version);
      this.#data = context.find(type.id, StreamKind.data);
      this.#loadDictionary = () => Promise.reject(damaged("a dictionary is missing"));
    }
  }

  async read(count: number): Promise<DecodedColumn> {
    const column =
      this.#indices === undefined ? await this.#readDirect(count) : await this.#readIndexed(count, this.#indices);
    return this.#isText ? repairText(column) : column;
  }

  async #readDirect(count: number): Promise<TextColumn> {
    const lengths = new Words();
    await this.#lengths!.read(count, lengths);
    const { offsets, total } = sumLengths(lengths, count, MAX_BATCH_BYTES);
    if (total > 0 && this.#data === undefined) throw damaged("a column of text lacks its data");
    const bytes = total === 0 ? new Uint8Array(0) : await readBytes(this.#data!, total);
    return { shape: "bytes", length: count, valid: undefined, offsets, bytes };
  }

  async #readIndexed(count: number, indices: IntegerRuns): Promise<TextColumn> {
    this.#dictionary ??= await this.#loadDictionary();
    const dictionary = this.#dictionary;
    const found = new Words();
    await indices.read(count, found);
    const offsets = new Int32Array(count + 1);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const index = found.number(i);
      if (index < 0 || index >= dictionary.size) throw damaged("a text is not in its dictionary");
      total += dictionary.offsets[index + 1]! - dictionary.offsets[index]!;
      if (total > MAX_BATCH_BYTES) throw tooLong();
      offsets[i + 1] = total;
    }
    const bytes = new Uint8Array(total);
    for (let i = 0; i < count; i++) {
      const index = found.number(i);
      const start = dictionary.offsets[index]!;
      const end = dictionary.offsets[index + 1]!;
      let to = offsets[i]!;
      if (end - start > 32) bytes.set(dictionary.bytes.subarray(start, end), to);
      else for (let from = start; from < end; from++) bytes[to++] = dictionary.bytes[from]!;
    }
    return { shape: "bytes", length: count, valid: undefined, offsets, bytes };
  }

  park(): void {
    this.#data?.park();
    this.#lengths?.park();
    this.#indices?.park();
  }
}

type TextColumn = DecodedColumn & { shape: "bytes" };

interface Dictionary {
  size: number;
  offsets: Int32Array;
  bytes: Uint8Array;
}

async function loadDictionary(
  type: OrcType,
  context: StripeContext,
  size: number,
  version: 1 | 2,
): Promise<Dictionary> {
  const budget = context.dictionaryBudget;
  if (size * 4 > budget) throw tooManyTexts();
  const lengths = new Words();
  if (size > 0) {
    await new IntegerRuns(needStream(context, type, StreamKind.length), false, version).read(size, lengths);
  }
  const { offsets, total } = sumLengths(lengths, size, budget);
  context.dictionaryBudget -= total + size * 4;
  if (context.dictionaryBudget < 0) throw tooManyTexts();
  const bytes =
    total === 0 ? new Uint8Array(0) : await readBytes(needStream(context, type, StreamKind.dictionaryData), total);
  return { size, offsets, bytes };
}

function sumLengths(lengths: Words, count: number, limit: number): { offsets: Int32Array; total: number } {
  const offsets = new Int32Array(count + 1);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths.number(i);
    if (length < 0 || length > 2 ** 31) throw damaged("a text has an impossible length");
    total += length;
    if (total > limit) throw tooLong();
    offsets[i + 1] = total;
  }
  return { offsets, total };
}

function tooLong(): FormatError {
  return new FormatError(
    `The ORC file has texts too long to be read, more than ${MAX_BATCH_BYTES / 1024 ** 2} MiB in a few rows. Write them as files of their own.`,
  );
}

function tooManyTexts(): FormatError {
  return new FormatError(
    "The ORC file's dictionaries are too large to be held in memory. Write it with smaller stripes (orc.stripe.size) or without dictionaries.",
  );
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
const encoder = new TextEncoder();

/** Replaces bytes that are not UTF-8, which text in Arrow has to be. */
function repairText(column: TextColumn): TextColumn {
  const { bytes, offsets, length } = column;
  let high = 0;
  for (let i = 0; i < bytes.length; i++) high |= bytes[i]!;
  if (high < 0x80) return column;
  try {
    strict.decode(bytes);
    return column;
  } catch {
    const texts = Array.from({ length }, (_, i) =>
      encoder.encode(lenient.decode(bytes.subarray(offsets[i], offsets[i + 1]))),
    );
    const repaired = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0));
    const moved = new Int32Array(length + 1);
    for (const [i, text] of texts.entries()) {
      repaired.set(text, moved[i]);
      moved[i + 1] = moved[i]! + text.length;
    }
    return { ...column, bytes: repaired, offsets: moved };
  }
}
