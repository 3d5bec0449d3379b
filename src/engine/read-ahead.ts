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

/** Runs of a column are joined until there are at most this many gets for each of its pages … */
const WANTED_GETS = 0.49;
/** … or this many pages of other columns, for each of its own, come along. */
const MOST_BRIDGED = 0.4;

/**
 * The gets that read all pages of a column: neighbours in one, and runs that lie close together too, as long as few other pages come
 * along. The closest are joined first. `pages` are in the order of a scan.
 */
export function planColumn(pages: readonly number[], longest: number): PageRun[] {
  const runs = planGets(pages, longest);
  const gaps = runs
    .slice(1)
    .map((run, i) => ({ after: i, pages: run.first - runs[i]!.last - 1 }))
    .filter((gap) => gap.pages >= 0)
    .sort((a, b) => a.pages - b.pages || a.after - b.after);
  /** For each run, the first run of the get that it has been joined to. */
  const start = runs.map((_, i) => i);
  const end = runs.map((_, i) => i);
  let allowance = pages.length * MOST_BRIDGED;
  let gets = runs.length;
  for (const gap of gaps) {
    if (gap.pages > allowance || gets <= pages.length * WANTED_GETS) break;
    const first = start[gap.after]!;
    const last = end[gap.after + 1]!;
    if (runs[last]!.last - runs[first]!.first >= longest) continue;
    allowance -= gap.pages;
    gets--;
    end[first] = last;
    start[last] = first;
  }
  const joined: PageRun[] = [];
  for (let i = 0; i < runs.length; i = end[i]! + 1) joined.push({ first: runs[i]!.first, last: runs[end[i]!]!.last });
  return joined;
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
const FIRST_WIDTH = 4;
/** Runs that the next one is guessed from. */
const RUNS_KEPT = 6;
/** As long as no more was fetched than this many times what was read, the next run is taken to be as long as the longest. */
const MOST_FETCHED = 1.2;

/**
 * Plans reads of one file, by gets of at most `longest` pages. With `columns` (the pages of each column in the order of a scan) it goes along the column being read,
 * get by get of its plan, by twice as many pages each time. Without, it learns how long runs of neighbours are: a table's row group holds a few pages
 * of each column side by side, so runs of one scan are alike. The next is taken to be as long as the longest of the last few, or,
 * once that fetched too much, as the shortest: pages of other columns are hardly ever fetched.
 */
export function createReadPlanner(
  pageCount: number,
  longest: number,
  columns?: readonly (readonly number[])[],
): ReadPlanner {
  const plans = columns?.map((pages) => planColumn(pages, longest)) ?? [];
  /** Where each page stands: column, and get of its plan. Pages that columns share stand with the first. */
  const places = new Map<number, { column: number; get: number }>();
  columns?.forEach((pages, column) => {
    let get = 0;
    for (const page of pages) {
      while (page > plans[column]![get]!.last || page < plans[column]![get]!.first)
        get = (get + 1) % plans[column]!.length;
      if (!places.has(page)) places.set(page, { column, get });
    }
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

  function planByColumn(place: { column: number; get: number }): number[] {
    width = place.column === currentColumn ? Math.min(width * 2, WIDEST) : FIRST_WIDTH;
    currentColumn = place.column;
    const pages: number[] = [];
    for (const { first, last } of plans[place.column]!.slice(place.get)) {
      if (pages.length > 0 && pages.length + last - first + 1 > width) break;
      for (let page = first; page <= last; page++) pages.push(page);
    }
    return pages;
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
