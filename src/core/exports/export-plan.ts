import type { ExportRow } from "../../storage/exports.ts";
import type { SessionSource } from "../services.ts";
import type { ExportFormat } from "./export-format.ts";

/** One file that an export is going to have. */
export interface PlannedFile {
  filename: string;
  content:
    | { kind: "table"; format: ExportFormat; source: SessionSource; rowCount: number }
    | {
        kind: "original";
        contentType: string;
        object: { key: string; etag: string; sizeBytes: number };
        compressed: boolean;
        rowCount: number;
      }
    | { kind: "query"; format: ExportFormat; sql: string; tables: SessionSource[] };
}

/**
 * What an export will do, settled when it is asked for: its tables and bytes never change, so that the job gives the same result
 * whenever it runs. Plain JSON, kept as the export's `request`.
 */
export interface ExportPlan {
  files: PlannedFile[];
  includeHeaders: boolean;
  /** Base of the URLs in mails and webhooks. */
  origin: string;
  /** Where a mail goes when all is done; null for none. */
  mailTo: string | null;
  webhook: { url: string; secret: string } | null;
}

/** The plan of an export. */
export function planOf(row: Pick<ExportRow, "request">): ExportPlan {
  return row.request as unknown as ExportPlan;
}
