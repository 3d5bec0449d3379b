import { ByteWriter } from "../result/byte-writer.ts";
import { type LeafInfo, PHYSICAL } from "./write-schema.ts";

/** A page is closed once its values have so many bytes. */
const PAGE_BYTES = 512 * 1024;

/** Where a page ends: numbers of levels, values, and bytes of values up to there. */
interface PageEnd {
  levels: number;
  values: number;
  bytes: number;
}

/**
 * The values of one leaf for the row group at hand, in the PLAIN encoding, with their levels. Booleans are kept as a byte each until
 * they are written.
 */
export class LeafBuffer {
  readonly info: LeafInfo;
  readonly values = new ByteWriter(4096);
  /** Values that are not null. */
  valueCount = 0;
  /** Levels so far: one for each value or null. */
  levelCount = 0;
  definitions = new Uint8Array(4096);
  repetitions: Uint8Array<ArrayBuffer>;
  readonly pages: PageEnd[] = [];

  constructor(info: LeafInfo) {
    this.info = info;
    this.repetitions = new Uint8Array(info.maxRepetition > 0 ? 4096 : 0);
  }

  /** Bytes that it holds. */
  get byteLength(): number {
    return this.values.length + this.levelCount * (this.info.maxRepetition > 0 ? 2 : 1);
  }

  get nullCount(): number {
    return this.levelCount - this.valueCount;
  }

  pushLevel(definition: number, repetition: number): void {
    if (this.levelCount === this.definitions.length) this.#growLevels(1);
    this.definitions[this.levelCount] = definition;
    if (this.repetitions.length > 0) this.repetitions[this.levelCount] = repetition;
    this.levelCount++;
  }

  /** The level of a column that is not nested, for many rows. */
  pushLevels(definition: number, count: number): void {
    if (this.levelCount + count > this.definitions.length) this.#growLevels(count);
    this.definitions.fill(definition, this.levelCount, this.levelCount + count);
    this.levelCount += count;
  }

  #growLevels(count: number): void {
    const size = Math.max(this.definitions.length * 2, this.levelCount + count);
    this.definitions = grow(this.definitions, size);
    if (this.repetitions.length > 0) this.repetitions = grow(this.repetitions, size);
  }

  /** Called between rows. */
  endBatch(): void {
    const last = this.pages.at(-1);
    const isLong =
      this.values.length - (last?.bytes ?? 0) >= PAGE_BYTES || this.levelCount - (last?.levels ?? 0) >= PAGE_BYTES / 4;
    if (isLong) this.endPage();
  }

  endPage(): void {
    if (this.levelCount === (this.pages.at(-1)?.levels ?? 0)) return;
    this.pages.push({ levels: this.levelCount, values: this.valueCount, bytes: this.values.length });
  }

  clear(): void {
    this.values.length = 0;
    this.valueCount = 0;
    this.levelCount = 0;
    this.pages.length = 0;
  }
}

function grow(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}

/** Bytes of each value, or undefined where they differ. */
export function valueBytes({ type }: LeafInfo): number | undefined {
  switch (type.physical) {
    case PHYSICAL.BOOLEAN:
      return 1;
    case PHYSICAL.INT32:
    case PHYSICAL.FLOAT:
      return 4;
    case PHYSICAL.INT64:
    case PHYSICAL.DOUBLE:
      return 8;
    case PHYSICAL.FIXED:
      return type.typeLength ?? 0;
    default:
      return undefined;
  }
}
