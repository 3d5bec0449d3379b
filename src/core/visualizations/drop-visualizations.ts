import { deleteVisualizations, listUnneededVisualizations } from "../../storage/visualizations.ts";
import type { Services } from "../services.ts";
import { KEPT_DAYS } from "./keep-visualization.ts";

const BATCH = 90;

/** Removes charts whose data was deleted, and those that answered a question a month ago. Can run twice. */
export async function dropVisualizations(services: Pick<Services, "db" | "now">): Promise<void> {
  const now = services.now();
  const before = new Date(now.getTime() - KEPT_DAYS * 86_400_000);
  await deleteVisualizations(services.db, await listUnneededVisualizations(services.db, before, BATCH), now);
}
