import { type PlanInput, type PlanOutcome, planQuestion } from "../../ask/plan.ts";
import { indexSchema } from "../../ask/schema.ts";
import { suggestQuestions } from "../../ask/suggest.ts";

const WRITES =
  /^\s*(?:please\s+|now\s+|then\s+|and\s+|can you\s+|could you\s+)*(?:delete|drop|truncate|erase|wipe|destroy|overwrite|update|insert|alter|rename|replace)\b/i;
/** What leans on what was asked before, by its beginning or by its pronouns. */
const LEANS =
  /^\s*(?:and|but|also|now|then|ok(?:ay)?|what about|how about|only|just|same|instead|again)\b|\b(?:them|those|these|it|its|they|their|same|also|instead|too|as well)\b/i;
/** What may do so when no question of its own comes after it: “for 2023”, but not “for each year, how many …”. */
const MAY_LEAN = /^\s*(?:sort|order|make|without|excluding|except|for|in|by|per|from|since|with|to|as|of)\b/i;
const OWN_QUESTION =
  /\b(?:how|what|which|who|whose|where|when|show|list|find|give|tell|display|return|calculate|compute|count|get)\b/i;
const ASKS = /^\s*(?:how|what|which|who|whose|where|when|why|is|are|do|does|did)\b/i;
/** “top 5”, “Germany?”, “as a pie chart” */
const FRAGMENT_WORDS = 3;

/**
 * The built-in planner in a conversation. A text is read as a follow-up only where it leans on the question before, and every word of it has
 * a place: a question of its own about things that are not there must not be answered with figures of the one before.
 */
export function planInConversation(input: PlanInput): PlanOutcome {
  const { question, previous, tables, now } = input;
  if (WRITES.test(question))
    return {
      kind: "declined",
      message: "I only read data: nothing can be changed or deleted by a question.",
      nearest: suggestQuestions(indexSchema(tables), question),
      refused: true,
    };
  const alone = planQuestion({ question, tables, now });
  if (!previous || !mayLean(question)) return alone;
  const joined = planQuestion(input);
  const isJoined = joined.kind === "planned" && joined.questions.length > 1;
  return isJoined && joined.doubts.length > 0 ? alone : joined;
}

/**
 * What a model is told of the conversation: the questions before only where the text may lean on them.
 *
 * @param draft the built-in planner's outcome.
 */
export function inputForModel(input: PlanInput, draft: PlanOutcome): PlanInput {
  const { question, tables, now } = input;
  const standsAlone = draft.kind === "planned" && draft.questions.length === 1;
  return standsAlone || !mayLean(question) ? { question, tables, now } : input;
}

/** Whether the built-in planner can answer a question of its own. */
export function isAnswerable(question: string, { tables, now }: PlanInput): boolean {
  return planQuestion({ question, tables, now }).kind === "planned";
}

function mayLean(question: string): boolean {
  if (LEANS.test(question) || (MAY_LEAN.test(question) && !OWN_QUESTION.test(question))) return true;
  const words = question.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
  return words <= (ASKS.test(question) ? FRAGMENT_WORDS - 1 : FRAGMENT_WORDS);
}
