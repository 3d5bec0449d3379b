/** Developments over time: trends, growth, running totals. */
import type { Expression, OutputColumn } from "../tree.ts";
import type { TimeUnit } from "../types.ts";
import { assemble } from "./assemble.ts";
import { type Built, built } from "./built.ts";
import { type Context, call, note, Unanswerable } from "./context.ts";
import { labelDimension } from "./dimensions.ts";
import type { Draft } from "./draft.ts";
import { fittingUnit, impliedAggregate, measureOf, onlyAmount, timeExpression } from "./measures.ts";
import { timeTargets } from "./name-targets.ts";

/** Makes sure that rows are grouped by time and that there is a measure. */
function withTime(draft: Draft): Draft {
  const { context } = draft;
  const dimensions = [...draft.dimensions];
  let { measures, plain } = draft;
  const hasTime = dimensions.some((dimension) => dimension.role === "time");
  if (!hasTime) {
    const table =
      measures[0]?.table ?? plain.find(({ target }) => target.column?.numeric === true)?.target.table ?? context.main;
    const candidates = timeTargets(undefined, "year", context.schema).filter((target) => target.table === table);
    const column = candidates[0]?.column;
    if (column === undefined)
      throw new Unanswerable(`The table “${table.name}” has no date to show a development over.`);
    const unit = spanUnit(context) ?? fittingUnit(column);
    note(context, `Time is taken from “${column.name}”, by ${unit}.`);
    dimensions.unshift({
      expr: timeExpression(column, unit),
      name: column.temporal ? unit : column.name,
      role: "time",
      table,
      column,
      unit,
      hidden: false,
    });
  }
  if (measures.length === 0) {
    const numeric = plain.filter(
      ({ target }) =>
        target.column !== undefined &&
        (target.column.numeric || target.column.numberText) &&
        !target.column.identifier &&
        !target.column.year,
    );
    measures = numeric.map(({ wish, target }) =>
      measureOf(
        context,
        { ...wish, fn: target.column === undefined ? "count" : impliedAggregate(context, target.column) },
        target,
      ),
    );
    if (measures.length === 0 && plain.length === 0) measures = onlyAmount(context);
    if (measures.length === 0)
      measures = [
        measureOf(
          context,
          { fn: "count", distinct: false, text: "count" },
          plain.find(({ target }) => target.column === undefined)?.target,
        ),
      ];
  }
  for (const { target } of plain) {
    const { column } = target;
    if (column?.category && !dimensions.some((dimension) => dimension.column === column))
      dimensions.push(labelDimension(column));
  }
  plain = [];
  return { ...draft, dimensions, measures, plain };
}

/** "from 2020 to 2023": by the unit in which the span is given. */
function spanUnit({ frame }: Context): TimeUnit | undefined {
  for (const condition of frame.conditions)
    if (condition.kind === "between" && condition.low.kind === "period" && condition.high.kind === "period")
      return condition.low.period.unit === condition.high.period.unit ? condition.low.period.unit : undefined;
  return undefined;
}

export function trend(draft: Draft): Built {
  const next = withTime(draft);
  return built(next, assemble(next));
}

/** Growth against the step before in percent, or the total up to each step. */
export function series(draft: Draft): Built {
  const next = withTime(draft);
  const query = assemble({ ...next, rankings: [] });
  const time = next.dimensions.find((dimension) => dimension.role === "time");
  const [measure] = next.measures;
  if (time === undefined || measure === undefined) throw new Unanswerable("A development needs a date and a number.");
  const others = next.dimensions.filter((dimension) => dimension !== time && !dimension.hidden);
  if (others.length > 0)
    throw new Unanswerable("I can show growth and running totals for one series at a time; name one group to look at.");
  const byTime = [{ by: time.expr, dir: "asc" as const }];
  const extra: OutputColumn[] = [];
  if (draft.context.frame.growth) {
    const before: Expression = { kind: "window", call: call("lag", measure.expr), order: byTime };
    const change: Expression = { kind: "binary", op: "-", left: measure.expr, right: before };
    extra.push({
      expr: {
        kind: "binary",
        op: "/",
        left: { kind: "binary", op: "*", left: { kind: "literal", value: 100 }, right: change },
        right: call("nullif", before, { kind: "literal", value: 0 }),
      },
      name: "growth_percent",
      role: "measure",
    });
  }
  if (draft.context.frame.running)
    extra.push({
      expr: { kind: "window", call: call("sum", measure.expr), order: byTime },
      name: `running_${measure.name}`,
      role: "measure",
    });
  const shown =
    draft.context.frame.running && !draft.context.frame.growth
      ? query.output.filter((column) => column.role !== "measure")
      : query.output;
  return built(next, { ...query, output: [...shown, ...extra], order: byTime });
}
