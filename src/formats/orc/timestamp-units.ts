import type { ByteSource } from "../source.ts";
import { IntegerRuns } from "./integer-runs.ts";
import { OrcStream } from "./orc-stream.ts";
import { runVersion, StreamKind } from "./stripe-context.ts";
import { readStripeFooter } from "./stripe-footer.ts";
import { type OrcTail, type OrcType, TypeKind } from "./tail.ts";
import { unpackNanoseconds } from "./value-readers.ts";

const FETCH_BYTES = 262_144;
/** Milliseconds since 1970 that 64 bits of nanoseconds reach, less the days that a time zone may take. */
const MOST_MS = 2 ** 63 / 1e6 - 2 * 86_400_000;

/**
 * Marks the timestamp columns whose values have parts of a microsecond, and lie within the years that nanoseconds reach in 64 bits (1677
 * to 2262): the others are held as microseconds. Reads the fractions of all stripes, of each column until one is found.
 */
export async function findNanoseconds(source: ByteSource, tail: OrcTail): Promise<void> {
  let open = listTimestamps(tail.root);
  for (const stripe of open.length === 0 ? [] : tail.stripes) {
    const footer = await readStripeFooter(source, tail, stripe);
    for (const type of open) {
      const place = footer.streams.find(({ column, kind }) => column === type.id && kind === StreamKind.secondary);
      if (place === undefined || place.length === 0) continue;
      const settings = {
        source,
        codec: tail.compression?.decompress,
        blockSize: tail.blockSize,
        fetchBytes: FETCH_BYTES,
        pool: { free: 0 },
      };
      const stream = new OrcStream(settings, place.start, place.length);
      type.hasNanoseconds = await hasFineValue(new IntegerRuns(stream, false, runVersion(footer, type)));
    }
    open = open.filter((type) => !type.hasNanoseconds);
    if (open.length === 0) return;
  }
}

/** Those that nanoseconds reach. */
function listTimestamps(type: OrcType): OrcType[] {
  const isTimestamp = type.kind === TypeKind.timestamp || type.kind === TypeKind.timestampInstant;
  const isInReach = type.range !== undefined && type.range.from > -MOST_MS && type.range.to < MOST_MS;
  return [...(isTimestamp && isInReach ? [type] : []), ...type.children.flatMap(listTimestamps)];
}

async function hasFineValue(fractions: IntegerRuns): Promise<boolean> {
  for (let run = await fractions.readRun(); run !== undefined; run = await fractions.readRun())
    for (let i = 0; i < run.length; i++) if (unpackNanoseconds(run.number(i)) % 1000 !== 0) return true;
  return false;
}
