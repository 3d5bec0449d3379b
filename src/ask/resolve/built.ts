/** A query with what it was built from. */
import type { Query } from "../tree.ts";
import type { TimeUnit } from "../types.ts";
import type { Context } from "./context.ts";
import type { Draft } from "./draft.ts";

export interface Built {
  query: Query;
  context: Context;
  time?: { column: string; unit: TimeUnit };
}

/** A draft's query, with the time that it runs over. */
export function built({ context, dimensions }: Draft, query: Query): Built {
  const time = dimensions.find((dimension) => dimension.unit !== undefined && !dimension.hidden);
  return { query, context, ...(time?.unit === undefined ? {} : { time: { column: time.name, unit: time.unit } }) };
}
