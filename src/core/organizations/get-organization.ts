import { findOrganization, type OrganizationRow } from "../../storage/organizations.ts";
import { AppError } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** An organisation that the caller belongs to. @throws AppError `not_found`, also for one that exists. */
export async function getOrganization(
  services: Pick<Services, "db">,
  caller: Pick<Caller, "userId">,
  name: string,
): Promise<OrganizationRow> {
  const found = await findOrganization(services.db, caller.userId, name);
  if (!found)
    throw new AppError(
      "not_found",
      `You do not belong to an organisation “${name.slice(0, 100)}”. Leave org_name out.`,
    );
  return found;
}
