/** Just enough of the WebAssembly binary format to cut exports and to write a tiny module. */

export const SECTION = { type: 1, import: 2, export: 7 } as const;

export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

export interface WasmExport {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

const MAGIC_AND_VERSION = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
const text = new TextDecoder();
const bytes = new TextEncoder();

/** Reads LEB128 integers and names from a section, front to back. */
class Cursor {
  readonly #data: Uint8Array;
  position: number;
  constructor(data: Uint8Array, position = 0) {
    this.#data = data;
    this.position = position;
  }
  get isAtEnd(): boolean {
    return this.position >= this.#data.length;
  }
  byte(): number {
    const value = this.#data[this.position++];
    if (value === undefined) throw new Error("The WebAssembly file ends in the middle of a section.");
    return value;
  }
  integer(): number {
    let result = 0;
    let shift = 0;
    for (;;) {
      const byte = this.byte();
      result |= (byte & 127) << shift;
      if (byte < 128) return result >>> 0;
      shift += 7;
    }
  }
  take(length: number): Uint8Array {
    const slice = this.#data.subarray(this.position, this.position + length);
    this.position += length;
    return slice;
  }
  name(): string {
    return text.decode(this.take(this.integer()));
  }
  limits(): void {
    const flags = this.byte();
    this.integer();
    if (flags & 1) this.integer();
  }
}

export function encodeInteger(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  do {
    const byte = rest & 127;
    rest >>>= 7;
    out.push(rest === 0 ? byte : byte | 128);
  } while (rest !== 0);
  return out;
}

export function encodeName(name: string): number[] {
  const encoded = bytes.encode(name);
  return [...encodeInteger(encoded.length), ...encoded];
}

/** Splits a module into its sections; bodies are views, not copies. */
export function readSections(module: Uint8Array): Section[] {
  if (!MAGIC_AND_VERSION.every((byte, index) => module[index] === byte)) throw new Error("Not a WebAssembly module.");
  const cursor = new Cursor(module, MAGIC_AND_VERSION.length);
  const sections: Section[] = [];
  while (!cursor.isAtEnd) {
    const id = cursor.byte();
    sections.push({ id, body: cursor.take(cursor.integer()) });
  }
  return sections;
}

export function writeSections(sections: readonly Section[]): Uint8Array {
  const parts = sections.map(({ id, body }) => ({ head: Uint8Array.of(id, ...encodeInteger(body.length)), body }));
  const length = parts.reduce((sum, part) => sum + part.head.length + part.body.length, MAGIC_AND_VERSION.length);
  const out = new Uint8Array(length);
  out.set(MAGIC_AND_VERSION);
  let at = MAGIC_AND_VERSION.length;
  for (const { head, body } of parts) {
    out.set(head, at);
    out.set(body, at + head.length);
    at += head.length + body.length;
  }
  return out;
}

/** Names of everything the module imports. */
export function readImportNames(section: Section): Set<string> {
  const cursor = new Cursor(section.body);
  const names = new Set<string>();
  for (let left = cursor.integer(); left > 0; left--) {
    cursor.name();
    names.add(cursor.name());
    const kind = cursor.byte();
    if (kind === 0) cursor.integer();
    else if (kind === 1) {
      cursor.byte();
      cursor.limits();
    } else if (kind === 2) cursor.limits();
    else if (kind === 3) cursor.take(2);
    else if (kind === 4) {
      cursor.byte();
      cursor.integer();
    } else throw new Error(`Unknown kind of import: ${kind}.`);
  }
  return names;
}

export function readExports(section: Section): WasmExport[] {
  const cursor = new Cursor(section.body);
  const exports: WasmExport[] = [];
  for (let left = cursor.integer(); left > 0; left--) {
    exports.push({ name: cursor.name(), kind: cursor.byte(), index: cursor.integer() });
  }
  return exports;
}

export function writeExports(exports: readonly WasmExport[]): Section {
  const body = [
    ...encodeInteger(exports.length),
    ...exports.flatMap(({ name, kind, index }) => [...encodeName(name), kind, ...encodeInteger(index)]),
  ];
  return { id: SECTION.export, body: Uint8Array.from(body) };
}
