import { FormatError } from "../../formats/source.ts";
import { formatBytes } from "../uploads/create-upload.ts";
import type { Bench } from "./bench.ts";

const BUFFER_BYTES = 1 << 20;

/** Lays a stream out as a file on the Workbench's disk, a megabyte in memory at a time. @throws FormatError above `maxBytes`. */
export async function spoolToDisk(
  bench: Bench,
  stream: ReadableStream<Uint8Array>,
  file: string,
  maxBytes: number,
): Promise<void> {
  bench.disk.remove(file);
  bench.disk.create(file);
  const buffer = new Uint8Array(BUFFER_BYTES);
  let held = 0;
  let written = 0;
  const flush = () => {
    bench.disk.write(file, written, buffer.subarray(0, held));
    written += held;
    held = 0;
  };
  for await (const chunk of stream) {
    bench.signal.throwIfAborted();
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + BUFFER_BYTES - held);
      buffer.set(part, held);
      held += part.length;
      at += part.length;
      if (held === BUFFER_BYTES) flush();
    }
    if (written + held > maxBytes)
      throw new FormatError(`Decompressed, the file has more than ${formatBytes(maxBytes)}, which is the limit.`);
  }
  flush();
}
