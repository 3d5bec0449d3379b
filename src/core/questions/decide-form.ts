import type { ResultShape } from "../../ask/types.ts";
import type { AnswerForm } from "../services.ts";
import { asksForPicture, asksForTrend } from "./read-wishes.ts";

export interface FormHints {
  /** The question's words. */
  question: string;
  /** The form that the caller or the question names. */
  wished?: AnswerForm | undefined;
  /** What is known of the result before it is there; nothing when a model wrote the query. */
  shape?: ResultShape | undefined;
  /** Whether the planner read a wish for a picture; unknown when a model wrote the query. */
  asksChart?: boolean | undefined;
  /** A single figure is told in a sentence rather than as a table (v1 of the Data API). */
  saysValues: boolean;
}

/**
 * The form of an answer: the one named; else a picture where the question asks for one in words (visualize, chart, plot, distribution,
 * trend); else a sentence for a single figure where the API has sentences; else a table.
 */
export function decideForm({ question, wished, shape, asksChart, saysValues }: FormHints): AnswerForm {
  if (wished) return wished;
  if (asksChart ?? asksForPicture(question)) return "visualization";
  if (shape?.chart !== undefined || shape?.intent === "distribution") return "visualization";
  if (shape?.intent === "trend" && asksForTrend(question)) return "visualization";
  return saysValues && shape?.intent === "value" ? "text" : "table";
}
