/** Users, their keys, and the organisations whose members share files. */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Scope } from "../scopes.ts";
import { json, time } from "./columns.ts";

/** Who owns things. `number` is the Files API's `author`. */
export const users = sqliteTable("users", {
  number: integer("number").primaryKey({ autoIncrement: true }),
  id: text("id").notNull().unique(),
  email: text("email").notNull().unique(),
  createdAt: time("created_at").notNull(),
});

export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name").notNull(),
    /** SHA-256 of the key, hexadecimal. The key itself is shown once and never stored. */
    hash: text("hash").notNull().unique(),
    /** The key's first characters, to tell keys apart in a list. */
    prefix: text("prefix").notNull(),
    scopes: json<Scope[]>("scopes").notNull(),
    createdAt: time("created_at").notNull(),
    expiresAt: time("expires_at"),
    revokedAt: time("revoked_at"),
    lastUsedAt: time("last_used_at"),
  },
  (t) => [index("api_keys_user").on(t.userId, t.createdAt)],
);

/** An organisation of the Files API: its members share their files. */
export const organizations = sqliteTable("organizations", {
  id: text("id").primaryKey(),
  name: text("name").notNull().unique(),
  createdAt: time("created_at").notNull(),
});

export const organizationMembers = sqliteTable(
  "organization_members",
  {
    organizationId: text("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
  },
  (t) => [primaryKey({ columns: [t.organizationId, t.userId] }), index("organization_members_user").on(t.userId)],
);
