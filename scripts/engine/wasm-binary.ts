/** Just enough of the WebAssembly binary format to cut exports, replace a call, see what is in the table, and write a tiny module. */

export const SECTION = { type: 1, import: 2, export: 7, element: 9, code: 10 } as const;

export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

export interface WasmImport {
  readonly module: string;
  readonly name: string;
  readonly kind: number;
}

export interface WasmExport {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

const CALL = 0x10;
const GLOBAL_GET = 0x23;
/** The kind of an import or export. */
const FUNCTION = 0;
/** Where Emscripten lets the module fill its table from: slot 0 is the null pointer. */
const TABLE_BASE = 1;
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

/** @throws Error when the module has none, or is none. */
export function findSection(wasm: Uint8Array, name: keyof typeof SECTION): Section {
  const section = readSections(wasm).find(({ id }) => id === SECTION[name]);
  if (!section) throw new Error(`The module has no ${name} section.`);
  return section;
}

/** Everything the module imports, in order. */
export function readImports(section: Section): WasmImport[] {
  const cursor = new Cursor(section.body);
  const imports: WasmImport[] = [];
  for (let left = cursor.integer(); left > 0; left--) {
    const [module, name, kind] = [cursor.name(), cursor.name(), cursor.byte()];
    imports.push({ module, name, kind });
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
  return imports;
}

/**
 * Lets an exported function call another one in the place of the one call it has of `callee`.
 *
 * @throws Error when there is not just one such call
 */
export function replaceCall(module: Uint8Array, caller: string, callee: string, instead: string): Uint8Array {
  const exported = readExports(findSection(module, "export"));
  const find = (name: string): number => {
    const index = exported.find((candidate) => candidate.kind === FUNCTION && candidate.name === name)?.index;
    if (index === undefined) throw new Error(`The module exports no function ${name}.`);
    return index;
  };
  const imported = readImports(findSection(module, "import")).filter(({ kind }) => kind === FUNCTION).length;
  const code = findSection(module, "code").body;
  const cursor = new Cursor(code);
  cursor.integer();
  for (let left = find(caller) - imported; left > 0; left--) cursor.take(cursor.integer());
  const start = cursor.position;
  const body = cursor.take(cursor.integer());
  const call = Buffer.from([CALL, ...encodeInteger(find(callee))]);
  const at = Buffer.from(body).indexOf(call);
  if (at < 0 || Buffer.from(body).indexOf(call, at + 1) >= 0) {
    throw new Error(`${caller} does not call ${callee} just once.`);
  }
  const changed = [...body.subarray(0, at), CALL, ...encodeInteger(find(instead)), ...body.subarray(at + call.length)];
  const pieces = [code.subarray(0, start), encodeInteger(changed.length), changed, code.subarray(cursor.position)];
  return writeSections(
    readSections(module).map((section) =>
      section.id === SECTION.code
        ? { id: section.id, body: Buffer.concat(pieces.map((piece) => Uint8Array.from(piece))) }
        : section,
    ),
  );
}

/** Which function stands where in the table: slots, counted from the module's own base, by the functions' indices. */
function readTableSlots(section: Section): Map<number, number> {
  const cursor = new Cursor(section.body);
  const [segments, flags, offset] = [cursor.integer(), cursor.integer(), cursor.byte()];
  if (segments !== 1 || flags !== 0 || offset !== GLOBAL_GET) {
    throw new Error("The module no longer fills its table from its base on, in one piece.");
  }
  cursor.integer();
  cursor.byte();
  const slots = new Map<number, number>();
  const length = cursor.integer();
  for (let slot = 0; slot < length; slot++) slots.set(cursor.integer(), slot);
  return slots;
}

export function readExports(section: Section): WasmExport[] {
  const cursor = new Cursor(section.body);
  const exports: WasmExport[] = [];
  for (let left = cursor.integer(); left > 0; left--) {
    exports.push({ name: cursor.name(), kind: cursor.byte(), index: cursor.integer() });
  }
  return exports;
}

/** The table slots of the exported functions that have one, by name. */
export function readExportedSlots(module: Uint8Array): Record<string, number> {
  const slots = readTableSlots(findSection(module, "element"));
  const functions = readExports(findSection(module, "export")).filter(
    ({ kind, index }) => kind === FUNCTION && slots.has(index),
  );
  return Object.fromEntries(functions.map(({ name, index }) => [name, TABLE_BASE + slots.get(index)!]));
}

export function writeExports(exports: readonly WasmExport[]): Section {
  const body = [
    ...encodeInteger(exports.length),
    ...exports.flatMap(({ name, kind, index }) => [...encodeName(name), kind, ...encodeInteger(index)]),
  ];
  return { id: SECTION.export, body: Uint8Array.from(body) };
}
