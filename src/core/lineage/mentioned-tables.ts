import { LexerError, readTokens } from "../../engine/lexer.ts";

/**
 * Those of a session's tables that a query mentions: by the lexer's tokens, so that comments and strings do not count. A column that is
 * called like a table counts as the table.
 */
export function mentionedTables<T extends { name: string }>(sql: string, tables: readonly T[]): T[] {
  try {
    const mentioned = new Set<string>();
    for (const token of readTokens(sql))
      if (token.kind === "word" || token.kind === "quoted") mentioned.add(token.value.toLowerCase());
    return tables.filter((table) => mentioned.has(table.name.toLowerCase()));
  } catch (error) {
    if (error instanceof LexerError) return [];
    throw error;
  }
}
