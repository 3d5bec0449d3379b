/** Questions that are none: empty, far too long, not in English, or told to do something else than read. */
import type { TableInfo } from "./types.ts";

/** The longest question that is read, in characters. */
export const LONGEST_QUESTION = 2000;

const WRITES =
  /\b(?:drop|delete|truncate|alter|insert\s+into|update|create|grant|revoke|attach|detach|install|copy|pragma|vacuum|rename|overwrite|erase|wipe|destroy|remove)\b\s+(?:all\s+)?(?:the\s+|this\s+|my\s+|a\s+|every\s+)?(?:table|tables|column|columns|row|rows|data|database|schema|view|index|record|records|extension|file|files|everything|users?|from|set|into)\b/i;
/** A sentence that begins by telling to change something ("delete all customers from US"). */
const CHANGES =
  /^\s*(?:please\s+|(?:can|could|would) you (?:please )?)?(?:delete|drop|truncate|update|insert|erase|wipe|remove|rename|alter|overwrite|destroy)\s+(?!rates?\b|counts?\b|shares?\b|frequency\b)\w/i;
const STAR = /^\s*select\s+\*\s/i;
const REASONS = /^\s*(?:but |and )?why\b/i;
const FORECASTS =
  /\b(?:predict|forecast|extrapolate)\b|^\s*(?:what|how (?:much|many)|which|when|where|who)\b.*\bwill\b.*\b(?:be|have|get|grow|sell|earn|reach|become)\b/i;
const ORDERS =
  /\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:above|previous|prior|earlier|all|your|these|the)\b.{0,30}\b(?:instructions?|prompts?|rules?|messages?|above|context|everything|system)\b|\bignore (?:the|all|everything) (?:above|previous|before)\b|\bsystem prompt\b|\byou are now\b|\bact as\b|\bpretend (?:to be|you)\b|\bjailbreak\b|\breveal your\b/i;
const SQL_TRICKS =
  /;\s*(?:drop|delete|insert|update|alter|create|attach|copy)\b|\bunion\s+(?:all\s+)?select\b|\bor\s+1\s*=\s*1\b|--\s*$|\/\*|\bxp_cmdshell\b|\bread_(?:csv|parquet|text|blob|json)\b|<script\b/i;
const ENGLISH = new Set(
  "the a an of in is are was were what which who how many much show list give find all and or by for with each per average total number count most least highest lowest top more than less between where when do does did have has me to from name names not no that maximum minimum it only as now about last first plot chart sort order tell get display over on".split(
    " ",
  ),
);
const FOREIGN = new Set(
  "el los las una que cual cuales cuantos cuantas cuántos cuántas cuál cuáles muestra mostrar por para como dónde der die das und ist wie viele welche welcher zeige alle mit von für nach quel quelle quels combien les des est dans une liste montre avec pour quali quanti quante dei delle della mostra qual quantos quantas mostre os uma hoeveel welke toon zijn het een".split(
    " ",
  ),
);

/** What no table can answer: reasons, and the future. Gives the sentence that says so. */
export function findUnanswerable(question: string): string | undefined {
  if (REASONS.test(question))
    return "I can tell what the tables hold, not why it is so. Ask for the figures, for example by group or over time.";
  if (FORECASTS.test(question)) return "I can only tell what the tables hold; I do not forecast.";
  return undefined;
}

/** Why a text is not taken as a question; undefined when it is. */
export function refuseQuestion(question: string, tables: readonly TableInfo[]): string | undefined {
  const text = question.trim();
  if (text === "") return "The question is empty. Ask something about the tables, for example how many rows there are.";
  if (text.length > LONGEST_QUESTION)
    return `The question has ${text.length} characters; at most ${LONGEST_QUESTION} are read. Please ask it in a sentence or two.`;
  if (tables.length === 0 || tables.every((table) => table.columns.length === 0))
    return "There are no tables to ask about in this session.";
  if (STAR.test(text)) return "That is SQL. Send it with the query type “sql”, or ask in words.";
  if (WRITES.test(text) || CHANGES.test(text))
    return "I only read data: nothing can be changed or deleted by a question.";
  if (ORDERS.test(text) || SQL_TRICKS.test(text))
    return "That is not a question about the data. Ask what you want to know about the tables.";
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters < 2) return "I see no words in the question. Ask in English what you want to know about the tables.";
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (latin < letters * 0.6) return "I only understand questions in English.";
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const foreign = words.filter((word) => FOREIGN.has(word) && !ENGLISH.has(word)).length;
  const english = words.filter((word) => ENGLISH.has(word)).length;
  if (foreign >= 2 && foreign > english) return "I only understand questions in English.";
  return undefined;
}
