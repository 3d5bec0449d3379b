import type { BlockDisk } from "../../../src/engine/types.ts";

/** A Workbench's disk, in memory. */
export function createMemoryDisk(): BlockDisk {
  const files = new Map<string, Uint8Array>();
  const find = (file: string): Uint8Array => {
    const bytes = files.get(file);
    if (!bytes) throw new Error(`There is no file "${file}".`);
    return bytes;
  };
  return {
    size: (file) => files.get(file)?.length,
    create(file) {
      if (!files.has(file)) files.set(file, new Uint8Array(0));
    },
    truncate(file, size) {
      const bytes = new Uint8Array(size);
      bytes.set(find(file).subarray(0, size));
      files.set(file, bytes);
    },
    remove: (file) => void files.delete(file),
    rename(from, to) {
      files.set(to, find(from));
      files.delete(from);
    },
    read(file, offset, target) {
      target.fill(0);
      target.set(find(file).subarray(offset, offset + target.length));
    },
    write(file, offset, source) {
      const old = find(file);
      const bytes = new Uint8Array(Math.max(old.length, offset + source.length));
      bytes.set(old);
      bytes.set(source, offset);
      files.set(file, bytes);
    },
  };
}
