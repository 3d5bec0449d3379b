/** Which tables can be joined on what: references inferred from names, key uniqueness and values. */
import { areSynonyms } from "./lexicon.ts";
import type { Column, Schema, Table } from "./schema.ts";
import { stemWord } from "./words.ts";

export interface Edge {
  /** The referring column (the "many" side unless it is unique itself). */
  from: Column;
  /** The column referred to. */
  to: Column;
  /** 0 to 1: how sure the reference is. */
  score: number;
}

export interface JoinGraph {
  edges: Edge[];
  /** Edges that touch a table, by table id; reversed copies are not made. */
  byTable: Edge[][];
  /** Number of edges on the shortest path between two tables; Infinity when there is none. */
  distance: number[][];
}

const cache = new WeakMap<Schema, JoinGraph>();

/** Finds the references between the tables of a schema. */
export function inferJoins(schema: Schema): JoinGraph {
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const found: Edge[] = [];
  for (const from of schema.columns) {
    for (const to of schema.columns) {
      const score = from.table === to.table ? 0 : scoreReference(from, to);
      if (score > 0) found.push({ from, to, score });
    }
  }
  const edges = keepBest(found);
  for (const edge of edges) if (edge.score >= 0.6 && edge.to !== edge.to.table.label) edge.from.identifier = true;
  const byTable = schema.tables.map((table) =>
    edges.filter((edge) => edge.from.table === table || edge.to.table === table),
  );
  const graph = { edges, byTable, distance: measureDistances(schema.tables, byTable) };
  cache.set(schema, graph);
  return graph;
}

const LEAVING = new Set(
  ["depart", "departur", "leave", "leaf", "from", "source", "origin", "start", "sender", "send", "home"].map(stemWord),
);
const ARRIVING = new Set(
  ["arrive", "arrival", "land", "to", "destination", "dest", "end", "receiver", "receive", "reach", "into"].map(
    stemWord,
  ),
);

/**
 * The graph with the edges a question speaks of made cheaper, where two columns of a table refer to the same other table
 * ("flights arriving in …" goes by the destination, "departing from …" by the source).
 */
export function preferEdges(graph: JoinGraph, stems: readonly string[]): JoinGraph {
  const rivals = (edge: Edge): boolean =>
    graph.edges.some((other) => other !== edge && other.from.table === edge.from.table && other.to === edge.to);
  if (!graph.edges.some(rivals)) return graph;
  const said = new Set(stems);
  const speaksOf = (edge: Edge): boolean =>
    edge.from.words.some(
      (word) =>
        (![...edge.to.table.words, ...edge.from.table.words].some((own) => own.stem === word.stem) &&
          said.has(word.stem)) ||
        [LEAVING, ARRIVING].some(
          (group) =>
            group.has(word.stem) &&
            stems.some(
              (stem) =>
                group.has(stem) &&
                stem !== "to" &&
                (stem !== "from" || !stems.some((other) => ARRIVING.has(other) && other !== "to")),
            ),
        ),
    );
  const edges = graph.edges.map((edge) =>
    rivals(edge) && speaksOf(edge) ? { ...edge, score: edge.score + 0.4 } : edge,
  );
  const byTable = graph.byTable.map((_, id) =>
    edges.filter((edge) => edge.from.table.id === id || edge.to.table.id === id),
  );
  return { edges, byTable, distance: graph.distance };
}

/** Words of columns that hold amounts, which refer to nothing ("max_students"). */
const AMOUNTS = /^(?:max|min|maximum|minimum|total|count|capacity|avg|average)$/;

function scoreReference(from: Column, to: Column): number {
  const known = from.table.info.references?.some(
    (ref) => ref.column === from.name && ref.table === to.table.name && ref.references === to.name,
  );
  if (known === true) return 1;
  if (from.numeric && from.words.some((word) => AMOUNTS.test(word.lower))) return 0;
  if (!haveSameKind(from, to) || from.temporal || from.type === "float" || from.flag !== undefined) return 0;
  const overlap = to.unique ? valueOverlap(from, to) : Math.max(valueOverlap(from, to), valueOverlap(to, from));
  if (overlap < 0.5) return 0;
  const fromStems = from.words.map((word) => word.stem);
  const toStems = to.words.map((word) => word.stem);
  const tableStems = to.table.words.filter((word) => !word.optional).map((word) => word.stem);
  const sameName = from.name.toLowerCase() === to.name.toLowerCase() || fromStems.join(" ") === toStems.join(" ");
  const isKey = to === to.table.key || (to.unique && (to.identifier || to === to.table.columns[0]));
  const namesTable = fromStems.some(
    (stem) => tableStems.includes(stem) || tableStems.some((own) => areSynonyms(stem, own)),
  );
  const isEntity = bareName(to) && to.table.label !== undefined && to.table.label !== to;
  const namesWhole = tableStems.every((own) => fromStems.includes(own));
  const bareId = bareName(to);
  if (isKey) {
    if (sameName && !/^(id|name|key)$/i.test(from.name))
      return namesTable || !from.identifier ? 0.95 + overlap * 0.03 : 0.56;
    if (namesWhole && (bareId || to.identifier) && !from.unique) return 0.9 + overlap * 0.02;
    if (namesTable && (bareId || to.identifier) && (from.identifier || fromStems.length === 1 || from.type === to.type))
      return 0.7 + overlap * 0.1 - (from.unique ? 0.1 : 0);
    if (
      from.identifier &&
      to.identifier &&
      (!from.unique || isEntity) &&
      !bareName(from) &&
      (overlap >= 0.99 || (overlap >= 0.9 && typeof to.info.min === "number" && to.info.min >= 1000)) &&
      (from !== from.table.key || from.table.label === undefined || from.table.label === from)
    )
      return isEntity ? 0.62 : 0.5;
    // Codes of which every one is a key, whatever the column is called ("origin" of an airport).
    if (from.type === "string" && to.identifier && !from.unique && overlap >= 0.99 && (from.info.distinct ?? 0) >= 3)
      return 0.62;
    if (from.unique && to.unique && from.identifier && to.identifier && isSameRange(from, to)) return 0.4;
    return 0;
  }
  if (
    sameName &&
    from.type === "string" &&
    (from.unique || to.unique) &&
    !/^(name|title|description|note)$/i.test(from.name)
  )
    return to.unique ? 0.8 : 0;
  if (
    sameName &&
    from.id < to.id &&
    (from.identifier || (from.type === "string" && from.category)) &&
    !/^(id|name|title|type|status|description|note|gender|sex|country|city)$/i.test(from.name)
  )
    return 0.35;
  return 0;
}

function bareName(column: Column): boolean {
  return /^(id|key|code|name|number|no)$/i.test(column.name);
}

function haveSameKind(a: Column, b: Column): boolean {
  return (a.numeric && b.numeric) || (a.type === b.type && !a.numeric);
}

function isSameRange(a: Column, b: Column): boolean {
  return (
    a.info.min !== undefined &&
    a.info.min === b.info.min &&
    a.info.max === b.info.max &&
    a.info.distinct === b.info.distinct
  );
}

/** The share of `from`'s known values that may be among `to`'s; 0.75 when nothing is known. */
function valueOverlap(from: Column, to: Column): number {
  const targets = new Set((to.info.topValues ?? []).map((top) => String(top.value)));
  const complete = to.info.distinct !== undefined && targets.size >= to.info.distinct;
  const own = [...(from.info.topValues ?? []).map((top) => top.value), ...(from.info.sampleValues ?? [])]
    .filter((value) => value !== null)
    .slice(0, 200);
  if (complete && own.length > 0 && targets.size > 0)
    return own.filter((value) => targets.has(String(value))).length / own.length;
  const { min: fromMin, max: fromMax } = from.info;
  const { min: toMin, max: toMax } = to.info;
  if (
    typeof fromMin === "number" &&
    typeof toMin === "number" &&
    typeof fromMax === "number" &&
    typeof toMax === "number"
  ) {
    return fromMax < toMin || fromMin > toMax ? 0 : fromMin >= toMin && fromMax <= toMax ? 0.9 : 0.6;
  }
  return 0.75;
}

/** One edge for each referring column (its best targets), and none that a much better one between the same tables beats. */
function keepBest(found: Edge[]): Edge[] {
  const sorted = [...found].sort((a, b) => b.score - a.score);
  const kept: Edge[] = [];
  for (const edge of sorted) {
    if (kept.some((other) => other.from === edge.from && other.score >= edge.score + 0.05)) continue;
    if (edge.score < 0.6 && kept.some((other) => sameTables(other, edge) && other.score > edge.score + 0.15)) continue;
    if (
      edge.score < 0.5 &&
      kept.some(
        (other) =>
          (other.from.table === edge.from.table || other.to.table === edge.from.table) &&
          other.score > 0.5 &&
          isSelfReachable(kept, edge),
      )
    )
      continue;
    if (kept.some((other) => other.from === edge.to && other.to === edge.from)) continue;
    kept.push(edge);
  }
  return kept;
}

function sameTables(a: Edge, b: Edge): boolean {
  return (
    (a.from.table === b.from.table && a.to.table === b.to.table) ||
    (a.from.table === b.to.table && a.to.table === b.from.table)
  );
}

/** Whether the edge's two tables are connected already. */
function isSelfReachable(edges: Edge[], edge: Edge): boolean {
  const seen = new Set<Table>([edge.from.table]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const other of edges) {
      if (seen.has(other.from.table) !== seen.has(other.to.table)) {
        seen.add(other.from.table);
        seen.add(other.to.table);
        grew = true;
      }
    }
  }
  return seen.has(edge.to.table);
}

function measureDistances(tables: Table[], byTable: Edge[][]): number[][] {
  return tables.map((start) => {
    const row = tables.map(() => Number.POSITIVE_INFINITY);
    row[start.id] = 0;
    const queue = [start];
    for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
      for (const edge of byTable[table.id] ?? []) {
        const next = edge.from.table === table ? edge.to.table : edge.from.table;
        if (row[next.id] !== Number.POSITIVE_INFINITY) continue;
        row[next.id] = (row[table.id] ?? 0) + 1;
        queue.push(next);
      }
    }
    return row;
  });
}

/**
 * The edges of a small tree that connects the given tables, starting from the first; undefined when they cannot be connected.
 * Each step adds the cheapest path from the tree to a missing table (a usual Steiner tree approximation).
 */
export function connectTables(graph: JoinGraph, tables: readonly Table[]): Edge[] | undefined {
  const [start, ...rest] = tables;
  if (start === undefined) return [];
  const inTree = new Set<Table>([start]);
  const chosen: Edge[] = [];
  const missing = new Set(rest.filter((table) => table !== start));
  while (missing.size > 0) {
    const path = findCheapestPath(graph, inTree, missing);
    if (path === undefined) return undefined;
    for (const edge of path) {
      chosen.push(edge);
      inTree.add(edge.from.table);
      inTree.add(edge.to.table);
    }
    for (const table of inTree) missing.delete(table);
  }
  return chosen;
}

function findCheapestPath(
  graph: JoinGraph,
  sources: ReadonlySet<Table>,
  targets: ReadonlySet<Table>,
): Edge[] | undefined {
  const cost = new Map<Table, number>();
  const via = new Map<Table, { edge: Edge; before: Table }>();
  const open = [...sources];
  for (const table of open) cost.set(table, 0);
  while (open.length > 0) {
    open.sort((a, b) => (cost.get(a) ?? 0) - (cost.get(b) ?? 0));
    const table = open.shift();
    if (table === undefined) break;
    if (targets.has(table)) {
      const path: Edge[] = [];
      for (let at = table, step = via.get(at); step !== undefined; at = step.before, step = via.get(at))
        path.unshift(step.edge);
      return path;
    }
    for (const edge of graph.byTable[table.id] ?? []) {
      const next = edge.from.table === table ? edge.to.table : edge.from.table;
      const through = (cost.get(table) ?? 0) + 1.6 - Math.min(edge.score, 1.4) * 0.6;
      if (through >= (cost.get(next) ?? Number.POSITIVE_INFINITY) || sources.has(next)) continue;
      cost.set(next, through);
      via.set(next, { edge, before: table });
      if (!open.includes(next)) open.push(next);
    }
  }
  return undefined;
}
