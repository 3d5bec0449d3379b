import type { Profile, QualityReport } from "../../profile/index.ts";
import { qualityKey } from "../../storage/object-keys.ts";
import type { TableRow } from "../../storage/uploads.ts";
import type { Services } from "../services.ts";
import { HeldTexts } from "./held-texts.ts";

/** The form of the profiles that this version makes and reads; one of another form is made anew. */
export const PROFILE_FORMAT: Profile["format"] = 2;

/**
 * Profiles and reports that this isolate has read: they never change once they are made, and a round trip to R2 takes longer than all else
 * that answering takes. Whether a caller may see one is asked of D1 each time, before.
 */
const held = new HeldTexts(1_000_000, 250_000);

/** The kept statistics of a table; undefined while there are none. */
export async function loadProfile(
  services: Pick<Services, "bucket">,
  table: Pick<TableRow, "profileKey">,
): Promise<Profile | undefined> {
  if (table.profileKey === null) return undefined;
  return loadKept<Profile>(services, table.profileKey, ({ format }) => format === PROFILE_FORMAT);
}

/** The kept quality report of a table; undefined while there is none. */
export async function loadQuality(
  services: Pick<Services, "bucket">,
  table: Pick<TableRow, "id" | "profileKey">,
): Promise<QualityReport | undefined> {
  if (table.profileKey === null) return undefined;
  return loadKept<QualityReport>(services, qualityKey(table.id), () => true);
}

async function loadKept<T>(
  { bucket }: Pick<Services, "bucket">,
  key: string,
  isUsable: (value: T) => boolean,
): Promise<T | undefined> {
  const text = held.get(key) ?? (await (await bucket.get(key))?.text());
  if (text === undefined) return undefined;
  const value = JSON.parse(text) as T;
  if (!isUsable(value)) return undefined;
  held.hold(key, text);
  return value;
}
