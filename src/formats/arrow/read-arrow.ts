import { type Data, makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import { type ByteSource, FormatError, type FormatReader, type FormatTable } from "../source.ts";
import { BatchBody, type BatchHeader, readBatchHeader } from "./body.ts";
import { ColumnReader } from "./column-reader.ts";
import { guardDamage, guardEach } from "./guard-damage.ts";
import { type Layout, layOutFields } from "./layout.ts";
import { MESSAGE, type Message, readFooter, readMessage } from "./messages.ts";
import { concatData } from "./take-data.ts";
import { targetFields } from "./target-type.ts";
import { readWireSchema, type WireSchema } from "./wire-schema.ts";

/** Sources of at most this size are read at once. */
const WHOLE_SOURCE_BYTES = 6 * 2 ** 20;
/** Batches are planned for this size. */
const TARGET_BYTES = 4 * 2 ** 20;
const MAX_ROWS = 122_880;
/** Columns of nulls or of one run take no bytes, however long they claim to be. */
const MAX_ROWS_PER_BYTE = 2 ** 16;
/** Dictionaries stay in memory while a file is read. */
const MAX_DICTIONARY_BYTES = 24 * 2 ** 20;

/**
 * Reads an Arrow IPC file or stream, told apart by how it begins. Record batches are read by ranges, in slices of about 4 MB.
 * Dictionaries are resolved, view, run-end and large types become plain ones, unions JSON text. One table without a name.
 * Throws `FormatError` for what is not Arrow, damaged, or too large to be read in bounded memory.
 */
export const readArrow: FormatReader = async (source) => {
  const near = source.byteLength <= WHOLE_SOURCE_BYTES ? inMemory(await source.slice(0), source) : source;
  return guardDamage("Arrow", async () => {
    const head = await near.slice(0, Math.min(8, near.byteLength));
    const magic = String.fromCharCode(...head);
    if (magic.startsWith("FEA1")) {
      throw new FormatError(
        "This is a file of Feather version 1. Write it as Feather version 2 or as an Arrow IPC file.",
      );
    }
    return [magic.startsWith("ARROW1") ? await openFile(near) : await openStream(near)];
  });
};

/** Where the messages of a table are found, one after another. */
type Messages = () => AsyncIterable<Message>;

async function openFile(source: ByteSource): Promise<FormatTable> {
  const footer = await readFooter(source);
  const schema = readWireSchema(footer.schema);
  const positions = [...footer.dictionaries, ...footer.batches];
  const messages: Messages = async function* () {
    for (const position of positions) {
      const message = await readMessage(source, position);
      if (!message) throw new FormatError("The footer of the Arrow file points to nothing: the file is corrupt.");
      yield message;
    }
  };
  return tableOf(source, schema, messages);
}

async function openStream(source: ByteSource): Promise<FormatTable> {
  const first = await readMessage(source, 0).catch((cause) => {
    if (cause instanceof FormatError && source.byteLength > 0 && cause.message.includes("version")) throw cause;
    throw notArrow(cause);
  });
  if (first?.kind !== MESSAGE.schema) throw notArrow();
  const messages: Messages = async function* () {
    for (let position = first.bodyStart + first.bodyLength; ; ) {
      const message = await readMessage(source, position);
      if (!message) return;
      yield message;
      position = message.bodyStart + message.bodyLength;
    }
  };
  return tableOf(source, readWireSchema(first.header), messages);
}

function notArrow(cause?: unknown): FormatError {
  return new FormatError('This is not an Arrow file or stream: it begins with neither "ARROW1" nor a schema.', {
    cause,
  });
}

function tableOf(source: ByteSource, wire: WireSchema, messages: Messages): FormatTable {
  if (wire.fields.length === 0) throw new FormatError("The Arrow file has no columns.");
  const schema = new Schema(targetFields(wire.fields));
  return {
    name: undefined,
    schema,
    rowCount: undefined,
    batches: (from = 0) => guardEach("Arrow", readBatches(source, wire, schema, messages, from)),
  };
}

async function* readBatches(
  source: ByteSource,
  wire: WireSchema,
  schema: Schema,
  messages: Messages,
  from: number,
): AsyncGenerator<RecordBatch> {
  const dictionaries = new Map<bigint, Data>();
  let ordinal = 0;
  for await (const message of messages()) {
    if (message.kind === MESSAGE.dictionary) {
      await readDictionary(source, wire, message, dictionaries);
      continue;
    }
    if (message.kind !== MESSAGE.batch) throw new FormatError("The Arrow file has a second schema, which cannot be.");
    const header = readBatchHeader(message.header);
    const slice = planSlices(header, wire, message.bodyLength, dictionaries);
    const count = Math.ceil(header.rows / slice);
    if (ordinal + count <= from) {
      ordinal += count;
      continue;
    }
    const { reader, layouts } = openBatch(source, wire, message, header, dictionaries);
    try {
      for (let i = 0; i < count; i++, ordinal++) {
        if (ordinal < from) continue;
        const rows = Math.min(slice, header.rows - i * slice);
        const children: Data[] = [];
        for (const [k, layout] of layouts.entries()) {
          children.push(await reader.read(layout, i * slice, rows, schema.fields[k]));
        }
        const data = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children });
        yield new RecordBatch(schema, data);
      }
    } finally {
      reader.body.close();
    }
  }
}

function openBatch(
  source: ByteSource,
  wire: WireSchema,
  message: Message,
  header: BatchHeader,
  dictionaries: ReadonlyMap<bigint, Data>,
): { reader: ColumnReader; layouts: Layout[] } {
  const body = new BatchBody(source, header, message.bodyStart, message.bodyLength);
  const layouts = layOutFields(wire.fields, header, message.isBefore1);
  if (layouts.some((layout) => layout.length !== header.rows)) {
    throw new FormatError("The columns of a record batch of the Arrow file differ in length: the file is corrupt.");
  }
  return { reader: new ColumnReader(body, wire.isBigEndian, message.isBefore1, dictionaries), layouts };
}

/** Rows per slice, from what is known before the body is read, so that a slice's ordinal always means the same rows. */
function planSlices(
  header: BatchHeader,
  wire: WireSchema,
  bodyLength: number,
  dictionaries: ReadonlyMap<bigint, Data>,
): number {
  const { rows } = header;
  if (rows > (bodyLength + 1024) * MAX_ROWS_PER_BYTE) {
    throw new FormatError(
      `A record batch of the Arrow file claims ${rows} rows in ${bodyLength} bytes: it is corrupt.`,
    );
  }
  let rowBytes = ((header.codec === "none" ? 1 : 4) * bodyLength) / Math.max(rows, 1);
  for (const field of wire.fields) {
    const dictionary = field.dictionary && dictionaries.get(field.dictionary.id);
    if (dictionary) rowBytes += dictionary.byteLength / Math.max(dictionary.length, 1);
  }
  const slice = Math.min(MAX_ROWS, Math.floor(TARGET_BYTES / Math.max(rowBytes, 1)));
  return Math.max(1, slice > 8 ? slice & ~7 : slice);
}

async function readDictionary(
  source: ByteSource,
  wire: WireSchema,
  message: Message,
  dictionaries: Map<bigint, Data>,
): Promise<void> {
  const id = message.header.int64(0);
  const field = wire.dictionaries.get(id);
  const batch = message.header.table(1);
  if (!field || !batch) throw new FormatError(`The Arrow file has a dictionary (number ${id}) that no column uses.`);
  const header = readBatchHeader(batch);
  const { reader, layouts } = openBatch(source, { ...wire, fields: [field] }, message, header, dictionaries);
  const values = await reader.read(layouts[0]!, 0, header.rows);
  const known = message.header.bool(2) ? dictionaries.get(id) : undefined;
  dictionaries.set(id, known ? concatData(known, values) : values);
  let size = 0;
  for (const dictionary of dictionaries.values()) size += dictionary.byteLength;
  if (size > MAX_DICTIONARY_BYTES) {
    throw new FormatError(
      "The dictionaries of the Arrow file take more than 24 MB. Write its columns without dictionaries.",
    );
  }
}

function inMemory(bytes: Uint8Array, source: ByteSource): ByteSource {
  return {
    byteLength: bytes.length,
    slice: async (start, end) => bytes.subarray(start, end),
    stream: (start) => source.stream(start),
  };
}
