import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AppError, notFound } from "../../core/errors.ts";
import { describeAsVegaLite, describeChart } from "../../core/visualizations/describe-visualization.ts";
import { getPicture, pictureMediaType } from "../../core/visualizations/draw-picture.ts";
import { getVisualization, readChart } from "../../core/visualizations/get-visualization.ts";
import { faultOfPictureUrl } from "../../core/visualizations/sign-picture-url.ts";
import {
  findVisualization,
  PICTURE_FORMATS,
  PICTURE_THEMES,
  PICTURE_VERSION,
  type PictureVariant,
  type VisualizationRow,
} from "../../storage/visualizations.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers } from "../contracts.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { validationFailed } from "../problem.ts";
import { timestamp } from "./shapes.ts";

const FORMATS = ["json", "svg", "png", "vega-lite"] as const;
type Format = (typeof FORMATS)[number];

/** A chart never changes. */
const CACHE = "private, max-age=31536000, immutable";
/** Whatever an SVG came to hold, it runs nothing and loads nothing. */
const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

const Datum = z.unknown().openapi({
  type: "object",
  description:
    "A number or null; `{x, y}` in scatter plots; `{x, y, v}` in heat maps; `{min, q1, median, q3, max, outliers, items}` in box plots.",
});

const VisualizationShape = z
  .object({
    visualization_id: z.string().openapi({ example: "viz_yza123bcd456" }),
    type: z.string().openapi({ example: "bar_chart" }),
    visualization_type: z.string().openapi({ example: "bar_chart" }),
    title: z.string().openapi({ example: "Churn by Country" }),
    data: z.object({
      labels: z.array(z.string()),
      datasets: z.array(z.object({ label: z.string(), data: z.array(Datum) })),
    }),
    x_title: z.string(),
    y_title: z.string(),
    notes: z.array(z.string()).openapi({ description: "What was left out, summed up, binned or sampled." }),
    created_at: z.string(),
    links: z.record(z.string(), z.string()),
  })
  .openapi("Visualization");

const params = z.object({ visualization_id: z.string().openapi({ example: "viz_yza123bcd456" }) });
const theme = z.enum(PICTURE_THEMES).default("light");
const Options = z.object({ format: z.enum(FORMATS).optional(), theme });
const ThumbnailOptions = z.object({ format: z.enum(PICTURE_FORMATS).default("png"), theme });
const SignedOptions = z.object({ theme, expires: z.string().optional(), signature: z.string().optional() });
const binary = z.string().openapi({ format: "binary" });

const get = createRoute({
  method: "get",
  path: "/data/visualizations/{visualization_id}",
  operationId: "getVisualization",
  tags: ["Analysis"],
  summary: "A chart: its data, its picture, or a Vega-Lite specification",
  description:
    "`data` is what Chart.js takes. `Accept: image/svg+xml` or `image/png`, or `?format=svg|png|vega-lite`, asks for another form; " +
    "`?theme=dark` for light on dark. A chart never changes: answers carry an `ETag` and may be kept.",
  request: { params, query: Options },
  responses: {
    200: {
      description: "The chart.",
      content: {
        "application/json": { schema: VisualizationShape },
        "image/svg+xml": { schema: z.string() },
        "image/png": { schema: binary },
      },
    },
    304: { description: "It is as the caller knows it." },
    ...errorAnswers(401, 404, 422),
  },
});

const thumbnail = createRoute({
  method: "get",
  path: "/data/visualizations/{visualization_id}/thumbnail",
  operationId: "getVisualizationThumbnail",
  tags: ["Analysis"],
  summary: "A chart's small picture: PNG, 640 × 360 pixels",
  request: { params, query: ThumbnailOptions },
  responses: {
    200: {
      description: "The picture.",
      content: { "image/png": { schema: binary }, "image/svg+xml": { schema: z.string() } },
    },
    304: { description: "It is as the caller knows it." },
    ...errorAnswers(401, 404, 422),
  },
});

const signed = createRoute({
  method: "get",
  path: "/visualizations/{filename}",
  operationId: "getSignedPicture",
  tags: ["Analysis"],
  summary: "A chart's picture by a signed link",
  description:
    "What v1's `visualization` points at: `<id>.png` (or `.svg`). The link works without a key for a day; without a signature a key is needed.",
  request: {
    params: z.object({ filename: z.string().openapi({ example: "viz_yza123bcd456.png" }) }),
    query: SignedOptions,
  },
  responses: {
    200: {
      description: "The picture.",
      content: { "image/png": { schema: binary }, "image/svg+xml": { schema: z.string() } },
    },
    304: { description: "It is as the caller knows it." },
    ...errorAnswers(401, 404, 422),
  },
});

/** Everything under /data/visualizations, and /visualizations/{filename}. */
export function registerVisualizations(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerPath(get);
  app.get("/data/visualizations/:visualization_id", async (c) => {
    const { services, caller } = c.var;
    const options = parseQuery(c, Options);
    const row = await getVisualization(services, caller, c.req.param("visualization_id"));
    const format = options.format ?? chooseFormat(c.req.header("accept"));
    const { theme } = options;
    if (format === "svg" || format === "png") return sendPicture(c, row, { theme, size: "full", format });
    const tag = `"${row.id}-${format}-${PICTURE_VERSION}"`;
    const headers = { etag: tag, "cache-control": CACHE, vary: "Accept, Authorization, X-Api-Key" };
    if (knowsTag(c.req.header("if-none-match"), tag)) return new Response(null, { status: 304, headers });
    const spec = await readChart(services, row);
    const body =
      format === "vega-lite" ? describeAsVegaLite(spec) : describe(row, describeChart(spec), services.origin);
    return c.json(body, 200, headers);
  });

  app.openAPIRegistry.registerPath(thumbnail);
  app.get("/data/visualizations/:visualization_id/thumbnail", async (c) => {
    const { services, caller } = c.var;
    const options = parseQuery(c, ThumbnailOptions);
    const row = await getVisualization(services, caller, c.req.param("visualization_id"));
    return sendPicture(c, row, { ...options, size: "thumbnail" });
  });

  app.openAPIRegistry.registerPath(signed);
  app.use("/visualizations/*", async (c, next) => {
    if (c.req.query("signature") !== undefined) return next();
    return authenticate()(c, next);
  });
  app.get("/visualizations/:filename", async (c) => {
    const { services, caller } = c.var;
    const { id, format } = parseFilename(c.req.param("filename"));
    const { theme } = parseQuery(c, SignedOptions);
    if (caller) return sendPicture(c, await getVisualization(services, caller, id), { theme, size: "full", format });
    const { expires, signature } = c.req.query();
    const signing = { secret: c.env.SIGNING_SECRET, now: services.now() };
    const fault = faultOfPictureUrl({ visualizationId: id, expires, signature }, signing);
    if (fault !== undefined) throw new AppError("unauthorized", fault);
    const row = await findVisualization(services.db, id);
    if (!row) throw notFound("visualization", id);
    return sendPicture(c, row, { theme, size: "full", format });
  });
}

function parseQuery<S extends z.ZodType>(c: Context<AppEnv>, schema: S): z.infer<S> {
  const parsed = schema.safeParse(c.req.query());
  if (!parsed.success) throw validationFailed(parsed.error);
  return parsed.data;
}

function parseFilename(filename: string): { id: string; format: PictureVariant["format"] } {
  const match = /^(.*)\.(svg|png)$/.exec(filename);
  if (!match) throw notFound("picture", filename);
  return { id: match[1] ?? "", format: match[2] === "svg" ? "svg" : "png" };
}

/** The first form of `Accept` that a chart has; JSON when it names none, as browsers' address bars do. */
function chooseFormat(accept: string | undefined): Format {
  const types = (accept ?? "").split(",").map((part) => part.split(";")[0]?.trim().toLowerCase());
  for (const type of types) {
    if (type === "application/json" || type === "text/html") return "json";
    if (type === "image/svg+xml") return "svg";
    if (type === "image/png" || type === "image/*") return "png";
    if (type?.startsWith("application/vnd.vegalite")) return "vega-lite";
  }
  return "json";
}

async function sendPicture(c: Context<AppEnv>, row: VisualizationRow, variant: PictureVariant): Promise<Response> {
  const { theme, size, format } = variant;
  const tag = `"${row.id}-${theme}-${size}-${format}-${PICTURE_VERSION}"`;
  const headers = {
    etag: tag,
    "cache-control": CACHE,
    vary: "Accept, Authorization, X-Api-Key",
    "content-type": pictureMediaType(format),
    "x-content-type-options": "nosniff",
    ...(format === "svg" ? { "content-security-policy": SVG_POLICY } : {}),
  };
  if (knowsTag(c.req.header("if-none-match"), tag)) return new Response(null, { status: 304, headers });
  return new Response(await getPicture(c.var.services, row, variant), { headers });
}

/** If-None-Match (RFC 9110, 13.1.2): weak comparison. */
function knowsTag(header: string | undefined, etag: string): boolean {
  return (header ?? "").split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}

function describe(
  row: VisualizationRow,
  { data, notes, axes }: ReturnType<typeof describeChart>,
  origin: string,
): z.infer<typeof VisualizationShape> {
  const self = `${origin}/data/visualizations/${row.id}`;
  return {
    visualization_id: row.id,
    type: row.type,
    visualization_type: row.type,
    title: row.title,
    data,
    x_title: axes.x,
    y_title: axes.y,
    notes,
    created_at: timestamp(row.createdAt),
    links: {
      self,
      thumbnail: `${self}/thumbnail`,
      png: `${self}?format=png`,
      svg: `${self}?format=svg`,
      vega_lite: `${self}?format=vega-lite`,
    },
  };
}
