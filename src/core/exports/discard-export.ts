import { exportPrefix } from "../../storage/object-keys.ts";
import type { Services } from "../services.ts";

/** Removes what there is of the files of an export. Safe to run twice. */
export async function discardExport(services: Pick<Services, "bucket">, exportId: string): Promise<void> {
  for (;;) {
    const { objects, truncated } = await services.bucket.list({ prefix: exportPrefix(exportId) });
    if (objects.length > 0) await services.bucket.delete(objects.map((object) => object.key));
    if (!truncated) return;
  }
}
