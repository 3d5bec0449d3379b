/** Questions about the tables that can be answered, nearest to what was asked first. */
import type { Column, Schema, Table } from "./schema.ts";
import { splitIdentifier, stemWord } from "./words.ts";

const MOST = 4;

/** Up to four answerable questions that share words with the one asked. */
export function suggestQuestions(schema: Schema, question: string): string[] {
  const asked = new Set(splitIdentifier(question.slice(0, 2000)).map(stemWord));
  const nearness = (words: readonly { stem: string }[]): number => words.filter((word) => asked.has(word.stem)).length;
  const ideas: { text: string; score: number }[] = [];
  for (const table of schema.tables) {
    ideas.push({ text: `How many rows are there in ${table.name}?`, score: nearness(table.words) * 0.5 });
    for (const column of table.columns) {
      const idea = ideaFor(table, column);
      if (idea !== undefined) ideas.push({ text: idea, score: nearness(column.words) + nearness(table.words) * 0.3 });
    }
  }
  return ideas
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST)
    .map((idea) => idea.text);
}

function ideaFor(table: Table, column: Column): string | undefined {
  const name = column.name.replaceAll("_", " ");
  const measure = table.columns.find((other) => other.numeric && !other.identifier && !other.year && other !== column);
  if (column.identifier) return undefined;
  if (column.category && !column.unique)
    return measure === undefined
      ? `How many rows are there for each ${name}?`
      : `What is the average ${measure.name.replaceAll("_", " ")} by ${name}?`;
  if (column.numeric && !column.year) return `What is the average ${name}?`;
  return column.temporal ? `How many rows are there per month of ${name}?` : undefined;
}
