import type { RecordBatch } from "apache-arrow";
import { writeXlsx } from "../../formats/excel/write-xlsx.ts";
import { abortUpload, type ObjectState, ResumableObject } from "../../storage/resumable-object.ts";
import type { StreamedObject } from "../../storage/stream-to-object.ts";
import type { Bench } from "../ingest/bench.ts";
import type { Services } from "../services.ts";
import { createEncoder, type EncoderOptions, type ExportEncoder } from "./export-encoders.ts";
import type { ExportFormat } from "./export-format.ts";
import type { RowSource } from "./read-rows.ts";

/** One file of an export that is being written. */
export interface FileTarget {
  /** Its number within the export: names what is noted of it. */
  ordinal: number;
  key: string;
  contentType: string;
  /** Told the rows written so far. */
  onRows(rows: number): void;
}

/** So many bytes at most are written again after the process died. */
const SAVE_EVERY_BYTES = 48 << 20;
/** And so many milliseconds of work. */
const SAVE_EVERY_MS = 15_000;

/** Where a file was left off. Its last bytes, which are no part yet, and the encoder's state are files on the bench's disk. */
interface SavedFile {
  object: ObjectState | undefined;
  rows: number;
}

/**
 * Writes rows to an object in R2. It is left off and gone on with at any batch when `source` can be read from any row; else, and as
 * XLSX, which is deflated as one stream, it is written in one go. Memory stays at one batch, one part and what an encoder holds.
 *
 * @throws JobPaused when the turn is over; FormatError when a format cannot hold the rows; whatever the engine or R2 throws.
 */
export async function writeRows(
  services: Services,
  bench: Bench,
  target: FileTarget,
  source: RowSource,
  format: ExportFormat,
  options: EncoderOptions & { isResumable: boolean },
): Promise<StreamedObject> {
  if (format === "xlsx") {
    const object = await beginObject(services, bench, target);
    const batches = countRows(bench, source.batches(0), target);
    return fill(bench, target, object, writeXlsx(source.schema, batches));
  }
  const saved = bench.notes.get<SavedFile>(noteOf(target));
  const object = await beginObject(services, bench, target, saved);
  const from = saved && { rows: saved.rows, state: JSON.parse(decoder.decode(readDisk(bench, stateOf(target)))) };
  const out = createEncoder(format, source.schema, options, from);
  return abortOnCancel(bench, target, object, async () => {
    let savedBytes = object.sizeBytes;
    let savedAt = Date.now();
    for await (const batch of source.batches(out.rows)) {
      bench.signal.throwIfAborted();
      for await (const chunk of out.add(batch)) await object.write(chunk);
      target.onRows(out.rows);
      const isDue = object.sizeBytes - savedBytes >= SAVE_EVERY_BYTES || Date.now() - savedAt >= SAVE_EVERY_MS;
      if (!isDue || !options.isResumable) continue;
      await object.settle();
      saveFile(bench, target, object, out);
      savedBytes = object.sizeBytes;
      savedAt = Date.now();
      bench.checkpoint();
    }
    for await (const chunk of out.finish()) await object.write(chunk);
    return object.complete();
  });
}

/** Writes a stream to an object in one go. */
export async function writeStream(
  services: Services,
  bench: Bench,
  target: FileTarget,
  stream: AsyncIterable<Uint8Array>,
): Promise<StreamedObject> {
  return fill(bench, target, await beginObject(services, bench, target), stream);
}

/** Forgets where a file was left off, so that it is begun anew; what was sent of it is given up. */
export async function forgetFile(
  services: Services,
  bench: Bench,
  target: Pick<FileTarget, "ordinal" | "key">,
): Promise<void> {
  bench.notes.delete(noteOf(target));
  await abandonUpload(services, bench, target);
}

/** Goes on with an object, or begins it anew: then what another process may have sent of it is given up. */
async function beginObject(
  services: Services,
  bench: Bench,
  target: FileTarget,
  saved?: SavedFile,
): Promise<ResumableObject> {
  if (!saved?.object) await abandonUpload(services, bench, target);
  return new ResumableObject(services.bucket, target.key, target.contentType, {
    resumed: saved && { state: saved.object, pending: readDisk(bench, pendingOf(target)) },
    onBegin: (uploadId) => bench.notes.put(uploadOf(target), uploadId),
  });
}

async function abandonUpload(
  services: Services,
  bench: Bench,
  target: Pick<FileTarget, "ordinal" | "key">,
): Promise<void> {
  const uploadId = bench.notes.get<string>(uploadOf(target));
  if (uploadId === undefined) return;
  await abortUpload(services.bucket.resumeMultipartUpload(target.key, uploadId));
  bench.notes.delete(uploadOf(target));
}

async function fill(
  bench: Bench,
  target: FileTarget,
  object: ResumableObject,
  stream: AsyncIterable<Uint8Array>,
): Promise<StreamedObject> {
  return abortOnCancel(
    bench,
    target,
    object,
    async () => {
      for await (const chunk of stream) {
        bench.signal.throwIfAborted();
        await object.write(chunk);
      }
      return object.complete();
    },
    true,
  );
}

async function abortOnCancel<T>(
  bench: Bench,
  target: FileTarget,
  object: ResumableObject,
  body: () => Promise<T>,
  onAnyError = false,
): Promise<T> {
  try {
    const stored = await body();
    bench.notes.delete(uploadOf(target));
    return stored;
  } catch (error) {
    if (onAnyError || bench.signal.aborted) {
      bench.notes.delete(noteOf(target));
      await object.abort();
      bench.notes.delete(uploadOf(target));
    }
    throw error;
  }
}

async function* countRows(
  bench: Bench,
  batches: AsyncIterable<RecordBatch>,
  target: FileTarget,
): AsyncGenerator<RecordBatch> {
  let rows = 0;
  for await (const batch of batches) {
    bench.signal.throwIfAborted();
    yield batch;
    rows += batch.numRows;
    target.onRows(rows);
  }
}

const noteOf = ({ ordinal }: Pick<FileTarget, "ordinal">) => `export/${ordinal}`;
/** The multipart upload that the file is sent in. */
const uploadOf = ({ ordinal }: Pick<FileTarget, "ordinal">) => `upload/${ordinal}`;
const pendingOf = ({ ordinal }: FileTarget) => `pending_${ordinal}`;
const stateOf = ({ ordinal }: FileTarget) => `state_${ordinal}`;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Synchronous, so that the note and the bytes are one atomic write. */
function saveFile(bench: Bench, target: FileTarget, object: ResumableObject, { rows, state }: ExportEncoder): void {
  writeDisk(bench, pendingOf(target), object.pending);
  writeDisk(bench, stateOf(target), encoder.encode(JSON.stringify(state)));
  bench.notes.put(noteOf(target), { object: object.state, rows } satisfies SavedFile);
}

function writeDisk({ disk }: Bench, file: string, bytes: Uint8Array): void {
  disk.remove(file);
  disk.create(file);
  disk.write(file, 0, bytes);
}

function readDisk({ disk }: Bench, file: string): Uint8Array {
  const bytes = new Uint8Array(disk.size(file) ?? 0);
  disk.read(file, 0, bytes);
  return bytes;
}
