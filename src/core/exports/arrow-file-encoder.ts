import { MetadataVersion, type RecordBatch, type Schema } from "apache-arrow";
import { FileBlock, Footer } from "apache-arrow/ipc/metadata/file";
import { encodeArrowStream, encodeBatch } from "../../formats/result/index.ts";
import type { EncoderCheckpoint, ExportEncoder } from "./export-encoders.ts";

/** `ARROW1`; at the start of a file padded to eight bytes. */
const MAGIC = new TextEncoder().encode("ARROW1");
const HEAD_BYTES = 8;
/** A stream ends in eight bytes: no further message. */
const END_BYTES = 8;

interface ArrowState {
  /** Bytes written so far. */
  offset: number;
  /** Offset, bytes of metadata and of body of each record batch: what the footer lists. */
  blocks: [number, number, number][];
}

/**
 * Writes an Arrow IPC file (https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format): a stream between magic numbers, with a
 * footer that says where each record batch is. Nothing is held but 24 bytes a batch.
 */
export function createArrowFileEncoder(schema: Schema, from?: EncoderCheckpoint): ExportEncoder {
  const state: ArrowState = structuredClone((from?.state as ArrowState | undefined) ?? { offset: 0, blocks: [] });
  let rows = from?.rows ?? 0;
  async function* begin(): AsyncGenerator<Uint8Array> {
    if (state.offset > 0) return;
    const head = new Uint8Array(HEAD_BYTES);
    head.set(MAGIC);
    yield count(head);
    for await (const chunk of encodeArrowStream(schema, nothing())) if (chunk.length > END_BYTES) yield count(chunk);
  }
  function count(bytes: Uint8Array): Uint8Array {
    state.offset += bytes.length;
    return bytes;
  }
  return {
    async *add(batch) {
      if (batch.numRows === 0) return;
      yield* begin();
      const stream = encodeBatch(batch);
      const start = messageBytes(stream, 0);
      const metadata = messageBytes(stream, start);
      const message = stream.subarray(start, stream.length - END_BYTES);
      state.blocks.push([state.offset, metadata, message.length - metadata]);
      rows += batch.numRows;
      yield count(message);
    },
    async *finish() {
      yield* begin();
      const blocks = state.blocks.map(([offset, metadata, body]) => new FileBlock(metadata, body, offset));
      const footer = Footer.encode(new Footer(schema, MetadataVersion.V5, blocks, []));
      const length = new DataView(new ArrayBuffer(4));
      length.setInt32(0, footer.length, true);
      yield new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
      yield footer;
      yield new Uint8Array(length.buffer);
      yield MAGIC;
    },
    get rows() {
      return rows;
    },
    state,
  };
}

/** Bytes of the metadata at `at`, with the eight that announce them; the whole message, where it has no body. */
function messageBytes(stream: Uint8Array, at: number): number {
  return 8 + new DataView(stream.buffer, stream.byteOffset + at).getInt32(4, true);
}

async function* nothing(): AsyncGenerator<RecordBatch> {}
