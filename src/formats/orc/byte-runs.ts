import type { OrcStream } from "./orc-stream.ts";
import { damaged } from "./tail.ts";

/** Run-length encoded bytes. */
export class ByteRuns {
  readonly #stream: OrcStream;
  #left = 0;
  #value = -1;

  constructor(stream: OrcStream) {
    this.#stream = stream;
  }

  async read(count: number): Promise<Uint8Array> {
    const out = new Uint8Array(count);
    const stream = this.#stream;
    let filled = 0;
    while (filled < count) {
      if (this.#left === 0) {
        if (stream.end - stream.at < 2) await stream.prepare(2);
        if (stream.end - stream.at < 2) throw damaged("a stream of bytes ends too early");
        const header = stream.bytes[stream.at++]!;
        if (header < 128) {
          this.#left = header + 3;
          this.#value = stream.bytes[stream.at++]!;
        } else {
          this.#left = 256 - header;
          this.#value = -1;
        }
      }
      let taken = Math.min(this.#left, count - filled);
      if (this.#value >= 0) out.fill(this.#value, filled, filled + taken);
      else {
        if (stream.at >= stream.end) await stream.prepare(1);
        taken = Math.min(taken, stream.end - stream.at);
        if (taken === 0) throw damaged("a stream of bytes ends too early");
        out.set(stream.bytes.subarray(stream.at, stream.at + taken), filled);
        stream.at += taken;
      }
      filled += taken;
      this.#left -= taken;
    }
    return out;
  }

  park(): void {
    this.#stream.park();
  }
}

/** Bits, highest first, in run-length encoded bytes. Answers one byte of 0 or 1 for each. */
export class BitRuns {
  readonly #bytes: ByteRuns;
  #current = 0;
  #left = 0;

  constructor(stream: OrcStream) {
    this.#bytes = new ByteRuns(stream);
  }

  async read(count: number): Promise<Uint8Array> {
    const out = new Uint8Array(count);
    const bytes = await this.#bytes.read(Math.ceil(Math.max(0, count - this.#left) / 8));
    let next = 0;
    for (let i = 0; i < count; i++) {
      if (this.#left === 0) {
        this.#current = bytes[next++]!;
        this.#left = 8;
      }
      out[i] = (this.#current >> --this.#left) & 1;
    }
    return out;
  }

  park(): void {
    this.#bytes.park();
  }
}

/** Takes `count` plain bytes. */
export async function readBytes(stream: OrcStream, count: number): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(count);
  let filled = 0;
  while (filled < count) {
    if (stream.at >= stream.end) await stream.prepare(1);
    const taken = Math.min(count - filled, stream.end - stream.at);
    if (taken === 0) throw damaged("a stream of bytes ends too early");
    out.set(stream.bytes.subarray(stream.at, stream.at + taken), filled);
    stream.at += taken;
    filled += taken;
  }
  return out;
}
