import { eq } from "drizzle-orm";
import { users } from "../../storage/schema.ts";
import type { Services } from "../services.ts";

/** A row of `users`, as authentication needs it. */
export interface UserIdentity {
  id: string;
  email: string;
}

/**
 * The user with this email, made when new with the given id. Two callers at once get the same user.
 * @param user `email` normalized; `id` used only when the user is new.
 */
export async function ensureUser(services: Pick<Services, "db" | "now">, user: UserIdentity): Promise<UserIdentity> {
  const byEmail = () =>
    services.db.select({ id: users.id, email: users.email }).from(users).where(eq(users.email, user.email)).limit(1);
  const [known] = await byEmail();
  if (known) return known;
  await services.db
    .insert(users)
    .values({ id: user.id, email: user.email, createdAt: services.now() })
    .onConflictDoNothing();
  const [made] = await byEmail();
  if (!made) throw new Error(`user ${user.id} exists with another email`);
  return made;
}
