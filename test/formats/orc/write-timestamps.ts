/** Bytes of protobuf, and of the parts of an ORC file (orc.apache.org/specification/ORCv1), uncompressed and in runs of version 1. */
type Part = number | string | readonly Part[];

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left >= 128n) {
    bytes.push(Number(left & 127n) | 128);
    left >>= 7n;
  }
  return [...bytes, Number(left)];
}

const zigzag = (value: bigint) => (value >= 0n ? value * 2n : -value * 2n - 1n);
const bytesOf = (part: Part): number[] =>
  typeof part === "number" ? [part] : typeof part === "string" ? [...Buffer.from(part)] : part.flatMap(bytesOf);
const number = (id: number, value: number | bigint) => [...varint(BigInt(id * 8)), ...varint(BigInt(value))];
const message = (id: number, ...parts: Part[]) => {
  const bytes = bytesOf(parts);
  return [...varint(BigInt(id * 8 + 2)), ...varint(BigInt(bytes.length)), ...bytes];
};

/** 2015-01-01, from which ORC counts. */
const BASE = 1_420_070_400n;

/** Seconds, and fractions without their zeros, of timestamps in nanoseconds since 1970. */
function encodeTimestamps(nanoseconds: readonly bigint[]): { seconds: number[]; fractions: number[] } {
  const seconds: number[] = [256 - nanoseconds.length];
  const fractions: number[] = [256 - nanoseconds.length];
  for (const value of nanoseconds) {
    const fraction = ((value % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    let second = (value - fraction) / 1_000_000_000n;
    // As ORC's writers do: cut towards zero.
    if (second < 0n && fraction > 999_999n) second++;
    seconds.push(...varint(zigzag(second - BASE)));
    let digits = fraction;
    let zeros = 0n;
    while (digits !== 0n && digits % 10n === 0n && zeros < 8n) {
      digits /= 10n;
      zeros++;
    }
    fractions.push(...varint(zeros >= 2n ? (digits << 3n) | (zeros - 1n) : fraction << 3n));
  }
  return { seconds, fractions };
}

/** An ORC file of timestamp columns, its rows cut into stripes; with the columns' ranges unless `hasStatistics` is false. */
export function writeTimestamps(
  columns: Readonly<Record<string, readonly bigint[]>>,
  stripeRows: number,
  hasStatistics = true,
): Uint8Array {
  const names = Object.keys(columns);
  const all = Object.values(columns);
  const rows = all[0]!.length;
  const file: number[] = bytesOf("ORC");
  const stripes: number[][] = [];
  for (let from = 0; from < rows; from += stripeRows) {
    const offset = file.length;
    const streams: number[][] = [];
    for (const [i, values] of all.entries()) {
      const { seconds, fractions } = encodeTimestamps(values.slice(from, from + stripeRows));
      for (const [kind, bytes] of [
        [1, seconds],
        [5, fractions],
      ] as const) {
        streams.push(message(1, number(1, kind), number(2, i + 1), number(3, bytes.length)));
        file.push(...bytes);
      }
    }
    const dataLength = file.length - offset;
    const encodings = ["root", ...names].map(() => message(2, number(1, 0)));
    const footer = bytesOf([streams, encodings, message(3, "UTC")]);
    file.push(...footer);
    const count = Math.min(stripeRows, rows - from);
    stripes.push(
      message(3, number(1, offset), number(2, 0), number(3, dataLength), number(4, footer.length), number(5, count)),
    );
  }
  const milliseconds = (value: bigint) => zigzag(value / 1_000_000n);
  const statistics = all.map((values) => {
    const sorted = [...values].sort((a, b) => (a < b ? -1 : 1));
    return message(
      7,
      number(1, rows),
      message(9, number(1, milliseconds(sorted[0]!)), number(2, milliseconds(sorted.at(-1)!))),
    );
  });
  const footer = bytesOf([
    number(1, 3),
    number(2, file.length),
    stripes,
    message(
      4,
      number(1, 12),
      names.map((_, i) => number(2, i + 1)),
      names.map((name) => message(3, name)),
    ),
    names.map(() => message(4, number(1, 9))),
    number(6, rows),
    hasStatistics ? [message(7, number(1, rows)), ...statistics] : [],
  ]);
  const postscript = bytesOf([number(1, footer.length), number(2, 0), number(3, 262_144), message(8000, "ORC")]);
  return Uint8Array.from([...file, ...footer, ...postscript, postscript.length]);
}
