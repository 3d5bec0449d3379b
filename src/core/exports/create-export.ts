import { checkReadOnly, EngineError } from "../../engine/index.ts";
import { type ExportRow, insertExport } from "../../storage/exports.ts";
import { listTablesByIds } from "../../storage/tables.ts";
import { AppError, invalidField } from "../errors.ts";
import { sendJob } from "../jobs/send-job.ts";
import type { Caller, Services, SessionSource } from "../services.ts";
import { getActiveSession } from "../sessions/find-session.ts";
import { sessionSource } from "../tables/session-source.ts";
import type { ExportFormat } from "./export-format.ts";
import type { ExportPlan, PlannedFile } from "./export-plan.ts";
import { planUpload } from "./plan-upload.ts";
import { faultOfWebhookUrl } from "./webhook-url.ts";

export interface NewExport {
  /** Either an upload, whole or some of its files, … */
  uploadId?: string | undefined;
  files?: readonly string[] | undefined;
  /** … or the whole result of a query in a session. */
  sessionId?: string | undefined;
  query?: string | undefined;
  format?: ExportFormat | undefined;
  includeHeaders: boolean;
  emailNotification: boolean;
  webhookUrl?: string | undefined;
}

export interface CreatedExport {
  row: ExportRow;
  estimatedCompletion: Date;
  /** Signs what is POSTed to the webhook; told this once. */
  webhookSecret: string | null;
}

/** What an export writes per second at the least, for the estimate of its end. */
const ROWS_PER_SECOND = 100_000;
/** Of a query nobody knows how long it takes. */
const QUERY_SECONDS = 30;
const RESULT_NAME = "result";

/**
 * Begins an export: settles what it will hold, and queues its job.
 *
 * @throws AppError `not_found` for the upload or session; `gone` for a session that has ended; `query_refused` for SQL that does more
 * than read; `resource_conflict` while the upload is not parsed; `validation_failed` for everything that does not go together.
 */
export async function createExport(services: Services, caller: Caller, input: NewExport): Promise<CreatedExport> {
  const { files, uploadId } = await planContent(services, caller, input);
  checkNotifications(services, caller, input);
  const now = services.now();
  const id = `export_${services.randomId()}`;
  const jobId = `job_${services.randomId()}`;
  const webhookSecret = input.webhookUrl === undefined ? null : newSecret();
  const plan: ExportPlan = {
    files,
    includeHeaders: input.includeHeaders,
    origin: services.origin,
    mailTo: input.emailNotification ? caller.email : null,
    webhook: input.webhookUrl !== undefined && webhookSecret ? { url: input.webhookUrl, secret: webhookSecret } : null,
  };
  const row: ExportRow = {
    id,
    userId: caller.userId,
    jobId,
    uploadId: input.uploadId ?? null,
    sessionId: input.sessionId ?? null,
    format: input.format ?? null,
    request: { ...plan },
    files: null,
    createdAt: now,
    completedAt: null,
    expiresAt: null,
    removedAt: null,
  };
  await insertExport(services.db, row, {
    id: jobId,
    userId: caller.userId,
    type: "export",
    status: "pending",
    progress: 0,
    message: "Waiting for a free workbench.",
    uploadId,
    input: { export_id: id },
    attempts: 0,
    createdAt: now,
  });
  await sendJob(services, jobId);
  return { row, estimatedCompletion: new Date(now.getTime() + 1000 * estimateSeconds(files)), webhookSecret };
}

async function planContent(
  services: Services,
  caller: Caller,
  input: NewExport,
): Promise<{ files: PlannedFile[]; uploadId: string | null }> {
  const { uploadId, sessionId, query } = input;
  if (uploadId !== undefined) {
    if (sessionId !== undefined || query !== undefined)
      throw invalidField(
        "upload_id",
        "An export is of an upload or of a query: give upload_id alone, or session_id with query.",
      );
    return { files: await planUpload(services, caller, { ...input, uploadId }), uploadId };
  }
  if (sessionId === undefined)
    throw invalidField("upload_id", "Say what to export: an upload_id, or a session_id with a query.");
  if (query === undefined)
    throw invalidField("query", "Give the query whose result is to be exported from the session.");
  if (input.files !== undefined)
    throw invalidField("files", "Files are exported from an upload; a query's result is one file.");
  return planQuery(services, caller, sessionId, query, input.format ?? "csv");
}

async function planQuery(
  services: Services,
  caller: Caller,
  sessionId: string,
  sql: string,
  format: ExportFormat,
): Promise<{ files: PlannedFile[]; uploadId: string | null }> {
  if (sql.length > services.limits.MAX_QUERY_CHARACTERS)
    throw invalidField(
      "query",
      `A query may have at most ${services.limits.MAX_QUERY_CHARACTERS} characters; this one has ${sql.length}.`,
    );
  const session = await getActiveSession(services, caller, sessionId);
  try {
    checkReadOnly(sql);
  } catch (error) {
    if (error instanceof EngineError) throw new AppError("query_refused", error.message, {}, { cause: error });
    throw error;
  }
  const rows = new Map(
    (
      await listTablesByIds(
        services.db,
        session.tables.map((table) => table.tableId),
      )
    ).map((row) => [row.id, row]),
  );
  const tables = session.tables.map(({ name, tableId, filename }): SessionSource => {
    const row = rows.get(tableId);
    if (!row)
      throw new AppError("gone", `The table “${name}” of the session is no longer there: “${filename}” was deleted.`);
    return sessionSource(name, row);
  });
  return {
    files: [{ filename: `${RESULT_NAME}.${format}`, content: { kind: "query", format, sql, tables } }],
    uploadId: session.uploadId,
  };
}

function checkNotifications(services: Services, caller: Caller, input: NewExport): void {
  if (input.emailNotification && !services.mailer)
    throw invalidField(
      "email_notification",
      "This installation sends no mail: its operator has to bind send_email and set MAIL_FROM. Leave email_notification out, or use webhook_url.",
    );
  if (input.emailNotification && !caller.email.includes("@"))
    throw invalidField("email_notification", "Your account has no email address. Use webhook_url instead.");
  const fault =
    input.webhookUrl === undefined ? undefined : faultOfWebhookUrl(input.webhookUrl, services.allowsLocalWebhooks);
  if (fault) throw invalidField("webhook_url", fault);
}

/** As Standard Webhooks names it: `whsec_` and 24 to 64 random bytes in base64. */
function newSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
}

function estimateSeconds(files: readonly PlannedFile[]): number {
  const seconds = files.map(({ content }) =>
    content.kind === "query" ? QUERY_SECONDS : content.rowCount / ROWS_PER_SECOND,
  );
  return 2 + seconds.reduce((sum, some) => sum + some, 0);
}
