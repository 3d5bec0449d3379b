import { LexerError, readTokens, type Token } from "./lexer.ts";

/**
 * A query cut into passes that each see the rows of some groups only, and so need a fraction of the memory. Run `fill` one after
 * the other, then `read` gives the query's answer, then `drop`.
 */
export interface PartitionPlan {
  readonly fill: readonly string[];
  readonly read: string;
  readonly drop: string;
}

const TABLE = "temp.main.eider_partitions";
const CLAUSES = ["select", "from", "where", "group", "having", "order", "limit", "offset"] as const;
type Clause = (typeof CLAUSES)[number];

/** Words that make the passes differ from the whole: other clauses, or rows that change from pass to pass. */
const REFUSED_ANYWHERE = new Set(
  "with union intersect except qualify window over sample tablesample rollup cube grouping sets collate random setseed uuid uuidv4 uuidv7 gen_random_uuid nextval pivot unpivot summarize positional asof".split(
    " ",
  ),
);
/** Aggregates whose answer depends on the order of rows, which a filter may change. */
const ORDER_BOUND = new Set(
  "first last any_value arbitrary list array_agg string_agg group_concat listagg arg_min arg_max min_by max_by mode".split(
    " ",
  ),
);

interface Item {
  readonly expression: string;
  readonly alias: string | undefined;
}

/**
 * Plans a `GROUP BY`, `DISTINCT` or lone `count(DISTINCT …)` in passes by the hash of its keys. A group is in exactly one pass, so
 * that together they are the query's answer; order and limit are applied to the whole at the end.
 *
 * @param columns names of the query's columns, in order
 * @returns undefined where the passes cannot be shown to be equal to the whole
 */
export function planPartitions(sql: string, columns: readonly string[], passes = 16): PartitionPlan | undefined {
  const clauses = readClauses(sql);
  if (!clauses?.from) return undefined;
  const items = readItems(sql, clauses.select);
  if (!items || items.length !== columns.length) return undefined;
  const counted = items.length === 1 && !clauses.group ? readDistinctCount(items[0]!.expression) : undefined;
  const isDistinct = clauses.select[1]?.value === "distinct";
  const keys = clauses.group
    ? readKeys(sql, clauses.group, items)
    : counted
      ? [counted]
      : isDistinct
        ? items.map(({ expression }) => expression)
        : undefined;
  if (!keys || (isDistinct && clauses.group)) return undefined;
  const order = clauses.order && readOrder(sql, clauses.order, items, columns);
  if (clauses.order && !order) return undefined;
  if (counted && (clauses.order || clauses.limit || clauses.having)) return undefined;

  const part = (clause: Clause) => (clauses[clause] ? textOf(sql, clauses[clause]) : "");
  const where = clauses.where ? `(${textOf(sql, clauses.where.slice(1))}\n) AND ` : "";
  const pass = (index: number) =>
    `SELECT ${columns.map((_, position) => `#${position + 1} AS c${position + 1}`).join(", ")} FROM (${part("select")} ${part("from")}
WHERE ${where}hash(${keys.join(", ")}) % ${passes} = ${index} ${part("group")} ${part("having")}\n)`;
  const names = columns.map((name, position) => `c${position + 1} AS "${name.replaceAll('"', '""')}"`).join(", ");
  const total = `coalesce(sum(c1), 0)::BIGINT AS "${columns[0]!.replaceAll('"', '""')}"`;
  return {
    fill: Array.from({ length: passes }, (_, index) =>
      index === 0
        ? `CREATE OR REPLACE TEMP TABLE eider_partitions AS ${pass(0)}`
        : `INSERT INTO ${TABLE} ${pass(index)}`,
    ),
    read: `SELECT ${counted ? total : names} FROM ${TABLE} ${order ?? ""} ${part("limit")} ${part("offset")}`.trim(),
    drop: `DROP TABLE IF EXISTS ${TABLE}`,
  };
}

function textOf(sql: string, tokens: readonly Token[]): string {
  return tokens.length === 0 ? "" : sql.slice(tokens[0]!.start, tokens.at(-1)!.end);
}

/** Cuts a plain SELECT at its clauses; undefined for anything else. */
function readClauses(sql: string): (Partial<Record<Clause, Token[]>> & { select: Token[] }) | undefined {
  let tokens: Token[];
  try {
    tokens = readTokens(sql);
  } catch (error) {
    if (error instanceof LexerError) return undefined;
    throw error;
  }
  while (tokens.at(-1)?.text === ";") tokens.pop();
  if (tokens[0]?.value !== "select") return undefined;
  const clauses: Partial<Record<Clause, Token[]>> = {};
  let current: Token[] | undefined;
  let last = -1;
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "parameter" || token.text === ";") return undefined;
    if (token.text === "(" || token.text === "[" || token.text === "{") depth++;
    if (token.text === ")" || token.text === "]" || token.text === "}") depth--;
    if (token.kind === "word") {
      if (REFUSED_ANYWHERE.has(token.value)) return undefined;
      // A limit inside may take other rows in each pass; and so may an aggregate that goes by the order of rows.
      if (depth > 0 && (token.value === "limit" || token.value === "offset")) return undefined;
      if (ORDER_BOUND.has(token.value) && tokens[index + 1]?.text === "(") return undefined;
      const position = (CLAUSES as readonly string[]).indexOf(token.value);
      const isDistinctFrom = token.value === "from" && tokens[index - 1]?.value === "distinct";
      if (depth === 0 && position >= 0 && !isDistinctFrom) {
        if (position <= last) return undefined;
        last = position;
        current = [];
        clauses[token.value as Clause] = current;
      }
    }
    current?.push(token);
  }
  if (clauses.limit?.some(({ text }) => text === "%" || text === "percent")) return undefined;
  return clauses.select ? { ...clauses, select: clauses.select } : undefined;
}

/** Splits at commas outside of all brackets. */
function splitList(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (/^[([{]$/.test(token.text)) depth++;
    if (/^[)\]}]$/.test(token.text)) depth--;
    if (depth === 0 && token.text === ",") parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}

function readItems(sql: string, select: readonly Token[]): Item[] | undefined {
  const isDistinct = select[1]?.value === "distinct";
  if (isDistinct && select[2]?.value === "on") return undefined;
  if (select[1]?.value === "all") return undefined;
  const items: Item[] = [];
  for (const tokens of splitList(select.slice(isDistinct ? 2 : 1))) {
    if (tokens.length === 0) return undefined;
    if (
      tokens.some(
        ({ text, value }, index) =>
          value === "columns" || value === "unnest" || (text === "*" && isStar(tokens, index)),
      )
    ) {
      return undefined;
    }
    const as = tokens.findLastIndex(({ kind, value }) => kind === "word" && value === "as");
    const hasAlias = as > 0 && as === tokens.length - 2 && tokens.at(-1)!.kind !== "symbol";
    const expression = textOf(sql, hasAlias ? tokens.slice(0, as) : tokens);
    // An alias without AS looks like two names in a row.
    const [before, last] = tokens.slice(-2);
    const isImplicit =
      !hasAlias && last && tokens.length > 1 && /^(?:word|quoted)$/.test(last.kind) && before?.kind !== "symbol";
    const closes =
      !hasAlias &&
      last &&
      tokens.length > 1 &&
      /^(?:word|quoted)$/.test(last.kind) &&
      /^[)\]]$/.test(before?.text ?? "");
    if (isImplicit || closes) {
      items.push({ expression: textOf(sql, tokens.slice(0, -1)), alias: last!.value });
    } else items.push({ expression, alias: hasAlias ? tokens.at(-1)!.value : undefined });
  }
  return items;
}

/** `*` as all columns, rather than as an operator or in `count(*)`. */
function isStar(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  return before === undefined || before.text === ".";
}

function readDistinctCount(expression: string): string | undefined {
  const tokens = readTokens(expression);
  if (tokens[0]?.value !== "count" || tokens[1]?.text !== "(" || tokens[2]?.value !== "distinct") return undefined;
  let depth = 0;
  const close = tokens.findIndex(({ text }) => {
    if (text === "(") depth++;
    return text === ")" && --depth === 0;
  });
  if (close !== tokens.length - 1) return undefined;
  const inner = tokens.slice(3, -1);
  return splitList(inner).length === 1 ? textOf(expression, inner) : undefined;
}

/** The grouped expressions; a number stands for the column at that position. */
function readKeys(sql: string, group: readonly Token[], items: readonly Item[]): string[] | undefined {
  const keys: string[] = [];
  for (const tokens of splitList(group.slice(2))) {
    const [first] = tokens;
    if (!first || (tokens.length === 1 && first.value === "all") || first.text === "(") return undefined;
    if (tokens.length === 1 && first.kind === "number") {
      const item = items[Number(first.text) - 1];
      if (!item) return undefined;
      keys.push(item.expression);
    } else keys.push(textOf(sql, tokens));
  }
  return keys;
}

/** The order by columns of the result, or undefined when it goes by something else. */
function readOrder(
  sql: string,
  order: readonly Token[],
  items: readonly Item[],
  columns: readonly string[],
): string | undefined {
  const terms: string[] = [];
  for (const tokens of splitList(order.slice(2))) {
    const end = tokens.findIndex(({ kind, value }) => kind === "word" && /^(?:asc|desc|nulls)$/.test(value));
    const what = textOf(sql, end < 0 ? tokens : tokens.slice(0, end));
    const how = end < 0 ? "" : textOf(sql, tokens.slice(end));
    const name = what.replace(/^"(.*)"$/s, "$1").toLowerCase();
    const position = /^\d+$/.test(what)
      ? Number(what)
      : 1 +
        items.findIndex(({ expression, alias }, index) =>
          alias !== undefined
            ? alias.toLowerCase() === name
            : expression === what || columns[index]?.toLowerCase() === name,
        );
    if (position < 1 || position > columns.length) return undefined;
    terms.push(`c${position} ${how}`.trim());
  }
  return `ORDER BY ${terms.join(", ")}`;
}
