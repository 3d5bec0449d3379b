import { encodeInteger, encodeName, SECTION, type Section, writeSections } from "./wasm-binary.ts";

const VALUE_TYPES: Record<string, number> = { i: 0x7f, p: 0x7f, j: 0x7e, f: 0x7d, d: 0x7c };

/**
 * A module that turns JavaScript functions into WebAssembly ones, for a platform that compiles no module at run time.
 * For each signature in Emscripten's notation (result first, `v` for none: `"vii"`) it imports `e.<signature>` and exports
 * it again under the same name; an instance made with a JavaScript function there gives that function as a WebAssembly one.
 */
export function writeTrampolines(signatures: readonly string[]): Uint8Array {
  const encodeTypes = (letters: string): number[] => {
    const types = [...letters].map((letter) => {
      const type = VALUE_TYPES[letter];
      if (type === undefined) throw new Error(`Unknown value type in a signature: "${letter}".`);
      return type;
    });
    return [...encodeInteger(types.length), ...types];
  };
  const section = (id: number, items: readonly number[][]): Section => ({
    id,
    body: Uint8Array.from([...encodeInteger(items.length), ...items.flat()]),
  });
  return writeSections([
    section(
      SECTION.type,
      signatures.map((sig) => [0x60, ...encodeTypes(sig.slice(1)), ...encodeTypes(sig[0] === "v" ? "" : sig[0]!)]),
    ),
    section(
      SECTION.import,
      signatures.map((sig, index) => [...encodeName("e"), ...encodeName(sig), 0, ...encodeInteger(index)]),
    ),
    section(
      SECTION.export,
      signatures.map((sig, index) => [...encodeName(sig), 0, ...encodeInteger(index)]),
    ),
  ]);
}
