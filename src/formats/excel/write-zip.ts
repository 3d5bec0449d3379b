import { crc32 } from "node:zlib";
import { FormatError } from "../source.ts";

/** One file to be put into a zip. */
export interface ZipPart {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

const encoder = new TextEncoder();
/** Local sizes are written after the data; offsets and sizes fit 32 bits, so no zip64. */
const LIMIT = 0xffffffff;

/**
 * Writes deflated files as a zip (PKWARE APPNOTE 6.3.10), sizes in data descriptors, so that it streams. The time stamps are
 * fixed: the same contents give the same bytes. @throws FormatError past 4 GiB.
 */
export async function* writeZip(parts: readonly ZipPart[]): AsyncGenerator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const part of parts) {
    const name = encoder.encode(part.name);
    const start = offset;
    const header = new DataView(new ArrayBuffer(30));
    header.setUint32(0, 0x04034b50, true);
    writeCommon(header, 4);
    header.setUint16(26, name.length, true);
    yield join(header, name);
    offset += 30 + name.length;
    const sums = { crc: 0, size: 0 };
    let compressedSize = 0;
    for await (const chunk of deflate(part.chunks, sums)) {
      compressedSize += chunk.length;
      yield chunk;
    }
    offset += compressedSize;
    if (sums.size > LIMIT || offset > LIMIT) {
      throw new FormatError("The workbook would be larger than 4 GiB. Export the table as CSV or Parquet.");
    }
    const descriptor = new DataView(new ArrayBuffer(16));
    descriptor.setUint32(0, 0x08074b50, true);
    descriptor.setUint32(4, sums.crc, true);
    descriptor.setUint32(8, compressedSize, true);
    descriptor.setUint32(12, sums.size, true);
    yield new Uint8Array(descriptor.buffer);
    offset += 16;
    const entry = new DataView(new ArrayBuffer(46));
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint16(4, 20, true);
    writeCommon(entry, 6);
    entry.setUint32(16, sums.crc, true);
    entry.setUint32(20, compressedSize, true);
    entry.setUint32(24, sums.size, true);
    entry.setUint16(28, name.length, true);
    entry.setUint32(42, start, true);
    directory.push(join(entry, name));
  }
  let size = 0;
  for (const entry of directory) {
    size += entry.length;
    yield entry;
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, directory.length, true);
  end.setUint16(10, directory.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, offset, true);
  yield new Uint8Array(end.buffer);
}

/** Version, flags (sizes follow, names are UTF-8), method, time and date. */
function writeCommon(view: DataView, at: number): void {
  view.setUint16(at, 20, true);
  view.setUint16(at + 2, 0x0808, true);
  view.setUint16(at + 4, 8, true);
  view.setUint16(at + 6, 0, true);
  view.setUint16(at + 8, 0x21, true);
}

function join(view: DataView, name: Uint8Array): Uint8Array {
  const joined = new Uint8Array(view.byteLength + name.length);
  joined.set(new Uint8Array(view.buffer));
  joined.set(name, view.byteLength);
  return joined;
}

async function* deflate(
  chunks: AsyncIterable<Uint8Array>,
  sums: { crc: number; size: number },
): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new CompressionStream("deflate-raw");
  const writer = writable.getWriter();
  const feed = async () => {
    for await (const chunk of chunks) {
      sums.crc = crc32(chunk, sums.crc);
      sums.size += chunk.length;
      await writer.write(chunk as Uint8Array<ArrayBuffer>);
    }
    await writer.close();
  };
  let failure: unknown;
  const feeding = feed().catch(async (error: unknown) => {
    failure = error;
    await writer.abort(error).catch(() => undefined);
  });
  const reader = readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
  } catch (error) {
    await feeding;
    throw failure ?? error;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  await feeding;
  if (failure !== undefined) throw failure;
}
