import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { getReadyVersionById } from "../../core/datasets/find-version.ts";
import { readRows } from "../../core/datasets/rows/read-rows.ts";
import { splitNames, unquote } from "../../core/datasets/rows/rows-sql.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json } from "../contracts.ts";
import { answerJson } from "../json-text.ts";
import { checkCached, digest, notModified } from "./caching.ts";
import { EXAMPLE_IDS } from "./shapes.ts";

const text = (most: number) => z.string().max(most).optional();

const RowsQuery = z.object({
  columns: text(100_000).openapi({
    example: "amount,merchant",
    description: 'Names with commas between them; names that hold a comma in "…". Without it: all.',
  }),
  where: text(10_000).openapi({
    example: "amount > 100 and merchant in ('ACME Corp', 'Luxury Ltd')",
    description:
      "Comparisons (`= <> < <= > >=`), `in (…)`, `like`, `ilike`, `between … and …`, `is null`, joined by `and`, `or`, `not` and brackets. " +
      "Texts stand in '…', column names as they are or in \"…\".",
  }),
  search: text(1_000).openapi({ description: "A text that some cell of a row holds, in any case." }),
  order: text(10_000).openapi({
    example: "amount desc, merchant",
    description:
      "Columns that decide the order; a minus in front or `desc` behind turns it round. Missing values come last.",
  }),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: text(1_000).openapi({ description: "`next_cursor` of the page before." }),
});

const contract = createRoute({
  method: "get",
  path: "/api/dataset-versions/{dataset_version_id}/rows",
  operationId: "listDatasetRows",
  tags: ["Datasets"],
  summary: "Rows of a version: filtered, searched, in order, page by page",
  description:
    "Pages never shift: a version does not change, and a cursor names the row at which its page ended. For the same reason answers may be cached for ever.",
  request: {
    params: z.object({ dataset_version_id: z.string().openapi({ example: EXAMPLE_IDS.version }) }),
    query: RowsQuery,
  },
  responses: {
    200: json(
      z
        .object({
          columns: z.array(z.string()),
          rows: z
            .array(z.record(z.string(), z.unknown()))
            .openapi({ example: [{ amount: 1250, merchant: "Luxury Ltd" }] }),
          next_cursor: z.string().nullable().openapi({ description: "Null behind the last row." }),
        })
        .openapi("DatasetRows"),
      "One page.",
    ),
    ...notModified,
    ...errorAnswers(401, 404, 409, 422, 503),
  },
});

/** GET /api/dataset-versions/{dataset_version_id}/rows. */
export function registerRows(app: OpenAPIHono<AppEnv>): void {
  app.openapi(contract, async (c) => {
    const { services, caller } = c.var;
    const { cursor, columns, ...query } = c.req.valid("query");
    const found = await getReadyVersionById(services, caller, c.req.valid("param").dataset_version_id);
    const parameters = await digest(JSON.stringify([columns, query, cursor]));
    const cached = checkCached(c, "version", found.table.id, "rows", parameters);
    if (cached) return cached as never;
    const names = columns === undefined ? undefined : splitNames(columns, "columns").map(unquote);
    const page = await readRows(services, found, { ...query, columns: names }, cursor);
    return answerJson(c, { columns: page.columns, rows: page.rows, next_cursor: page.nextCursor }) as never;
  });
}
