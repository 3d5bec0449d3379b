import { encodeInteger, encodeName, SECTION, type Section, writeSections } from "./wasm-binary.ts";

const VALUE_TYPES: Record<string, number> = { i: 0x7f, p: 0x7f, j: 0x7e, f: 0x7d, d: 0x7c };

/**
 * A module that turns JavaScript functions into WebAssembly ones, for a platform that compiles no module at run time: it imports
 * each as `e.<name>` and exports it again under its name.
 *
 * @param signatures in Emscripten's notation, result first and `v` for none (`"vii"`), by name
 */
export function writeTrampolines(signatures: ReadonlyMap<string, string>): Uint8Array {
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
  const types = [...new Set(signatures.values())];
  return writeSections([
    section(
      SECTION.type,
      types.map((sig) => [0x60, ...encodeTypes(sig.slice(1)), ...encodeTypes(sig[0] === "v" ? "" : sig[0]!)]),
    ),
    section(
      SECTION.import,
      [...signatures].map(([name, sig]) => [
        ...encodeName("e"),
        ...encodeName(name),
        0,
        ...encodeInteger(types.indexOf(sig)),
      ]),
    ),
    section(
      SECTION.export,
      [...signatures.keys()].map((name, index) => [...encodeName(name), 0, ...encodeInteger(index)]),
    ),
  ]);
}
