/** A name that none of `others` has: `data.csv`, then `data (2).csv`, … */
export function nameAmong(name: string, others: readonly string[]): string {
  const taken = new Set(others);
  const [, stem = name, extension = ""] = /^(.+)(\.[^.]+)$/su.exec(name) ?? [];
  let candidate = name;
  for (let n = 2; taken.has(candidate); n++) candidate = `${stem} (${n})${extension}`;
  return candidate;
}
