import { and, asc, eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { organizationMembers, organizations, users } from "./schema.ts";

export type OrganizationRow = typeof organizations.$inferSelect;

/** An organisation by its name, if the user is a member. */
export async function findOrganization(
  db: Database,
  userId: string,
  name: string,
): Promise<OrganizationRow | undefined> {
  const [row] = await db
    .select({ organization: organizations })
    .from(organizations)
    .innerJoin(organizationMembers, eq(organizationMembers.organizationId, organizations.id))
    .where(and(eq(organizations.name, name), eq(organizationMembers.userId, userId)));
  return row?.organization;
}

/** The organisations that a user belongs to, with the email addresses of their members. */
export async function listOrganizations(
  db: Database,
  userId: string,
): Promise<{ name: string; createdAt: Date; members: string[] }[]> {
  const rows = await db
    .select({ name: organizations.name, createdAt: organizations.createdAt, email: users.email })
    .from(organizations)
    .innerJoin(organizationMembers, eq(organizationMembers.organizationId, organizations.id))
    .innerJoin(users, eq(users.id, organizationMembers.userId))
    .where(
      sql`${organizations.id} in (select mine.organization_id from organization_members as mine where mine.user_id = ${userId})`,
    )
    .orderBy(asc(organizations.name), asc(users.email));
  return [...Map.groupBy(rows, (row) => row.name).values()].map((members) => ({
    name: members[0]?.name ?? "",
    createdAt: members[0]?.createdAt ?? new Date(0),
    members: members.map((member) => member.email),
  }));
}

/** Makes an organisation with its first member; false when the name is taken. One transaction. */
export async function insertOrganization(db: Database, row: OrganizationRow, userId: string): Promise<boolean> {
  const [made] = await db.batch([
    db.insert(organizations).values(row).onConflictDoNothing(),
    db
      .insert(organizationMembers)
      .select(sql`select ${organizations.id}, ${userId} from ${organizations} where ${organizations.id} = ${row.id}`),
  ]);
  return made.meta.changes > 0;
}

/** Adding a member twice changes nothing. */
export async function addMember(db: Database, organizationId: string, userId: string): Promise<void> {
  await db.insert(organizationMembers).values({ organizationId, userId }).onConflictDoNothing();
}

export async function removeMember(db: Database, organizationId: string, email: string): Promise<void> {
  await db
    .delete(organizationMembers)
    .where(
      and(
        eq(organizationMembers.organizationId, organizationId),
        sql`${organizationMembers.userId} = (select ${users.id} from ${users} where ${users.email} = ${email})`,
      ),
    );
}
