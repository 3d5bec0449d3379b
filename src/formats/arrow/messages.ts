import { type ByteSource, FormatError } from "../source.ts";
import { toCount } from "./body.ts";
import { FlatTable } from "./flatbuffer.ts";

/** Kinds of messages that matter, by their number in the format. */
export const MESSAGE = { schema: 1, dictionary: 2, batch: 3 } as const;

/** One message: its header, and where its body is. */
export interface Message {
  readonly kind: number;
  readonly header: FlatTable;
  readonly bodyStart: number;
  readonly bodyLength: number;
  /** Before version 1.0 of the format, unions had a validity buffer. */
  readonly isBefore1: boolean;
}

const MAX_METADATA_BYTES = 16 * 2 ** 20;
const CONTINUATION = 0xffffffff;
const VERSION_4 = 3;
const VERSION_5 = 4;

/** Reads the message at `position`; undefined at the end of a stream, marked or not. Throws `FormatError` for a damaged one. */
export async function readMessage(source: ByteSource, position: number): Promise<Message | undefined> {
  const left = source.byteLength - position;
  if (left === 0) return undefined;
  if (left < 4) throw cutOff();
  const guess = await source.slice(position, Math.min(position + 4096, source.byteLength));
  const view = new DataView(guess.buffer, guess.byteOffset, guess.byteLength);
  let prefix = 4;
  let length = view.getUint32(0, true);
  // Before version 0.15 the length stood alone.
  if (length === CONTINUATION) {
    if (left < 8) throw cutOff();
    length = view.getUint32(4, true);
    prefix = 8;
  }
  if (length === 0) return undefined;
  if (length > MAX_METADATA_BYTES)
    throw new FormatError("A message of the Arrow file has an impossible length: it is corrupt.");
  if (prefix + length > left) throw cutOff();
  const bytes =
    prefix + length <= guess.length
      ? guess.subarray(prefix, prefix + length)
      : await source.slice(position + prefix, position + prefix + length);
  const table = FlatTable.root(bytes);
  const version = table.int16(0);
  if (version !== VERSION_4 && version !== VERSION_5) {
    throw new FormatError(
      `The Arrow file has version ${version + 1} of the format; versions 4 and 5 can be read. Write it with a current Arrow library.`,
    );
  }
  const header = table.table(2);
  const kind = table.int8(1);
  if (!header) throw new FormatError("A message of the Arrow file is empty: the file is corrupt.");
  if (kind > MESSAGE.batch) throw new FormatError("The Arrow file holds a tensor; only tables can be read.");
  return {
    kind,
    header,
    bodyStart: position + prefix + length,
    bodyLength: toCount(table.int64(3)),
    isBefore1: version === VERSION_4,
  };
}

/** A file's schema and where its messages are. */
export interface Footer {
  readonly schema: FlatTable;
  readonly dictionaries: readonly number[];
  readonly batches: readonly number[];
}

const MAGIC = "ARROW1";

/** Reads the footer of an Arrow file. */
export async function readFooter(source: ByteSource): Promise<Footer> {
  const size = source.byteLength;
  const tail = size < 18 ? new Uint8Array(0) : await source.slice(size - 10, size);
  if (String.fromCharCode(...tail.subarray(4)) !== MAGIC) {
    throw new FormatError('The Arrow file does not end with "ARROW1": it is cut off or was not written to its end.');
  }
  const length = new DataView(tail.buffer, tail.byteOffset, 4).getInt32(0, true);
  if (length <= 0 || length > size - 18 || length > MAX_METADATA_BYTES) {
    throw new FormatError("The footer of the Arrow file has an impossible length: the file is corrupt.");
  }
  const footer = FlatTable.root(await source.slice(size - 10 - length, size - 10));
  const schema = footer.table(1);
  if (!schema) throw new FormatError("The footer of the Arrow file has no schema: the file is corrupt.");
  const positions = (index: number): number[] =>
    footer.structs(index, 24).map((block) => {
      const position = toCount(block.getBigInt64(0, true));
      if (position >= size) throw cutOff();
      return position;
    });
  return { schema, dictionaries: positions(2), batches: positions(3) };
}

function cutOff(): FormatError {
  return new FormatError("The Arrow file ends in the middle of a message: it is cut off.");
}
