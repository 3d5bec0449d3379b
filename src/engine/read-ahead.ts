/** A get of pages `first` to `last`, both included. */
export interface PageRun {
  readonly first: number;
  readonly last: number;
}

/** Joins neighbouring pages into runs of at most `longest` pages. `pages` are in ascending order. */
export function planGets(pages: readonly number[], longest: number): PageRun[] {
  const runs: { first: number; last: number }[] = [];
  for (const page of pages) {
    const run = runs.at(-1);
    if (run && page === run.last + 1 && page - run.first < longest) run.last = page;
    else runs.push({ first: page, last: page });
  }
  return runs;
}
