/** An operator of DuckDB's plan, as `EXPLAIN (FORMAT json)` gives it. */
export interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
  readonly extra_info: Readonly<Record<string, string | readonly string[]>>;
}

/** What an engine may use. All in bytes. */
export interface EngineResources {
  /** Most that one engine may have. */
  readonly memoryBytes: number;
  /** What of it other engines of the isolate leave free now. */
  readonly freeBytes: number;
  /** Most that a query may spill. */
  readonly scratchBytes: number;
}

export interface Estimate {
  /** `run` now, `wait` until other engines are done, or `refuse`. */
  readonly decision: "run" | "wait" | "refuse";
  readonly memoryBytes: number;
  readonly scratchBytes: number;
  /** Why it is refused, and the way out. */
  readonly message?: string;
}

const MEGABYTE = 1_048_576;
/** An engine that runs anything at all: code, stack, buffers, a few pinned blocks. */
const BASE_BYTES = 28 * MEGABYTE;
/** What a column costs while it is scanned: a pinned block of 256 KB, and a vector of 2,048 values. */
const SCANNED_COLUMN_BYTES = 320 * 1_024;
const VALUE_BYTES = 24;
const ROW_OVERHEAD_BYTES = 24;
/** Room for spilling operators to work in. */
const WORKING_BYTES = 24 * MEGABYTE;
/** Cardinalities are guesses: only what would need many times the memory is refused without a try. */
const DOUBT = 6;
/** Aggregates that keep every value of their group. */
const HOLISTIC =
  /\b(?:quantile|quantile_cont|quantile_disc|median|mode|mad|list|array_agg|string_agg|group_concat|listagg|histogram|entropy)\(/i;
const DISTINCT = /\bcount\(\s*distinct\b|DISTINCT/i;

interface Need {
  /** Held in memory whatever happens. */
  fixed: number;
  /** May go to the scratch disk. */
  spillable: number;
}

/**
 * What a query is going to need, by its plan: how many rows each operator holds on to, and whether it can spill them. Purely
 * from the plan's estimated cardinalities, so a rough figure on the safe side of refusing.
 */
export function estimateQuery(plan: PlanNode, resources: EngineResources): Estimate {
  const need: Need = { fixed: BASE_BYTES, spillable: 0 };
  addNeed(plan, need);
  const working = Math.min(need.spillable, WORKING_BYTES);
  const memoryBytes = Math.ceil(
    Math.min(need.fixed + Math.max(working, 0), Math.max(resources.memoryBytes, need.fixed)),
  );
  const scratchBytes = Math.max(0, Math.ceil(need.spillable - working));
  const figures = { memoryBytes: Math.min(memoryBytes, resources.memoryBytes), scratchBytes };
  if (need.fixed > resources.memoryBytes * DOUBT) {
    return {
      ...figures,
      memoryBytes,
      decision: "refuse",
      message: `The query would hold about ${inMegabytes(need.fixed)} MB in memory, and there are ${inMegabytes(resources.memoryBytes)} MB. Use approx_quantile, approx_count_distinct or approx_top_k, or filter rows first.`,
    };
  }
  if (scratchBytes > resources.scratchBytes * DOUBT) {
    return {
      ...figures,
      decision: "refuse",
      message: `The query would write about ${inMegabytes(scratchBytes)} MB of intermediate rows, and there is room for ${inMegabytes(resources.scratchBytes)} MB. Filter rows or name fewer columns before sorting or joining, or add a LIMIT.`,
    };
  }
  return { ...figures, decision: figures.memoryBytes <= resources.freeBytes ? "run" : "wait" };
}

const inMegabytes = (bytes: number) => Math.ceil(bytes / MEGABYTE).toLocaleString("en-US");

function addNeed(node: PlanNode, need: Need): void {
  for (const child of node.children) addNeed(child, need);
  const name = node.name.trim();
  const rows = readRows(node);
  const input = node.children.reduce((sum, child) => sum + readRows(child), 0);
  const aggregates = listOf(node, "Aggregates");
  if (/SCAN/.test(name)) need.fixed += SCANNED_COLUMN_BYTES * Math.max(1, listOf(node, "Projections").length);
  if (/AGGREGATE|GROUP_BY/.test(name)) {
    const columns = listOf(node, "Groups").length + aggregates.length;
    if (/HASH_GROUP_BY/.test(name)) need.spillable += rows * rowBytes(columns);
    const kept = aggregates.filter((text) => HOLISTIC.test(text) || DISTINCT.test(text)).length;
    need.fixed += input * VALUE_BYTES * kept;
  } else if (/^(?:ORDER_BY|.*WINDOW)$/.test(name)) need.spillable += input * rowBytes(countColumns(node));
  else if (/JOIN|CROSS_PRODUCT/.test(name))
    need.spillable += readRows(node.children[1]) * rowBytes(countColumns(node.children[1]));
}

function rowBytes(columns: number): number {
  return ROW_OVERHEAD_BYTES + VALUE_BYTES * Math.max(1, columns);
}

function listOf(node: PlanNode | undefined, key: string): readonly string[] {
  const value = node?.extra_info[key];
  return value === undefined || value === "" ? [] : typeof value === "string" ? [value] : value;
}

/** Columns that reach an operator: those of the nearest projection below. */
function countColumns(node: PlanNode | undefined): number {
  if (!node) return 1;
  const own = listOf(node, "Projections").length + listOf(node, "__projections__").length;
  return own || Math.max(1, ...node.children.map(countColumns));
}

function readRows(node: PlanNode | undefined): number {
  const value = node?.extra_info["Estimated Cardinality"];
  const rows = Number(typeof value === "string" ? value.replace("~", "") : Number.NaN);
  if (Number.isFinite(rows)) return rows;
  if (!node) return 0;
  const children = node.children.map(readRows);
  if (node.name.trim() === "CROSS_PRODUCT") return children.reduce((product, count) => product * Math.max(1, count), 1);
  return Math.max(0, ...children);
}

/** What ingesting a file needs: pieces of it, one row group of the table, and the engine. All in bytes. */
export function estimateIngest(
  input: { readonly pieceBytes: number; readonly columns: number },
  resources: EngineResources,
): Estimate {
  const ROW_GROUP_ROWS = 122_880;
  const memoryBytes =
    BASE_BYTES + 3 * input.pieceBytes + Math.min(input.columns * ROW_GROUP_ROWS * 8, 2 * WORKING_BYTES);
  if (memoryBytes > resources.memoryBytes * DOUBT) {
    return {
      decision: "refuse",
      memoryBytes,
      scratchBytes: 0,
      message: `A table of ${input.columns.toLocaleString("en-US")} columns is too wide to be read in the memory there is. Split it into files with fewer columns.`,
    };
  }
  const capped = Math.min(memoryBytes, resources.memoryBytes);
  return { decision: capped <= resources.freeBytes ? "run" : "wait", memoryBytes: capped, scratchBytes: 0 };
}
