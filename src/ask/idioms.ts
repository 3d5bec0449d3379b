/** Turns of speech that stand for a figure or for whole rows ("profit margin", "at a loss", "best selling", "all rows"), said in plainer words. */
import { isQuantity } from "./computed.ts";
import type { Column, NameWord, Schema, Table } from "./schema.ts";
import { type Token, tokenize } from "./tokens.ts";
import { isMeasuredIn, isUnitWord } from "./units.ts";

function plain(text: string): Token[] {
  return tokenize(text).map((token) => ({ ...token, first: false, capital: false }));
}

function lowerAt(tokens: readonly Token[], at: number): string {
  return tokens[at]?.lower ?? "";
}

function replace(tokens: readonly Token[], from: number, to: number, text: string): Token[] {
  return [...tokens.slice(0, from), ...plain(text), ...tokens.slice(to)];
}

function says(column: Column, ...stems: string[]): boolean {
  return column.words.some((word) => stems.includes(word.stem));
}

function namesSomething({ tables, columns }: Schema, stem: string): boolean {
  return [...tables, ...columns].some((item) => item.words.some((word) => word.stem === stem));
}

function isFigure(column: Column): boolean {
  return column.numeric && !column.identifier && !column.year && column.computed === undefined;
}

/** A name as it is said: that of a column with all its words, as no other is called. */
function spoken(words: readonly NameWord[]): string {
  return words.map((word) => word.lower).join(" ");
}

/** The turns of speech of a question in plainer words. */
export function spellIdioms(tokens: readonly Token[], schema: Schema): readonly Token[] {
  let said = tokens;
  for (const rule of [
    spellEach,
    spellPlus,
    spellServing,
    spellUsedMost,
    spellPerUnit,
    spellRows,
    spellMargin,
    spellLoss,
    spellBestSelling,
    spellIncome,
    spellTimeSpent,
    spellOtherUnit,
  ])
    said = rule(said, schema);
  return said;
}

/** "each region's share of profit": the share by region. */
function spellEach(tokens: readonly Token[]): readonly Token[] {
  let at = 0;
  while (SHOWS.test(lowerAt(tokens, at)) || /^(?:what|is|are|the)$/.test(lowerAt(tokens, at))) at++;
  const owner = tokens.findIndex(({ lower }) => lower === "'s");
  if (!/^(?:each|every)$/.test(lowerAt(tokens, at)) || owner < at + 2 || owner > at + 3) return tokens;
  const end = tokens.findIndex(({ kind, text }, i) => i > owner && kind === "mark" && /[.?!]/.test(text));
  const last = end < 0 ? tokens.length : end;
  const [name, figure] = [tokens.slice(at + 1, owner), tokens.slice(owner + 1, last)];
  return figure.length === 0
    ? tokens
    : [...tokens.slice(0, at), ...figure, ...plain("by"), ...name, ...tokens.slice(last)];
}

/** "price per sqm": per what the one column in that unit holds. */
function spellPerUnit(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const at = tokens.findIndex(
    ({ lower }, i) => lower === "per" && isUnitWord(lowerAt(tokens, i + 1)) && lowerAt(tokens, i + 1).length > 1,
  );
  const unit = tokens[at + 1];
  if (
    at < 0 ||
    unit === undefined ||
    schema.columns.some(({ words }) => words.some((word) => !word.optional && word.stem === unit.stem))
  )
    return tokens;
  const [column, ...others] = schema.columns.filter(
    (candidate) =>
      isFigure(candidate) && candidate.words.some((word) => word.stem === unit.stem) && !says(candidate, "per"),
  );
  return column === undefined || others.length > 0 ? tokens : replace(tokens, at + 1, at + 2, spoken(column.words));
}

/** "10+ years": at least so many. */
function spellPlus(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token, at) => {
    if (token.text === "+" && tokens[at - 1]?.kind === "figure") return [];
    return token.kind === "figure" && tokens[at + 1]?.text === "+" ? [...plain("at least"), token] : [token];
  });
}

/** "the longest serving employee": the one who came first. */
function spellServing(tokens: readonly Token[]): readonly Token[] {
  const at = tokens.findIndex(
    ({ lower }, i) =>
      /^(?:longest|shortest)$/.test(lower) && /^(?:serving|standing|tenured)$/.test(lowerAt(tokens, i + 1)),
  );
  return at < 0 ? tokens : replace(tokens, at, at + 2, lowerAt(tokens, at) === "longest" ? "earliest" : "latest");
}

/** "which room is used the most": most often. */
function spellUsedMost(tokens: readonly Token[]): readonly Token[] {
  const at = tokens.findIndex(({ lower }) =>
    /^(?:used|booked|visited|chosen|picked|requested|viewed|rented|borrowed)$/.test(lower),
  );
  const most = lowerAt(tokens, at + 1) === "the" ? at + 2 : at + 1;
  const next = tokens[most + 1];
  if (at < 0 || !/^(?:most|least)$/.test(lowerAt(tokens, most))) return tokens;
  if (next !== undefined && next.kind !== "mark" && !/^(?:in|on|at|by|for|since|during|last|this)$/.test(next.lower))
    return tokens;
  return replace(tokens, at, most + 1, `${lowerAt(tokens, most)} often`);
}

const ROWS = /^(?:rows?|records?|entries|lines|columns?|fields?|data|details|info|information|everything)$/;
const SHOWS = /^(?:show|list|give|display|see|get|return|print|fetch|select|view|me|us|please|just|want|to)$/;

/** "show all rows of orders", "the whole table", "list all data": every column of the rows. */
function spellRows(tokens: readonly Token[], schema: Schema): readonly Token[] {
  let at = 0;
  while (SHOWS.test(lowerAt(tokens, at))) at++;
  const start = at;
  let few = "";
  if (/^(?:the|any|some|a)$/.test(lowerAt(tokens, at))) at++;
  const isFirst = /^(?:first|top)$/.test(lowerAt(tokens, at)) ? 1 : 0;
  if (tokens[at + isFirst]?.kind === "figure") {
    few = `first ${tokens[at + isFirst]?.text ?? ""} `;
    at += isFirst + 1;
  }
  const isWhole = /^(?:all|every|entire|whole|full|complete)$/.test(lowerAt(tokens, at));
  if (isWhole) at++;
  if (isWhole && /^(?:the|of)$/.test(lowerAt(tokens, at))) at++;
  const named = tableAt(tokens, at, schema);
  if (
    named !== undefined &&
    isWhole &&
    /^(?:table|data|dataset|rows|records)$/.test(lowerAt(tokens, at + named.length))
  )
    return rowsOf(tokens, start, at + named.length + 1, named.table, few);
  const isTable = isWhole && /^(?:table|dataset|sheet|file)$/.test(lowerAt(tokens, at));
  if (!isTable && !ROWS.test(lowerAt(tokens, at))) return tokens;
  if (schema.columns.some((column) => column.words.some((word) => word.stem === tokens[at]?.stem))) return tokens;
  let to = at + 1;
  while (
    /^(?:of|from|in|for|about|on|the|table|all)$/.test(lowerAt(tokens, to)) &&
    tableAt(tokens, to, schema) === undefined
  )
    to++;
  const owner = tableAt(tokens, to, schema);
  if (owner !== undefined) return rowsOf(tokens, start, to + owner.length, owner.table, few);
  const [only, ...others] = schema.tables;
  if (only === undefined || others.length > 0) return tokens;
  return rowsOf(tokens, start, at + 1, only, few);
}

function rowsOf(tokens: readonly Token[], from: number, to: number, table: Table, few: string): Token[] {
  return replace(tokens, from, to, `${few}everything about ${spoken(table.words)}`);
}

/** A table's whole name at a place. */
function tableAt(
  tokens: readonly Token[],
  at: number,
  { tables }: Schema,
): { table: Table; length: number } | undefined {
  const found = tables
    .filter(({ words }) => words.length > 0 && words.every((word, i) => tokens[at + i]?.stem === word.stem))
    .sort((a, b) => b.words.length - a.words.length)[0];
  return found === undefined ? undefined : { table: found, length: found.words.length };
}

/** "profit margin": the profit as a part of what was sold. */
function spellMargin(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const at = tokens.findIndex(({ lower }) => /^margins?$/.test(lower));
  if (at < 0 || schema.columns.some((column) => says(column, "margin"))) return tokens;
  const [profit, ...profits] = schema.columns.filter((column) => isFigure(column) && says(column, "profit"));
  const [sale, ...sales] = schema.columns.filter(
    (column) => isFigure(column) && column.table === profit?.table && says(column, "sal", "sale", "revenu", "turnover"),
  );
  if (profit === undefined || sale === undefined || profits.length + sales.length > 0) return tokens;
  let from = at;
  while (/^(?:profit|gross|net|average|avg|mean|overall)$/.test(lowerAt(tokens, from - 1))) from--;
  return replace(tokens, from, at + 1, `${spoken(profit.words)} as a percentage of ${spoken(sale.words)}`);
}

/** "sold at a loss", "at a profit": what was earned is below or above nothing. */
function spellLoss(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const at = tokens.findIndex(
    ({ lower }, i) =>
      lower === "at" && /^an?$/.test(lowerAt(tokens, i + 1)) && /^(?:loss|profit)$/.test(lowerAt(tokens, i + 2)),
  );
  const [profit, ...others] = schema.columns.filter(
    (column) => isFigure(column) && says(column, "profit", "margin", "gain"),
  );
  if (at < 0 || profit === undefined || others.length > 0) return tokens;
  return replace(
    tokens,
    at,
    at + 3,
    `with ${spoken(profit.words)} ${lowerAt(tokens, at + 2) === "loss" ? "below" : "above"} 0`,
  );
}

/** "best selling product", "most sold item": by the number of pieces. */
function spellBestSelling(tokens: readonly Token[], { columns }: Schema): readonly Token[] {
  const at = tokens.findIndex(
    ({ lower }, i) =>
      (/^(?:best|top|worst|least)$/.test(lower) && /^selling$/.test(lowerAt(tokens, i + 1).replace("-", ""))) ||
      (/^(?:most|least)$/.test(lower) && /^(?:sold|purchased|bought)$/.test(lowerAt(tokens, i + 1))),
  );
  const [pieces, ...others] = columns.filter((column) => isQuantity(column));
  const thing = lowerAt(tokens, at + 2);
  if (at < 0 || pieces === undefined || others.length > 0 || !/^\w+$/.test(thing)) return tokens;
  let from = at;
  while (tokens[from - 1]?.kind === "figure" || lowerAt(tokens, from - 1) === "the") from--;
  const figure = tokens.slice(from, at).find(({ kind }) => kind === "figure");
  const dir = /^(?:worst|least)$/.test(lowerAt(tokens, at)) ? "bottom" : "top";
  const count = figure?.text ?? "1";
  return [
    ...tokens.slice(0, from),
    ...plain(`${dir} ${count}`),
    ...tokens.slice(at + 2, at + 3),
    ...plain(`by total ${spoken(pieces.words)}`),
    ...tokens.slice(at + 3),
  ];
}

/** "fare income", "premium revenue": the total of a figure, where no column is called income. */
function spellIncome(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const at = tokens.findIndex(
    (token, i) =>
      /^(?:income|revenues?|takings|earnings|proceeds|volume)$/.test(token.lower) &&
      !namesSomething(schema, token.stem) &&
      schema.columns.some(
        (column) =>
          isFigure(column) &&
          column.words.length <= 2 &&
          column.words.some((word) => word.stem === tokens[i - 1]?.stem),
      ),
  );
  if (at < 0) return tokens;
  const isSaid = /^(?:total|average|avg|mean|median|highest|lowest|sum|most|least|of)$/.test(lowerAt(tokens, at - 2));
  return [
    ...tokens.slice(0, at - 1),
    ...(isSaid ? [] : plain("total")),
    ...tokens.slice(at - 1, at),
    ...tokens.slice(at + 1),
  ];
}

/** "wait time" of `wait_seconds`, "call duration" of `call_minutes`: what a figure in units of time is called. */
function spellTimeSpent(tokens: readonly Token[], { columns }: Schema): readonly Token[] {
  return tokens.filter((token, at) => {
    if (!/^(?:times?|durations?)$/.test(token.lower) || at === 0) return true;
    if (columns.some(({ words }) => words.some((word) => word.stem === token.stem))) return true;
    const named = columns.filter(
      (column) =>
        isFigure(column) &&
        isMeasuredIn("seconds", column) &&
        column.words.some((word) => !word.optional && word.stem === tokens[at - 1]?.stem),
    );
    return named.length !== 1;
  });
}

/** "hours played" of `minutes_played`: the figure of that name, in the other unit. */
function spellOtherUnit(tokens: readonly Token[], { columns }: Schema): readonly Token[] {
  for (const [at, { lower, stem }] of tokens.entries()) {
    const said = tokens[at + 1];
    if (
      said?.kind !== "word" ||
      lower.length < 2 ||
      !isUnitWord(lower) ||
      /^(?:in|per|by|each)$/.test(lowerAt(tokens, at - 1))
    )
      continue;
    if (columns.some(({ words }) => words.some((word) => word.stem === stem))) continue;
    const [column, ...others] = columns.filter(
      (candidate) =>
        isFigure(candidate) &&
        isMeasuredIn(lower, candidate) &&
        candidate.words.some((word) => word.stem === said.stem && !isUnitWord(word.lower)),
    );
    if (column === undefined || others.length > 0) continue;
    return [...tokens.slice(0, at), ...plain(`${spoken(column.words)} in ${lower}`), ...tokens.slice(at + 2)];
  }
  return tokens;
}
