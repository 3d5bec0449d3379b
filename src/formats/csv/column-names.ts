/**
 * Names for a table's columns from the texts of its header: white space trimmed, empty ones `column_<position>`, repeated ones (upper and lower
 * case alike, as DuckDB compares them) numbered `a`, `a_2`, `a_3`.
 */
export function nameColumns(texts: readonly string[]): string[] {
  const wanted = texts.map((text, i) => cleanName(text) || `column_${i + 1}`);
  const given = new Set(wanted.map((name) => name.toLowerCase()));
  const taken = new Set<string>();
  return wanted.map((name) => {
    let unique = name;
    for (let n = 2; taken.has(unique.toLowerCase()); n++) {
      const next = `${name}_${n}`;
      if (!given.has(next.toLowerCase())) unique = next;
    }
    taken.add(unique.toLowerCase());
    return unique;
  });
}

const WINDOWS = new TextDecoder("windows-1252");

/**
 * Control characters would break SQL and terminals; line ends and tabs inside a name stay. Those from U+0080 on are punctuation of
 * windows-1252 that was taken for Latin-1 once.
 */
function cleanName(text: string): string {
  const kept = [...text]
    .filter((char) => (char >= " " ? char !== "\u007f" && char !== "\ufeff" : "\t\n\r".includes(char)))
    .map((char) => (char >= "\u0080" && char <= "\u009f" ? WINDOWS.decode(Uint8Array.of(char.charCodeAt(0))) : char));
  return kept.join("").trim();
}
