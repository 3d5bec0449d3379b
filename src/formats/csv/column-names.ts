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

/** Control characters would break SQL and terminals; line ends and tabs inside a name stay. */
function cleanName(text: string): string {
  const kept = [...text].filter((char) =>
    char >= " " ? !/[\u007f-\u009f\ufeff]/.test(char) : "\t\n\r".includes(char),
  );
  return kept.join("").trim();
}
