import type { BlockDisk } from "../../engine/types.ts";

const FRAME_BYTES = 4;

/** Chunks of bytes for each part of a wide table, on a Workbench's disk. Grows by appending; what is there outlives the process. */
export class PartSpool {
  /** Bytes in each part's file. */
  readonly lengths: number[];
  private readonly disk: BlockDisk;
  private readonly name: string;

  /** @param lengths of each part's file as they were noted last: what was appended later is dropped. */
  constructor(disk: BlockDisk, name: string, lengths: readonly number[]) {
    this.disk = disk;
    this.name = name;
    this.lengths = [...lengths];
    for (const [part, length] of lengths.entries()) {
      disk.create(this.file(part));
      if ((disk.size(this.file(part)) ?? 0) > length) disk.truncate(this.file(part), length);
    }
  }

  /** Bytes in all files. */
  get bytes(): number {
    return this.lengths.reduce((sum, length) => sum + length, 0);
  }

  append(part: number, chunk: Uint8Array): void {
    const at = this.lengths[part] ?? 0;
    const frame = new Uint8Array(FRAME_BYTES + chunk.length);
    new DataView(frame.buffer).setUint32(0, chunk.length, true);
    frame.set(chunk, FRAME_BYTES);
    this.disk.write(this.file(part), at, frame);
    this.lengths[part] = at + frame.length;
  }

  /** The chunks of one part in their order; as many in one as fit into `mergedBytes`. */
  *read(part: number, mergedBytes: number): Generator<Uint8Array> {
    const end = this.lengths[part] ?? 0;
    const frame = new Uint8Array(FRAME_BYTES);
    const read = (at: number, target: Uint8Array) => this.disk.read(this.file(part), at, target);
    for (let at = 0; at < end; ) {
      const pieces: { at: number; length: number }[] = [];
      let length = 0;
      while (at < end) {
        read(at, frame);
        const next = new DataView(frame.buffer).getUint32(0, true);
        if (pieces.length > 0 && length + next > mergedBytes) break;
        pieces.push({ at: at + FRAME_BYTES, length: next });
        length += next;
        at += FRAME_BYTES + next;
      }
      const merged = new Uint8Array(length);
      let filled = 0;
      for (const piece of pieces) {
        read(piece.at, merged.subarray(filled, filled + piece.length));
        filled += piece.length;
      }
      yield merged;
    }
  }

  clear(): void {
    for (const part of this.lengths.keys()) {
      this.lengths[part] = 0;
      this.disk.truncate(this.file(part), 0);
    }
  }

  remove(): void {
    for (const part of this.lengths.keys()) this.disk.remove(this.file(part));
  }

  private file(part: number): string {
    return `${this.name}_${part}.spool`;
  }
}
