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

/** Decides which pages to fetch along with one that is needed now. */
export interface ReadPlanner {
  /** Notes a page that was read, whether it was at hand or not. */
  note(page: number): void;
  /** The pages to fetch now that `page` is missing, in ascending order, with it. */
  plan(page: number, isAtHand: (page: number) => boolean): number[];
}

/** Most pages fetched at once: 6 MB, all in memory. */
const WIDEST = 24;
/** Runs that the next one is guessed from. */
const RUNS_KEPT = 6;
/** As long as no more was fetched than this many times what was read, the next run is taken to be as long as the longest. */
const MOST_FETCHED = 1.2;

/**
 * Plans reads of one file. With `columns` (the pages of each column in the order of a scan) it goes along the column being read,
 * by twice as many pages each time. Without, it learns how long runs of neighbours are: a table's row group holds a few pages
 * of each column side by side, so runs of one scan are alike. The next is taken to be as long as the longest of the last few, or,
 * once that fetched too much, as the shortest: pages of other columns are hardly ever fetched.
 */
export function createReadPlanner(pageCount: number, columns?: readonly (readonly number[])[]): ReadPlanner {
  /** Where each page stands: column and place in it. Pages that columns share stand with the first. */
  const places = new Map<number, { column: number; index: number }>();
  columns?.forEach((pages, column) => {
    pages.forEach((page, index) => {
      if (!places.has(page)) places.set(page, { column, index });
    });
  });
  let currentColumn = -1;
  let width = 0;
  let last = Number.NaN;
  let runLength = 0;
  let lengths: number[] = [];
  let read = 0;
  let fetched = 0;

  function note(page: number): void {
    if (page === last) return;
    read++;
    if (page === last + 1) runLength++;
    else {
      if (runLength > 0) lengths = [...lengths.slice(1 - RUNS_KEPT), runLength];
      runLength = 1;
    }
    last = page;
  }

  function planByColumn(place: { column: number; index: number }): number[] {
    const pages = columns![place.column]!;
    width = place.column === currentColumn ? Math.min(width * 2, WIDEST) : 4;
    currentColumn = place.column;
    return pages.slice(place.index, place.index + width);
  }

  function planByRuns(page: number): number[] {
    const isFrugal = fetched > read * MOST_FETCHED;
    // A single page between runs is one that columns share.
    const runs = lengths.filter((length) => length > 1);
    const expected =
      runs.length === 0 ? (lengths.length === 0 ? 2 : 1) : isFrugal ? Math.min(...runs) : Math.max(...runs);
    // Past what runs have been so far it is a longer one: go on by half of what it has come to.
    const done = runLength - 1;
    const ahead = done < expected ? expected - done : Math.ceil(runLength / (isFrugal ? 4 : 2));
    const count = Math.max(1, Math.min(ahead, WIDEST, pageCount - page));
    return Array.from({ length: count }, (_, index) => page + index);
  }

  return {
    note,
    plan(page, isAtHand) {
      const place = places.get(page);
      const pages = place ? planByColumn(place) : planByRuns(page);
      const missing = pages.filter((candidate) => candidate === page || !isAtHand(candidate));
      fetched += missing.length;
      return [...new Set(missing)].sort((a, b) => a - b);
    },
  };
}
