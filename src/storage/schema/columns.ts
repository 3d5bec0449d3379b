import { integer, text } from "drizzle-orm/sqlite-core";

/** Milliseconds since the epoch, UTC. */
export const time = (name: string) => integer(name, { mode: "timestamp_ms" });
export const json = <T>(name: string) => text(name, { mode: "json" }).$type<T>();
