import { ByteWriter } from "../result/byte-writer.ts";
import { type LeafBuffer, valueBytes } from "./write-leaf.ts";
import { PHYSICAL } from "./write-schema.ts";

/** A dictionary has at most so many different values, in so many bytes. */
const MOST_ENTRIES = 32_768;
const MOST_BYTES = 512 * 1024;
const SLOTS = 1 << 17;
/** Once so many values were seen, most of them have to be repetitions. */
const TRIAL_VALUES = 8_192;

/** The different values of a leaf, and for each value which one it is. */
export interface LeafDictionary {
  /** PLAIN, in the order of their first use. */
  values: Uint8Array;
  count: number;
  indices: Uint16Array;
}

/** Makes the dictionary of a leaf's values, or undefined where it would not make them shorter. */
export function makeDictionary(leaf: LeafBuffer): LeafDictionary | undefined {
  const { physical } = leaf.info.type;
  if (physical === PHYSICAL.BOOLEAN || leaf.valueCount < 8) return undefined;
  const width = valueBytes(leaf.info);
  const { bytes, length } = leaf.values;
  const indices = new Uint16Array(leaf.valueCount);
  const slots = new Int32Array(SLOTS).fill(-1);
  const starts: number[] = [];
  const values = new ByteWriter(4096);
  for (let at = 0, row = 0; at < length; row++) {
    const size = width ?? 4 + (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    let slot = hashBytes(bytes, at, size) & (SLOTS - 1);
    let entry = slots[slot]!;
    while (entry >= 0 && !isEqual(bytes, starts[entry]!, at, size)) {
      slot = (slot + 1) & (SLOTS - 1);
      entry = slots[slot]!;
    }
    if (entry < 0) {
      entry = starts.length;
      if (entry === MOST_ENTRIES || values.length + size > MOST_BYTES) return undefined;
      slots[slot] = entry;
      starts.push(at);
      values.copy(bytes, at, at + size);
    }
    indices[row] = entry;
    at += size;
    if (row === TRIAL_VALUES && starts.length > TRIAL_VALUES / 2) return undefined;
  }
  const indexBytes = (leaf.valueCount * Math.ceil(Math.log2(Math.max(2, starts.length)))) / 8;
  if (values.length + indexBytes > length * 0.8) return undefined;
  return { values: values.take(), count: starts.length, indices };
}

/** FNV-1a over 32 bits. */
function hashBytes(bytes: Uint8Array, at: number, size: number): number {
  let hash = 0x811c9dc5;
  for (let k = at, end = at + size; k < end; k++) hash = Math.imul(hash ^ bytes[k]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

/** Values carry their lengths in front, so equal bytes are equal values. */
function isEqual(bytes: Uint8Array, a: number, b: number, size: number): boolean {
  for (let k = 0; k < size; k++) if (bytes[a + k] !== bytes[b + k]) return false;
  return true;
}
