/**
 * Names for columns or struct fields that DuckDB, which does not tell upper from lower case, can keep apart:
 * a later duplicate gets `_1`, `_2`, … An empty name becomes `column0`, `column1`, … by its position.
 */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name, index) => {
    const base = name === "" ? `column${index}` : name;
    let unique = base;
    for (let n = 1; taken.has(unique.toLowerCase()); n++) unique = `${base}_${n}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}
