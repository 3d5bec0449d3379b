/**
 * Functions whose steps grow faster than their arguments. DuckDB takes 2,048 rows at once and cannot be stopped on the way: as they are,
 * one row of `repeat('a', 200) LIKE '%_a%a%a%a%a%a%b'` would hold all that share the isolate for hours.
 */
import type { FunctionGroup } from "./function-group.ts";

/** The most steps for one row. */
const MOST_STEPS = 1_000_000;
/** So short a text has fewer than 1,000,000 ways to match, whatever the pattern: (20 choose 10) is 184,756. */
const ALWAYS_FAST_BYTES = 20;

const refuse = (what: string, instead: string) =>
  `error('${what} would take too long here: the texts are too long for it. ${instead}')`;

/** For each wildcard with something behind it DuckDB tries every place in the text: for most texts and patterns a cheap look is enough. */
const MATCHES_FAST = `eider_matches_fast(string, pattern, wildcard) AS ${[
  `strlen(string) <= ${ALWAYS_FAST_BYTES}`,
  "NOT contains(substring(pattern, 2, strlen(pattern) - 2), wildcard)",
  "eider_count_wildcards(pattern, wildcard) < 2",
  `strlen(string)::DOUBLE ** eider_count_wildcards(pattern, wildcard) <= ${MOST_STEPS}`,
].join(" OR ")}`;
const COUNT_WILDCARDS =
  "eider_count_wildcards(pattern, wildcard) AS strlen(rtrim(pattern, wildcard)) - strlen(replace(rtrim(pattern, wildcard), wildcard, ''))";

/**
 * A call if it takes few steps, and something else if not. Where the condition is known beforehand, as with the usual pattern written in
 * a query, the call stands alone, as DuckDB optimizes it. The branch never taken is for the error of wrong types: they fail in the call first.
 */
const bound = (call: string, isFast: string, otherwise: string) =>
  `CASE WHEN FALSE THEN ${call} WHEN ${isFast} THEN ${call} WHEN (${isFast}) IS NULL THEN NULL ELSE ${otherwise} END`;

const matchesFast = (wildcard: string) => `eider_matches_fast(string, pattern, '${wildcard}')`;

/** A pattern of LIKE as a regular expression, which takes time in proportion to the text alone. */
const AS_EXPRESSION =
  "replace(replace(regexp_replace(pattern, '([\\\\.+*?^$()\\[\\]{}|])', '\\\\\\1', 'g'), '%', '.*'), '_', '.')";

const like = (operator: string, options: string, negation = "") => {
  const call = `system.main."${operator}"(string, pattern)`;
  const expression = `${negation}regexp_full_match(string, ${AS_EXPRESSION}, '${options}')`;
  return `(string, pattern) AS ${bound(call, matchesFast("%"), expression)}`;
};

const likeWithEscape = (name: string) =>
  `(string, pattern, escape_character) AS ${bound(
    `system.main.${name}(string, pattern, escape_character)`,
    matchesFast("%"),
    refuse("LIKE with ESCAPE and several %", "Use regexp_matches."),
  )}`;

const similarity = (name: string) =>
  `(a, b) AS ${bound(
    `system.main.${name}(a, b)`,
    `strlen(a)::DOUBLE * strlen(b) <= ${MOST_STEPS}`,
    refuse(name, "Compare their beginnings, such as left(text, 1000)."),
  )}`;

const MACROS: Record<string, string> = {
  '"~~"': like("~~", "s"),
  '"!~~"': like("!~~", "s", "NOT "),
  '"~~*"': like("~~*", "si"),
  '"!~~*"': like("!~~*", "si", "NOT "),
  '"~~~"': `(string, pattern) AS ${bound(
    'system.main."~~~"(string, pattern)',
    matchesFast("*"),
    refuse("GLOB with several *", "Use LIKE or regexp_matches."),
  )}`,
  ...Object.fromEntries(
    ["like_escape", "not_like_escape", "ilike_escape", "not_ilike_escape"].map((name) => [name, likeWithEscape(name)]),
  ),
  ...Object.fromEntries(["levenshtein", "editdist3", "damerau_levenshtein"].map((name) => [name, similarity(name)])),
};

/** Statements that put bounded forms before the core's own. */
export const BOUNDED_FUNCTIONS: FunctionGroup = {
  usedIn: /like|~~|glob|levenshtein|editdist3/i,
  statements: [COUNT_WILDCARDS, MATCHES_FAST, ...Object.entries(MACROS).map(([name, form]) => name + form)].map(
    (macro) => `CREATE OR REPLACE TEMP MACRO ${macro}`,
  ),
};
