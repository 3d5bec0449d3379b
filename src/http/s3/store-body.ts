import type { ChecksumAlgorithm } from "../../storage/s3/checksums.ts";
import type { Payload } from "../../storage/s3/read-payload.ts";

/**
 * Streams a payload into `store`, which is one put into R2. R2 keeps nothing unless the stream gives exactly the announced length, and
 * the last piece is given only when the body has been found right: a wrong or broken-off body leaves no object.
 * @returns what `store` returned, and the checksums confirmed. Throws what the body's check threw, before what R2 makes of it.
 */
export async function storeBody<T>(
  payload: Payload,
  store: (body: ReadableStream<Uint8Array> | Uint8Array) => Promise<T>,
): Promise<{ stored: T; checksums: Map<ChecksumAlgorithm, string> }> {
  if (payload.plain && payload.length > 0) return { stored: await store(payload.plain), checksums: new Map() };
  if (payload.length === 0) {
    const body = payload.checked();
    const end = await body.next();
    return { stored: await store(new Uint8Array(0)), checksums: end.done ? end.value : new Map() };
  }
  const { readable, writable } = new FixedLengthStream(payload.length);
  const writer = writable.getWriter();
  const storing = store(readable);
  // R2 may be done before it has read all (a condition that does not hold): then nobody reads what is still written.
  storing.then(
    () => writer.abort("R2 is done").catch(() => undefined),
    (reason) => writer.abort(reason).catch(() => undefined),
  );
  const [stored, pumped] = await Promise.allSettled([storing, pump(payload.checked(), writer)]);
  if (pumped.status === "rejected" && stored.status === "rejected") throw pumped.reason;
  if (stored.status === "rejected") throw stored.reason;
  return { stored: stored.value, checksums: pumped.status === "fulfilled" ? pumped.value : new Map() };
}

async function pump(
  body: AsyncGenerator<Uint8Array, Map<ChecksumAlgorithm, string>>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<Map<ChecksumAlgorithm, string>> {
  try {
    let next = await body.next();
    for (; !next.done; next = await body.next()) await writer.write(next.value);
    await writer.close();
    return next.value;
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}
