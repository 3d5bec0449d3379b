import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { JobRow } from "../../storage/jobs.ts";
import { JOB_STATUSES } from "../../storage/schema.ts";
import type { AppEnv } from "../context.ts";
import { json } from "../contracts.ts";
import { preferredWaitSeconds } from "../prefer.ts";

/** What is known while a job is still at work. */
export const PendingAnswer = z
  .object({
    job_id: z.string().openapi({ example: "job_stu345vwx678" }),
    status: z.enum(JOB_STATUSES),
    progress: z.number().openapi({ description: "0 to 1." }),
    message: z.string().nullable(),
    links: z.object({ job: z.string(), events: z.string() }),
  })
  .catchall(z.unknown())
  .openapi("PendingAnswer");

/** The 202 of a route's contract. */
export const pendingAnswer = {
  202: json(PendingAnswer, "Not done yet: a job to follow. Ask again once it is completed."),
} as const;

/** The request header that says how long to wait. */
export const preferHeader = z.object({
  prefer: z
    .string()
    .optional()
    .openapi({ description: "`respond-async`: answer with 202 and a job at once. `wait=N`: wait N seconds at most." }),
});

/**
 * Until when a request waits for a job (RFC 7240): not at all with `respond-async`, `wait` seconds when it names them, never longer than
 * the limit.
 *
 * @returns undefined when the caller wants no waiting.
 */
export function patienceOf(c: Context<AppEnv>): Date | undefined {
  const { services } = c.var;
  const prefer = c.req.header("prefer") ?? "";
  const wait = preferredWaitSeconds(c);
  const isAsync = /(?:^|[,\s])respond-async(?=[,;\s]|$)/i.test(prefer);
  if (isAsync && wait === undefined) return undefined;
  const seconds = Math.min(wait ?? Number.POSITIVE_INFINITY, services.limits.DATASET_WAIT_SECONDS);
  return new Date(services.now().getTime() + seconds * 1000);
}

/** Answers with the job that is still at work. */
export function answerPending(c: Context<AppEnv>, job: JobRow, more: Record<string, unknown> = {}) {
  const { origin } = c.var.services;
  c.header("location", `${origin}/jobs/${job.id}`);
  c.header("retry-after", "2");
  c.header("cache-control", "no-store");
  if (/respond-async/i.test(c.req.header("prefer") ?? "")) c.header("preference-applied", "respond-async");
  return c.json(
    {
      ...more,
      job_id: job.id,
      status: job.status,
      progress: job.progress,
      message: job.message,
      links: { job: `${origin}/jobs/${job.id}`, events: `${origin}/jobs/${job.id}/events` },
    },
    202,
  );
}
