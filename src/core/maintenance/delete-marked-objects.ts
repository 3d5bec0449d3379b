import { forgetMarkedObjects, listMarkedObjects } from "../../storage/marked-objects.ts";
import type { Services } from "../services.ts";

/** R2 deletes at most this many keys in one call. */
const KEYS_PER_CALL = 1_000;

/** Removes objects that no row points to any more, then their marks; given no keys, the oldest marks. Safe to run twice. */
export async function deleteMarkedObjects(
  services: Pick<Services, "db" | "bucket" | "now">,
  keys?: readonly string[],
): Promise<number> {
  const marked = keys ?? (await listMarkedObjects(services.db, services.now(), KEYS_PER_CALL));
  for (let i = 0; i < marked.length; i += KEYS_PER_CALL) {
    const some = marked.slice(i, i + KEYS_PER_CALL);
    await services.bucket.delete([...some]);
    await forgetMarkedObjects(services.db, some, services.now());
  }
  return marked.length;
}
