import type { ExportRow } from "../../storage/exports.ts";
import type { ExportedFile, FileProblem } from "../../storage/schema.ts";
import type { Bench } from "../ingest/bench.ts";
import type { Services } from "../services.ts";
import { formatBytes } from "../uploads/create-upload.ts";
import { type ExportPlan, planOf } from "./export-plan.ts";
import { sendWebhook, type WebhookResult } from "./webhook.ts";

export type ExportOutcome = { status: "completed"; files: ExportedFile[] } | { status: "failed"; problem: FileProblem };

/** What became of the notifications that were asked for. */
export interface Notifications {
  webhook?: WebhookResult;
  email?: "sent" | "failed";
}

const MAIL_ATTEMPTS = 3;

/**
 * Tells of the end of an export, by webhook and by mail, as it was asked for. Each is a step of its own: what was sent is noted and not
 * sent again, unless the process died between sending and noting. What cannot be delivered does not undo the export.
 */
export async function notify(
  services: Services,
  bench: Bench,
  row: ExportRow,
  outcome: ExportOutcome,
): Promise<Notifications> {
  const plan = planOf(row);
  const done: Notifications = bench.notes.get<Notifications>("notified") ?? {};
  if (plan.webhook && !done.webhook) {
    bench.report(0.98, "Calling the webhook.");
    const body = JSON.stringify({
      type: `export.${outcome.status}`,
      timestamp: services.now().toISOString(),
      data: describeOutcome(services, row, plan, outcome),
    });
    const message = { ...plan.webhook, id: `msg_${row.id}_${outcome.status}`, body };
    done.webhook = await sendWebhook(message, { now: services.now, signal: bench.signal });
    bench.notes.put("notified", done);
  }
  if (plan.mailTo && !done.email) {
    bench.report(0.99, "Sending the mail.");
    done.email = await sendMail(services, plan.mailTo, composeMail(services, row, plan, outcome));
    bench.notes.put("notified", done);
  }
  return done;
}

/** Where a file of an export is downloaded. */
export function downloadUrl(origin: string, exportId: string, filename: string): string {
  return `${origin}/data/export/${exportId}/${encodeURIComponent(filename)}`;
}

function expiryOf(services: Services, row: ExportRow): Date {
  return row.expiresAt ?? new Date(services.now().getTime() + services.limits.EXPORT_RETENTION_DAYS * 86_400_000);
}

function describeOutcome(services: Services, row: ExportRow, plan: ExportPlan, outcome: ExportOutcome): object {
  const facts = { export_id: row.id, status: outcome.status, created_at: row.createdAt.toISOString() };
  if (outcome.status === "failed") return { ...facts, error: outcome.problem };
  return {
    ...facts,
    files: outcome.files.map((file) => ({
      filename: file.filename,
      size_bytes: file.sizeBytes,
      download_url: downloadUrl(plan.origin, row.id, file.filename),
      expires_at: expiryOf(services, row).toISOString(),
    })),
  };
}

function composeMail(
  services: Services,
  row: ExportRow,
  plan: ExportPlan,
  outcome: ExportOutcome,
): { subject: string; text: string } {
  if (outcome.status === "failed")
    return {
      subject: "Your export has failed",
      text: `Your export ${row.id} could not be made.\n\n${outcome.problem.message}\n`,
    };
  const lines = outcome.files.map(
    (file) => `${file.filename} (${formatBytes(file.sizeBytes)})\n${downloadUrl(plan.origin, row.id, file.filename)}\n`,
  );
  const expires = expiryOf(services, row).toISOString();
  return {
    subject:
      outcome.files.length === 1 ? "Your export is ready" : `Your export is ready: ${outcome.files.length} files`,
    text: `Your export ${row.id} is ready.\n\n${lines.join("\n")}\nDownload with your API key until ${expires}; then the files are removed.\n`,
  };
}

async function sendMail(
  services: Services,
  to: string,
  mail: { subject: string; text: string },
): Promise<"sent" | "failed"> {
  for (let attempt = 1; attempt <= MAIL_ATTEMPTS; attempt++) {
    try {
      if (!services.mailer) return "failed";
      await services.mailer.send({ to, ...mail });
      return "sent";
    } catch (error) {
      console.error({ message: "A mail could not be sent.", attempt, error: String(error) });
    }
  }
  return "failed";
}
