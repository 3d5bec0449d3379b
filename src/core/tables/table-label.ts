/** What a table is called where every table must have a name: as its file names it, or `Untitled 0`, `Untitled 1`, … */
export function tableLabel(name: string | null | undefined, ordinal: number): string {
  return name ?? `Untitled ${ordinal}`;
}
