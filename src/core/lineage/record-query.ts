import type { SessionRow } from "../../storage/sessions.ts";
import type { Services } from "../services.ts";
import { mentionedTables } from "./mentioned-tables.ts";
import { recordLineage } from "./record-lineage.ts";

/** Writes down which tables a query read, after its answer has begun. */
export function recordQuery(
  services: Pick<Services, "db" | "now" | "randomUuid" | "waitUntil">,
  session: Pick<SessionRow, "id" | "userId" | "tables">,
  query: { queryId: string; sql: string; startedAt: Date },
): void {
  const inputs = mentionedTables(query.sql, session.tables);
  if (inputs.length === 0) return;
  services.waitUntil(
    recordLineage(services, {
      userId: session.userId,
      kind: "query",
      runId: query.queryId,
      job: `session/${session.id}`,
      startedAt: query.startedAt,
      inputs: inputs.map((table) => ({ kind: "table", id: table.tableId, name: table.name })),
      outputs: [],
      sql: query.sql,
    }),
  );
}
