import { z } from "@hono/zod-openapi";
import { Problem } from "./problem.ts";

const ERROR_DESCRIPTIONS = {
  400: "The request is malformed.",
  401: "The key or token is missing, wrong, expired or revoked.",
  403: "The key lacks the scope.",
  404: "It does not exist, or is not yours.",
  409: "It is not in a state that allows this.",
  410: "It has ended or expired.",
  413: "Larger than the limits allow.",
  415: "The body's type is not one that is read here.",
  416: "The range is outside of the file.",
  422: "The input is not valid; `errors` names each fault.",
  429: "Too many; try again after `Retry-After` seconds.",
  500: "Something went wrong on the server; the problem's `request_id` tells what.",
  501: "Not available in this installation.",
  503: "Busy or down for the moment; try again.",
} as const;

/** What can happen everywhere: to the credential, its scope and the server. */
const EVERYWHERE = [401, 403, 500, 503] as const;
/** What can happen to a body, beside its being malformed (400). */
const OF_BODIES = [413, 415, 422] as const;

/** The error answers of a route, for its contract: those that it names, those of bodies with 400, and those that every route has. */
export function errorAnswers(...statuses: (keyof typeof ERROR_DESCRIPTIONS)[]) {
  const all = [...new Set([...statuses, ...(statuses.includes(400) ? OF_BODIES : []), ...EVERYWHERE])].sort();
  return Object.fromEntries(
    all.map((status) => [
      status,
      { description: ERROR_DESCRIPTIONS[status], content: { "application/problem+json": { schema: Problem } } },
    ]),
  );
}

/** A number of a query. Coercion alone would take an empty value for 0. */
export const queryNumber = (schema: z.ZodCoercedNumber<string>) =>
  z.string().trim().min(1, "Give a number, or leave the parameter out.").pipe(schema);

/** `limit` and `offset` of a page. */
export const pageQuery = (defaultLimit: number, maxLimit: number) => ({
  limit: z.coerce.number().int().min(1).max(maxLimit).default(defaultLimit),
  // Coercion takes null for 0, which a query cannot hold.
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0).openapi({ type: "integer" }),
});

export const Pagination = z
  .object({ total: z.number().int(), limit: z.number().int(), offset: z.number().int(), has_more: z.boolean() })
  .openapi("Pagination");

/** The `pagination` member of a page that holds `returned` items. */
export function describePage(
  page: { total: number; limit: number; offset: number },
  returned: number,
): z.infer<typeof Pagination> {
  return { ...page, has_more: page.offset + returned < page.total };
}

/** A body of form fields, in either encoding. */
export const form = <S extends z.ZodType>(schema: S) => ({
  "multipart/form-data": { schema },
  "application/x-www-form-urlencoded": { schema },
});

export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
