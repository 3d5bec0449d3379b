/** What a key may do: read, change, and manage keys. A file of its own, as commands need it without the database's library. */
export const SCOPES = ["read", "write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];
