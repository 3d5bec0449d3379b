import type { AnswerForm } from "../services.ts";

/** What a question says of the form of its answer rather than of the data. */
export interface Wishes {
  /** The question without the words that only a form is asked for with, as the planner is to read it. */
  question: string;
  /** The form that it names. */
  form: AnswerForm | undefined;
  /** It wants a file with a picture. */
  image: boolean;
}

const FILE = "(?:(?:image|picture|png|svg|jpe?g)(?: (?:file|image|picture))?)";
const AS_IMAGE = new RegExp(
  `[,;]?\\s*\\b(?:as|in|into|to) (?:an? |the )?${FILE}\\b(?! (?:size|count|column|url)s?)`,
  "i",
);
const IMAGE_OF = new RegExp(
  `\\b(?:draw|give|show|make|create|send|render|get)(?: me)? (?:an? |the )?${FILE} (?:of|for|with|showing) `,
  "i",
);
const IN_WORDS =
  /[,;]?\s*\b(?:in (?:plain )?words|in (?:a|one|two|a few) (?:short )?sentences?|as (?:plain )?text|as a sentence)\b/i;
const AS_TABLE = /[,;]?\s*\b(?:as|in) (?:an? |the )?(?:plain |simple )?table\b(?!\s+\w)/i;

/** Reads and removes what a question says of its answer's form: “as a PNG”, “in a sentence”, “as a table”, “draw a picture of …”. */
export function readWishes(question: string): Wishes {
  if (IMAGE_OF.test(question))
    return { question: question.replace(IMAGE_OF, "plot "), form: "visualization", image: true };
  if (AS_IMAGE.test(question)) return { question: question.replace(AS_IMAGE, ""), form: "visualization", image: true };
  if (IN_WORDS.test(question)) return { question: question.replace(IN_WORDS, ""), form: "text", image: false };
  if (AS_TABLE.test(question)) return { question: question.replace(AS_TABLE, ""), form: "table", image: false };
  return { question, form: undefined, image: false };
}

const PICTURE =
  /\b(?:visuali[sz]\w*|(?:bar|line|area|pie|column|donut|doughnut|flow)?[ -]?(?:chart|graph|plot|diagram)s?|draw|histograms?|heat ?maps?|scatter\w*)\b/i;
const TREND = /\btrends?\b/i;

/** Whether the words of a question ask for a picture, where no planner has told. */
export function asksForPicture(question: string): boolean {
  return PICTURE.test(question) || TREND.test(question);
}

export const asksForTrend = (question: string): boolean => TREND.test(question);
