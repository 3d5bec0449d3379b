import type { PlannedQuery } from "../../ask/plan.ts";
import { printQuery } from "../../ask/print.ts";
import type { Sort } from "../../ask/tree.ts";

/** Groups in no order of their own are listed with the largest figure first, so that an answer is the same each time. */
export function orderGroups(planned: PlannedQuery): PlannedQuery {
  const { tree } = planned;
  if (tree.kind !== "select" || tree.group.length === 0 || tree.order.length > 0 || tree.limit !== undefined)
    return planned;
  const figure = tree.output.find((column) => column.role === "measure");
  if (!figure) return planned;
  const rest = tree.output.filter((column) => column.role !== "measure");
  const order: Sort[] = [
    { by: figure.expr, dir: "desc" },
    ...rest.map((column): Sort => ({ by: column.expr, dir: "asc" })),
  ];
  const ordered = { ...tree, order };
  return { ...planned, tree: ordered, sql: printQuery(ordered) };
}
