import { EngineError } from "../../engine/errors.ts";
import { FormatError } from "../../formats/source.ts";
import { beginJob, endJob, type JobEnding, type JobRow, pauseJob } from "../../storage/jobs.ts";
import type { FileProblem } from "../../storage/schema.ts";
import { runAnalysis } from "../analysis/run-analysis.ts";
import { runComparison } from "../datasets/run-comparison.ts";
import { AppError } from "../errors.ts";
import { abandonExport, failExport, runExport } from "../exports/run-export.ts";
import { type Bench, JobPaused, SHORT_OF_MEMORY } from "../ingest/bench.ts";
import { failIngest } from "../ingest/fail-ingest.ts";
import { ingestFile } from "../ingest/ingest-file.ts";
import { recordJob } from "../lineage/record-job.ts";
import { profileTableFile } from "../profiles/profile-table-file.ts";
import { queueProfilesOfFile } from "../profiles/queue-profile.ts";
import type { Services } from "../services.ts";

/** What a job did in this turn: it came to its end, or wants another turn. */
export type JobTurn = "ended" | "again";

/**
 * Works on a job until it has ended. May be killed anywhere and run again: what is done stays done, and the result is the same.
 *
 * Errors that the user can mend end the job at once; anything else is tried again, up to `MAX_JOB_ATTEMPTS`.
 */
export async function runJob(services: Services, bench: Bench, jobId: string): Promise<JobTurn> {
  const job = await beginJob(services.db, jobId, services.now());
  if (!job) {
    // It may have been cancelled between two turns.
    await abandonExport(services, bench, jobId);
    return "ended";
  }
  try {
    await conclude(services, bench, job, await perform(services, bench, job));
    return "ended";
  } catch (error) {
    if (bench.signal.aborted) return "ended";
    if (error instanceof JobPaused) {
      await pauseJob(services.db, job.id);
      return "again";
    }
    const memoryProblem = memoryProblemOf(error, job);
    const problem = problemOf(error) ?? (bench.notes.get(SHORT_OF_MEMORY) ? memoryProblem : undefined);
    if (memoryProblem) bench.notes.put(SHORT_OF_MEMORY, true);
    if (problem === undefined && job.attempts < services.limits.MAX_JOB_ATTEMPTS) {
      console.error({
        message: "A job will be tried again.",
        jobId,
        attempt: job.attempts,
        error: String(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
      return "again";
    }
    if (problem === undefined)
      console.error({
        message: "A job has failed for good.",
        jobId,
        error: String(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
    await conclude(services, bench, job, {
      status: "failed",
      problem: problem ?? INTERNAL_PROBLEMS[job.type],
    });
    return "ended";
  }
}

const INTERNAL: FileProblem = {
  code: "server_error",
  message:
    "Processing failed on our side, several times. Confirm the file again to retry; if it stays, report the job's id.",
};

const COMPUTING_INTERNAL: FileProblem = {
  code: "server_error",
  message:
    "The computation failed on our side, several times. Ask for it again later; if it stays, report the job's id.",
};

const EXPORT_INTERNAL: FileProblem = {
  code: "server_error",
  message: "The export failed on our side, several times. Ask for it again; if it stays, report the export's id.",
};

const INTERNAL_PROBLEMS: Record<JobRow["type"], FileProblem> = {
  ingest: INTERNAL,
  profile: COMPUTING_INTERNAL,
  compare: COMPUTING_INTERNAL,
  analysis: COMPUTING_INTERNAL,
  export: EXPORT_INTERNAL,
};

async function perform(services: Services, bench: Bench, job: JobRow): Promise<JobEnding> {
  switch (job.type) {
    case "ingest": {
      if (!job.fileId) return { status: "cancelled" };
      const outcome = await ingestFile(services, bench, job.fileId);
      if (outcome) await queueProfilesOfFile(services, job.fileId);
      if (!outcome) return { status: "cancelled" };
      const result = { ...outcome, engine_memory_bytes: bench.engine.memoryBytes };
      return { status: "completed", result, message: "Done." };
    }
    case "profile": {
      const outcome = await profileTableFile(services, bench, String(job.input["table_id"]));
      return outcome ? { status: "completed", result: { ...outcome }, message: "Done." } : { status: "cancelled" };
    }
    case "compare": {
      const outcome = await runComparison(services, bench, job);
      return outcome ? { status: "completed", result: { ...outcome }, message: "Done." } : { status: "cancelled" };
    }
    case "export": {
      const outcome = await runExport(services, bench, job);
      return outcome ? { status: "completed", result: { ...outcome }, message: "Done." } : { status: "cancelled" };
    }
    case "analysis": {
      const outcome = await runAnalysis(services, bench, job);
      return outcome ? { status: "completed", result: { ...outcome }, message: "Done." } : { status: "cancelled" };
    }
  }
}

/** Ends the job, and with it the file that an ingest could not read or the export that could not be made. */
async function conclude(services: Services, bench: Bench, job: JobRow, ending: JobEnding): Promise<void> {
  const now = services.now();
  if (ending.status === "failed" && job.type === "ingest" && job.fileId)
    await failIngest(services, job.fileId, ending.problem);
  if (ending.status === "failed" && job.type === "export") await failExport(services, bench, job, ending.problem);
  if (ending.status === "completed") await recordJob(services, job);
  await endJob(services.db, job.id, ending, now);
}

/** What to tell the user of an error that another try would only repeat; undefined for errors worth another try. */
function problemOf(error: unknown): FileProblem | undefined {
  if (error instanceof FormatError) return { code: "invalid_file", message: error.message };
  if (error instanceof AppError && error.code !== "server_error" && error.code !== "service_unavailable")
    return { code: error.code, message: error.message };
  if (error instanceof EngineError && error.code === "query_failed")
    return { code: "invalid_file", message: error.message };
  return undefined;
}

/** What to tell the user when a job ran out of memory. */
function memoryProblemOf(error: unknown, job: JobRow): FileProblem | undefined {
  if (!(error instanceof EngineError) || error.code !== "out_of_memory") return undefined;
  if (job.type !== "ingest") return { code: "query_too_large", message: error.message };
  return {
    code: "query_too_large",
    message:
      "The file needs more memory than there is, although it is read piece by piece. Cells of many megabytes or very many nested values in a row do that: shorten or split them, leave such columns out, or divide the file by columns.",
  };
}
