import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { listApiFiles } from "../../core/files/read-files.ts";
import { withAndWithoutSlash } from "../auth/tokens.ts";
import { readJsonBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json, pageQuery } from "../contracts.ts";
import { answerJson } from "../json-text.ts";
import { validationFailed } from "../problem.ts";
import { describeFile, FileShape } from "./shapes.ts";

const PATH = "/api/v2/files/";
/** Each file comes with the columns of its tables, so that a longer page could be very long; a client that asks for more gets `next`. */
const MOST_FILES = 100;
const Page = z.object(pageQuery(MOST_FILES, 1_000));

const FileList = z
  .object({
    count: z.number().int(),
    next: z.string().nullable(),
    previous: z.string().nullable(),
    results: z.array(FileShape),
  })
  .openapi("FileList");

const contract = createRoute({
  method: "get",
  path: PATH,
  operationId: "listFiles",
  tags: ["Files"],
  summary: "Files, newest first",
  description: "Yours, and those of the organisations that you belong to.",
  request: { query: Page },
  responses: { 200: json(FileList, "One page."), ...errorAnswers(400, 401, 422) },
});

/** GET /api/v2/files/. The page is in the query string, or in a JSON body, as the document has it. */
export function registerListFiles(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerPath(contract);
  app.on("GET", withAndWithoutSlash(PATH), async (c) => {
    const { services, caller } = c.var;
    const body = await readJsonBody(c, z.record(z.string(), z.unknown()), { optional: true });
    const parsed = Page.safeParse({ ...body, ...c.req.query() });
    if (!parsed.success) throw validationFailed(parsed.error);
    const { offset } = parsed.data;
    const limit = Math.min(parsed.data.limit, MOST_FILES);
    const { files, total } = await listApiFiles(services, caller, { limit, offset });
    const pageAt = (start: number) => `${services.origin}${PATH}?limit=${limit}&offset=${start}`;
    return answerJson(c, {
      count: total,
      next: offset + files.length < total ? pageAt(offset + limit) : null,
      previous: offset > 0 ? pageAt(Math.max(0, offset - limit)) : null,
      results: files.map(describeFile),
    });
  });
}
