import { readFileSync } from "node:fs";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Compression } from "../../../src/formats/compression/compression.ts";
import { openDecompressed } from "../../../src/formats/compression/open.ts";
import { FormatError } from "../../../src/formats/source.ts";
import { collectBytes, createMemorySource } from "../memory-source.ts";
import { SAMPLE_TEXT } from "./sample-text.ts";

const readSample = (name: string) => new Uint8Array(readFileSync(`${import.meta.dirname}/samples/${name}`));
const text = new TextEncoder().encode(SAMPLE_TEXT);

async function decompress(bytes: Uint8Array, declared?: Compression | "", chunkSize?: number): Promise<Uint8Array> {
  const { members } = await openDecompressed(createMemorySource(bytes, chunkSize), declared);
  return collectBytes(members[0]!.stream());
}

function expectEqual(actual: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(actual, expected)).toBe(0);
}

const noise = (() => {
  let state = 1n;
  return Uint8Array.from({ length: 3000 }, () => {
    state = (state * 1103515245n + 12345n) % 2147483648n;
    return Number((state >> 16n) & 255n);
  });
})();
const runs = Uint8Array.from(
  Array.from({ length: 300 }, (_, i) => new Array<number>((i * 7) % 600).fill(i % 3)).flat(),
);

const samples: [string, Compression, Uint8Array][] = [
  ["text.bz2", "bz2", text],
  ["two-streams.bz2", "bz2", text],
  ["runs.bz2", "bz2", runs],
  ["empty.bz2", "bz2", new Uint8Array(0)],
  ["text.xz", "xz", text],
  ["two-streams.xz", "xz", text],
  ["noise.xz", "xz", noise],
  ["runs.xz", "xz", runs],
  ["empty.xz", "xz", new Uint8Array(0)],
  ["literal-bits.xz", "xz", text.subarray(0, 60_000)],
  ["two-members.gz", "gzip", text],
  ["two-frames.zst", "zstd", text],
];

describe("single-file compressions", () => {
  it.each(samples)("reads %s whole, whatever the chunks", async (name, compression, expected) => {
    const bytes = readSample(name);
    const opened = await openDecompressed(createMemorySource(bytes), undefined);
    expect(opened.compression).toBe(compression);
    expectEqual(await decompress(bytes, compression), expected);
    expectEqual(await decompress(bytes, "", 7), expected);
  });

  it("reads what the platform compresses, padded with zeros or not", async () => {
    expectEqual(await decompress(gzipSync(text)), text);
    expectEqual(await decompress(new Uint8Array([...gzipSync(text), 0, 0, 0, 0])), text);
    expectEqual(await decompress(zstdCompressSync(text)), text);
  });

  it("leaves plain bytes alone", async () => {
    const opened = await openDecompressed(createMemorySource(text), "");
    expect(opened.compression).toBeUndefined();
    expectEqual(await collectBytes(opened.members[0]!.stream()), text);
  });

  it("opens the same member again", async () => {
    const { members } = await openDecompressed(createMemorySource(readSample("text.xz")), "xz");
    expectEqual(await collectBytes(members[0]!.stream()), text);
    expectEqual(await collectBytes(members[0]!.stream()), text);
  });
});

describe("bad compressed data", () => {
  const big = ["text.bz2", "text.xz", "two-members.gz", "two-frames.zst"];

  it.each(big)("refuses %s truncated at 20 positions", async (name) => {
    const bytes = readSample(name);
    for (let i = 0; i < 20; i++) {
      const length = Math.floor((bytes.length * i) / 20);
      const half = bytes.subarray(0, length);
      const read = decompress(half, samples.find(([sample]) => sample === name)![1]);
      await expect(read, `${length} of ${bytes.length}`).rejects.toThrow(FormatError);
    }
  });

  it.each(big)("refuses %s with a byte changed", async (name) => {
    const bytes = readSample(name);
    for (let i = 1; i < 12; i++) {
      const changed = bytes.slice();
      changed[Math.floor((bytes.length * i) / 12)]! ^= 0x55;
      await expect(decompress(changed)).rejects.toThrow(FormatError);
    }
  });

  it("says what was declared and what was found", async () => {
    await expect(decompress(readSample("text.xz"), "gzip")).rejects.toThrow(/declared as gzip but is xz/);
    await expect(decompress(text, "bz2")).rejects.toThrow(/declared as bzip2 but is not compressed/);
    await expect(decompress(new Uint8Array(0), "zip")).rejects.toThrow(/empty/);
    await expect(decompress(readSample("x86.xz"))).rejects.toThrow(/filter other than LZMA2/);
  });

  it("refuses a compressed file in a compressed file", async () => {
    await expect(decompress(gzipSync(readSample("text.xz")))).rejects.toThrow(/one level of compression/);
  });

  it("stops a bomb at either limit", async () => {
    const bomb = createMemorySource(gzipSync(new Uint8Array(4_000_000)));
    const read = async (maxBytes: number, maxRatio: number) => {
      const limits = { maxBytes, maxRatio, ratioFreeBytes: 1_000_000 };
      const { members } = await openDecompressed(bomb, undefined, limits);
      return (await collectBytes(members[0]!.stream())).length;
    };
    expect(await read(4_000_000, 2000)).toBe(4_000_000);
    await expect(read(3_999_999, 2000)).rejects.toThrow(/limit of 4 MB/);
    await expect(read(4_000_000, 100)).rejects.toThrow(/more than 100 times/);
  });
});

describe("zip", () => {
  const openZip = async (name: string) => openDecompressed(createMemorySource(readSample(name)), "zip");

  it("opens the members by safe, unique names", async () => {
    const { members } = await openZip("methods.zip");
    expect(members.map(({ name }) => name)).toEqual([
      "folder/stored.csv",
      "folder/deflated.csv",
      "bzip2.csv",
      "etc/passwd.csv",
      "data/Stored.csv",
      "etc/passwd_2.csv",
      "naïve – 名.csv",
    ]);
    const contents = await Promise.all(members.map(({ stream }) => collectBytes(stream())));
    expectEqual(contents[0]!, new TextEncoder().encode("a,b\n1,2\n"));
    expectEqual(contents[1]!, text.subarray(0, 50_000));
    expectEqual(contents[2]!, text.subarray(0, 20_000));
    expect(members[1]!.size).toBe(50_000);
  });

  it("reads zip64 sizes and bytes before the archive", async () => {
    const bytes = readSample("force-zip64.zip");
    expectEqual(await decompress(bytes), new TextEncoder().encode("a\n64\n"));
    const prefixed = new Uint8Array([...new TextEncoder().encode("PK\x03\x04 stub"), ...bytes]);
    expectEqual(await decompress(prefixed), new TextEncoder().encode("a\n64\n"));
  });

  it("refuses nested, encrypted, empty and truncated archives", async () => {
    await expect(openZip("nested.zip")).rejects.toThrow(/"inner.zip" holds a compressed file/);
    await expect(decompress(readSample("hidden-nested.zip"))).rejects.toThrow(/"inner.csv" holds a compressed file/);
    await expect(openZip("encrypted.zip")).rejects.toThrow(/encrypted. Upload it without a password/);
    const empty = new Uint8Array([0x50, 0x4b, 5, 6, ...new Array<number>(18).fill(0)]);
    await expect(decompress(empty)).rejects.toThrow(/holds no files/);
    const bytes = readSample("methods.zip");
    for (let i = 0; i < 20; i++) {
      const cut = bytes.subarray(0, Math.floor((bytes.length * i) / 20));
      await expect(decompress(cut, "zip")).rejects.toThrow(FormatError);
    }
  });

  it("refuses a bomb before reading it", async () => {
    await expect(openZip("bomb.zip")).rejects.toThrow(/more than 250 times/);
  });

  it("refuses a member whose bytes are damaged", async () => {
    const bytes = readSample("methods.zip");
    bytes[50]! ^= 1;
    await expect(decompress(bytes)).rejects.toThrow(/checksum/);
  });
});
