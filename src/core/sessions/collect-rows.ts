import { AppError, type ErrorCode } from "../errors.ts";
import type { QueryAnswer, RowsEnd } from "../services.ts";

/** A whole result in memory. Its size is bounded by the limits of the query that made it. */
export interface CollectedRows {
  columns: QueryAnswer["columns"];
  /** Cells as JSON answers have them. */
  rows: unknown[][];
  end: RowsEnd;
}

/** Reads a `json` answer to its end. @throws AppError with what made its rows break off. */
export async function collectRows(answer: QueryAnswer): Promise<CollectedRows> {
  const text = await new Response(answer.body).text();
  const split = text.lastIndexOf("\n");
  if (split < 0)
    throw new AppError("service_unavailable", "The session stopped in the middle of the answer. Ask again.");
  const end = JSON.parse(text.slice(split + 1)) as RowsEnd;
  if (end.error) throw new AppError(end.error.code as ErrorCode, end.error.message);
  return { columns: answer.columns, rows: JSON.parse(`[${text.slice(0, split)}]`) as unknown[][], end };
}
