import { invalidField } from "../../errors.ts";

/** A piece of a filter, with where it begins. */
export type FilterToken =
  | { kind: "word"; text: string; at: number }
  | { kind: "name"; text: string; at: number }
  | { kind: "text"; text: string; at: number }
  | { kind: "number"; text: string; at: number }
  | { kind: "symbol"; text: string; at: number }
  | { kind: "end"; text: ""; at: number };

const SPACE = /\s+/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_])/uy;
const WORD = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
const SYMBOL = /<=|>=|<>|!=|==|[=<>(),-]/y;
/** A quoted run, in which its quote is doubled. */
const QUOTED = { "'": /'((?:[^']|'')*)'/y, '"': /"((?:[^"]|"")*)"/y, "`": /`((?:[^`]|``)*)`/y } as const;

/** Cuts a filter into tokens. @throws AppError `validation_failed` that says where it cannot be read. */
export function readFilterTokens(filter: string): FilterToken[] {
  const tokens: FilterToken[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(filter);
  };
  while (at < filter.length) {
    const space = match(SPACE);
    if (space) {
      at += space[0].length;
      continue;
    }
    const token = readToken(filter, at, match);
    tokens.push(token.token);
    at += token.length;
  }
  tokens.push({ kind: "end", text: "", at });
  return tokens;
}

function readToken(
  filter: string,
  at: number,
  match: (pattern: RegExp) => RegExpExecArray | null,
): { token: FilterToken; length: number } {
  const first = filter[at] ?? "";
  if (first === "'" || first === '"' || first === "`") {
    const quoted = match(QUOTED[first]);
    if (!quoted) throw filterFault(at, `the quote ${first} is not closed`);
    const text = (quoted[1] ?? "").replaceAll(first + first, first);
    return { token: { kind: first === "'" ? "text" : "name", text, at }, length: quoted[0].length };
  }
  for (const [kind, pattern] of [
    ["number", NUMBER],
    ["word", WORD],
    ["symbol", SYMBOL],
  ] as const) {
    const found = match(pattern);
    if (found) return { token: { kind, text: found[0], at }, length: found[0].length };
  }
  throw filterFault(at, `“${[...filter.slice(at)][0] ?? ""}” does not belong here`);
}

/** A fault in `where`, with its place. */
export function filterFault(at: number, what: string) {
  return invalidField("where", `At character ${at + 1}, ${what}.`);
}
