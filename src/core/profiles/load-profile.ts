import type { Profile, QualityReport } from "../../profile/index.ts";
import { qualityKey } from "../../storage/object-keys.ts";
import type { TableRow } from "../../storage/uploads.ts";
import type { Services } from "../services.ts";

/** The form of the profiles that this version makes and reads; one of another form is made anew. */
export const PROFILE_FORMAT: Profile["format"] = 1;

/** The kept statistics of a table; undefined while there are none. */
export async function loadProfile(
  services: Pick<Services, "bucket">,
  table: Pick<TableRow, "profileKey">,
): Promise<Profile | undefined> {
  const object = table.profileKey === null ? null : await services.bucket.get(table.profileKey);
  const profile = await object?.json<Profile>();
  return profile?.format === PROFILE_FORMAT ? profile : undefined;
}

/** The kept quality report of a table; undefined while there is none. */
export async function loadQuality(
  services: Pick<Services, "bucket">,
  table: Pick<TableRow, "id" | "profileKey">,
): Promise<QualityReport | undefined> {
  const object = table.profileKey === null ? null : await services.bucket.get(qualityKey(table.id));
  return object?.json<QualityReport>();
}
