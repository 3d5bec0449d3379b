import { type PictureVariant, pictureKey, type VisualizationRow } from "../../storage/visualizations.ts";
import type { Services } from "../services.ts";
import { readChart } from "./get-visualization.ts";

const MEDIA_TYPES = { svg: "image/svg+xml", png: "image/png" } as const;

/** The media type of a picture. */
export function pictureMediaType(format: PictureVariant["format"]): string {
  return MEDIA_TYPES[format];
}

/**
 * A picture of a chart. It is drawn when it is first asked for, and kept.
 *
 * @throws AppError `not_found` when the chart has been deleted meanwhile.
 */
export async function getPicture(
  services: Pick<Services, "bucket" | "waitUntil">,
  row: Pick<VisualizationRow, "id" | "objectKey">,
  variant: PictureVariant,
): Promise<Uint8Array> {
  const key = pictureKey(row.id, variant);
  const kept = await services.bucket.get(key);
  if (kept) return kept.bytes();
  const picture = await drawPicture(services, row, variant);
  const httpMetadata = { contentType: pictureMediaType(variant.format) };
  services.waitUntil(
    services.bucket.put(key, picture, { httpMetadata }).catch((error) => {
      console.error({
        message: "A picture could not be kept; it is drawn again each time.",
        key,
        error: String(error),
      });
    }),
  );
  return picture;
}

async function drawPicture(
  services: Pick<Services, "bucket">,
  row: Pick<VisualizationRow, "id" | "objectKey">,
  { theme, size, format }: PictureVariant,
): Promise<Uint8Array> {
  const spec = await readChart(services, row);
  // The drawing library is evaluated only by a Worker that draws.
  const { renderSvg } = await import("../../charts/picture/render-svg.ts");
  const svg = renderSvg(spec, { theme, size });
  if (format === "svg") return new TextEncoder().encode(svg);
  const [{ renderPng }, { PNG_TOOLS }] = await Promise.all([
    import("../../charts/picture/render-png.ts"),
    import("./picture-tools.ts"),
  ]);
  return renderPng(svg, size, PNG_TOOLS);
}
