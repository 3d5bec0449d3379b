/** Settles what everything in a frame stands for at once: the reading with good links, few joins and near owners wins. */
import type { Noun } from "../frame.ts";
import { connectTables, type JoinGraph } from "../joins.ts";
import type { Table } from "../schema.ts";
import type { Target } from "./name-targets.ts";
import type { Variable } from "./targets.ts";

const BEAM = 160;
const JOIN_COST = 0.14;
const UNCONNECTED = 3;

export interface Assignment {
  get(key: object | undefined): Target | undefined;
  /** Variables with nothing to stand for. */
  missing: Variable[];
  /** Variables whose best readings are near equal columns of one table. */
  ambiguous: { variable: Variable; options: Target[] }[];
  score: number;
}

interface Partial {
  choices: Map<object, Target>;
  tables: Set<Table>;
  score: number;
}

/** The best assignment of targets to variables. */
export function assignTargets(variables: readonly Variable[], graph: JoinGraph): Assignment {
  const open = variables.filter((variable) => variable.targets.length > 0);
  const sorted = [...open].sort((a, b) => b.cost - a.cost || a.targets.length - b.targets.length);
  let beam: Partial[] = [{ choices: new Map(), tables: new Set(), score: 0 }];
  for (const variable of sorted) {
    const next: Partial[] = [];
    for (const state of beam) {
      for (const target of variable.targets) {
        const fresh = !state.tables.has(target.table);
        const choices = new Map(state.choices).set(variable.key, target);
        const tables = fresh && variable.cost >= 0.5 ? new Set(state.tables).add(target.table) : state.tables;
        const near = fresh ? nearest(graph, state.tables, target.table) : 0;
        next.push({
          choices,
          tables,
          score: state.score + target.score - near * JOIN_COST * variable.cost + ownership(variable, target, choices),
        });
      }
    }
    next.sort((a, b) => b.score - a.score);
    beam = next.slice(0, BEAM);
  }
  for (const state of beam) state.score = finalScore(state, sorted, graph);
  beam.sort((a, b) => b.score - a.score);
  const best = beam[0] ?? { choices: new Map(), tables: new Set(), score: 0 };
  return {
    get: (key) => (key === undefined ? undefined : best.choices.get(key)),
    missing: variables.filter((variable) => variable.targets.length === 0),
    ambiguous: findAmbiguous(open, best),
    score: best.score,
  };
}

function nearest(graph: JoinGraph, tables: ReadonlySet<Table>, table: Table): number {
  if (tables.size === 0) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (const other of tables) least = Math.min(least, graph.distance[other.id]?.[table.id] ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(least) ? least : UNCONNECTED / JOIN_COST;
}

function ownership(variable: Variable, target: Target, choices: ReadonlyMap<object, Target>): number {
  let bonus = 0;
  const owners = variable.owners.filter((owner) => owner.tables.length > 0);
  if (owners.length > 0) bonus += owners.some((owner) => names(owner, target.table, choices)) ? 0.25 : -0.05;
  if (variable.about !== undefined && variable.about.tables.length > 0)
    bonus += names(variable.about, target.table, choices) ? 0.15 : 0;
  return bonus;
}

function names(noun: Noun, table: Table, choices: ReadonlyMap<object, Target>): boolean {
  const chosen = choices.get(noun);
  if (chosen !== undefined) return chosen.table === table;
  return noun.tables.some((link) => link.table === table && link.score >= (noun.tables[0]?.score ?? 0) - 0.1);
}

function finalScore(state: Partial, variables: readonly Variable[], graph: JoinGraph): number {
  let score = 0;
  const hard = new Set<Table>();
  for (const variable of variables) {
    const target = state.choices.get(variable.key);
    if (target === undefined) continue;
    score += target.score + ownership(variable, target, state.choices);
    if (variable.cost >= 0.5) hard.add(target.table);
  }
  const tables = [...hard];
  const edges = connectTables(graph, tables);
  score -=
    edges === undefined
      ? UNCONNECTED
      : edges.reduce((sum, edge) => sum + JOIN_COST * (1.5 - Math.min(edge.score, 1) * 0.5), 0);
  for (const variable of variables) {
    const target = variable.cost < 0.5 ? state.choices.get(variable.key) : undefined;
    if (target !== undefined && !hard.has(target.table))
      score -= Math.min(nearest(graph, hard, target.table), 10) * JOIN_COST * variable.cost;
  }
  return score;
}

/** Weak links with an equal rival in the same table: the question does not say which column is meant. */
function findAmbiguous(variables: readonly Variable[], best: Partial): Assignment["ambiguous"] {
  const found: Assignment["ambiguous"] = [];
  for (const variable of variables) {
    const chosen = best.choices.get(variable.key);
    if (chosen?.column === undefined || chosen.score >= 0.9 || variable.cost < 1) continue;
    const isNoun = "owners" in variable.key;
    const isAdjective = "counts" in variable.key || ("adjective" in variable.key && !("noun" in variable.key));
    if (!isNoun && !isAdjective) continue;
    const rivals = variable.targets.filter(
      (target) =>
        target.column !== undefined &&
        target.table === chosen.table &&
        chosen.score - target.score <= (isNoun ? 0.035 : 0.01) &&
        target.reversed === chosen.reversed,
    );
    if (rivals.length > 1) found.push({ variable, options: rivals });
  }
  return found;
}
