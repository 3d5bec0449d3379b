/** Builds the query tree of a frame whose names are settled. */
import type { Frame } from "../frame.ts";
import { inferJoins, preferEdges } from "../joins.ts";
import type { AggregateName } from "../phrases.ts";
import type { Schema, Table } from "../schema.ts";
import type { Expression, Query, SelectQuery } from "../tree.ts";
import { buildAnalysis } from "./analysis.ts";
import { answerAsk, countPeople, wishRows } from "./ask-words.ts";
import { assemble } from "./assemble.ts";
import { type Assignment, assignTargets } from "./assign.ts";
import { type Built, built } from "./built.ts";
import { type Context, call, Unanswerable } from "./context.ts";
import { findContradiction } from "./contradiction.ts";
import { averageCounts } from "./counts.ts";
import { type Draft, makeDraft } from "./draft.ts";
import { findEvents } from "./events.ts";
import { listVariables } from "./targets.ts";

/** Settles a frame and builds its query. Throws {@link Unanswerable} when that is impossible. */
export function buildQuery(frame: Frame, schema: Schema): Built {
  const graph = preferEdges(inferJoins(schema), frame.stems);
  answerAsk(frame, schema);
  countPeople(frame, schema);
  wishRows(frame);
  averageCounts(frame);
  findEvents(frame, schema, graph);
  const settled = assignTargets(listVariables(frame, schema), graph);
  const context: Context = {
    schema,
    graph,
    frame,
    settled,
    assumptions: [],
    consumed: new Set(),
    main: chooseMain(frame, settled, schema),
  };
  const split = findContradiction(context);
  if (split !== undefined) {
    const left = makeDraft(context, split.left);
    const right = makeDraft({ ...context, consumed: new Set() }, split.right);
    if (left.measures.length === 0)
      return built(left, {
        kind: "set",
        op: split.op,
        left: unordered(assemble(left)),
        right: unordered(assemble(right)),
      });
  }
  const draft = makeDraft(context);
  const analysis = buildAnalysis(draft);
  if (analysis !== undefined) return analysis;
  return built(draft, draft.outer === undefined ? assemble(draft) : aggregateGroups(draft, draft.outer));
}

/** One figure over the figures of all groups, or of those of each kind. */
function aggregateGroups(draft: Draft, fn: AggregateName | "count"): Query {
  const isSplit = draft.dimensions.some(({ inner }) => inner === true);
  const kept = isSplit ? draft.dimensions.filter(({ inner, hidden }) => inner !== true && !hidden) : [];
  if (kept.length > 0 && (draft.rankings.length > 0 || draft.context.frame.orders.length > 0))
    throw new Unanswerable("I cannot rank figures that are themselves taken over groups.");
  const query = assemble(draft);
  const measure = query.output.find((column) => column.role === "measure");
  if (measure === undefined || query.group.length === 0)
    throw new Unanswerable("I do not know over which groups to take that figure.");
  const groups = (name: string): Expression => ({ kind: "column", alias: "groups", name });
  const labels = kept.map(({ name, role }) => ({ expr: groups(name), name, role }));
  return {
    kind: "select",
    distinct: false,
    output: [...labels, { expr: call(fn, groups(measure.name)), name: `${fn}_${measure.name}`, role: "measure" }],
    from: { query: { ...query, order: [] }, alias: "groups" },
    joins: [],
    where: [],
    group: labels.map(({ expr }) => expr),
    having: [],
    order: labels.filter(({ role }) => role === "time").map(({ expr }) => ({ by: expr, dir: "asc" })),
  };
}

function chooseMain(frame: Frame, settled: Assignment, schema: Schema): Table {
  const wishes = [...frame.wishes].sort((a, b) => Number(a.fn !== undefined) - Number(b.fn !== undefined));
  for (const wish of wishes) {
    const target = settled.get(wish.unit === undefined ? wish.noun : wish);
    if (target !== undefined) return target.table;
  }
  const bare = frame.wishes.some((wish) => wish.fn === "count" && wish.noun === undefined);
  const nouns = [
    ...(bare ? frame.conditions.filter((condition) => condition.kind === "value") : []),
    ...frame.superlatives.flatMap((s) => [s.about, s.noun, s]),
    ...frame.mentions,
    ...frame.groups.flatMap((group) => [group.noun, group]),
    ...frame.conditions.flatMap((c) => [c, "noun" in c ? c.noun : undefined, c.about]),
  ];
  for (const noun of nouns) {
    const target = settled.get(noun);
    if (target !== undefined) return target.table;
  }
  const [only] = schema.tables;
  if (only === undefined) throw new Unanswerable("There are no tables to ask about.");
  return schema.tables.length === 1 ? only : schema.tables.reduce((a, b) => (b.info.rows > a.info.rows ? b : a));
}

/** A set operation takes queries without order. */
function unordered(query: SelectQuery): SelectQuery {
  const { limit, ...rest } = query;
  return limit === undefined ? { ...rest, order: [] } : query;
}
