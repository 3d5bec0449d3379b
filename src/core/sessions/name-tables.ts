/** SQL words that cannot stand bare where a table is named; a file called `order.csv` becomes `order_table`. */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default deferrable desc
  describe distinct do else end except false fetch for foreign from grant group having in initially intersect into lambda lateral leading
  limit not null offset on only or order pivot pivot_longer pivot_wider placing primary qualify references returning select show some
  summarize symmetric table then to trailing true union unique unpivot using variadic when where window with
  main memory temp information_schema pg_catalog`.split(/\s+/),
);

/** `Sales 2024 (final).csv` → `Sales_2024_final`; letters of every script stay. */
export function sqlName(text: string): string {
  const stem = text.replace(/(\.[A-Za-z0-9]{1,8}){1,2}$/u, "") || text;
  const safe = stem
    .normalize("NFKC")
    .replace(/[^\p{L}\p{N}_]+/gu, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 60);
  if (safe === "") return "data";
  if (/^\p{N}/u.test(safe)) return `_${safe}`;
  return RESERVED.has(safe.toLowerCase()) ? `${safe}_table` : safe;
}

/**
 * Names for the tables of a session: the file's stem, with the table's own name behind it when its file has several, made SQL-safe
 * and unique regardless of case (`a`, `a_2`, …).
 */
export function nameTables(tables: readonly { filename: string; name: string | null; siblings: number }[]): string[] {
  const taken = new Set<string>();
  return tables.map((table) => {
    const base =
      table.name !== null && table.siblings > 1
        ? `${sqlName(table.filename)}_${sqlName(`${table.name}`)}`
        : sqlName(table.filename);
    let name = base;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${base}_${n}`;
    taken.add(name.toLowerCase());
    return name;
  });
}
