import {
  addMember,
  findOrganization,
  insertOrganization,
  type OrganizationRow,
  removeMember,
} from "../../storage/organizations.ts";
import { normalizeEmail } from "../accounts/email.ts";
import { ensureUser } from "../accounts/ensure-user.ts";
import { AppError } from "../errors.ts";
import type { Caller, Services } from "../services.ts";
import { getOrganization } from "./get-organization.ts";

/**
 * Makes an organisation, or finds the caller's own of that name, and adds members by their email addresses. Whoever has no account yet
 * gets one that waits for them, so that the answer does not tell who has.
 *
 * @throws AppError `resource_conflict` when the name is another's, `validation_failed` for an address that is none.
 */
export async function createOrganization(
  services: Services,
  caller: Caller,
  input: { name: string; members: readonly string[] },
): Promise<OrganizationRow> {
  const emails = input.members.map(normalizeEmail);
  const row: OrganizationRow = { id: `org_${services.randomId()}`, name: input.name, createdAt: services.now() };
  const isNew = await insertOrganization(services.db, row, caller.userId);
  const organization = isNew ? row : await findOrganization(services.db, caller.userId, input.name);
  if (!organization) throw new AppError("resource_conflict", `The name “${input.name}” is taken. Choose another.`);
  for (const email of emails) {
    const user = await ensureUser(services, { id: `user_${services.randomId()}`, email });
    await addMember(services.db, organization.id, user.id);
  }
  return organization;
}

/** Takes a member out; the files that they put in stay with the organisation. @throws AppError `not_found`. */
export async function leaveOrganization(
  services: Services,
  caller: Caller,
  input: { name: string; email: string },
): Promise<void> {
  const organization = await getOrganization(services, caller, input.name);
  await removeMember(services.db, organization.id, input.email.trim().toLowerCase());
}
