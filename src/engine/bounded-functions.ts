/**
 * Functions whose steps grow faster than their arguments. DuckDB takes 2,048 rows at once and cannot be stopped on the way: as they are,
 * one row of `repeat('a', 200) LIKE '%_a%a%a%a%a%a%b'` would hold all that share the isolate for hours.
 */

/** The most steps for one row. */
const MOST_STEPS = 1_000_000;
/** So short a text has fewer than 1,000,000 ways to match, whatever the pattern: (20 choose 10) is 184,756. */
const ALWAYS_FAST_BYTES = 20;

const refuse = (what: string, instead: string) =>
  `error('${what} would take too long here: the texts are too long for it. ${instead}')`;

/**
 * A call if it takes few steps, and something else if not. Where the condition is known beforehand, as with the usual pattern written in
 * a query, the call stands alone, as DuckDB optimizes it. The branch never taken is for the error of wrong types: they fail in the call first.
 */
const bound = (call: string, isShort: string, otherwise: string) =>
  `CASE WHEN FALSE THEN ${call} WHEN ${isShort} THEN ${call} WHEN (${isShort}) IS NULL THEN NULL ELSE ${otherwise} END`;

/** For each wildcard with something behind it DuckDB tries every place in the text: for most texts and patterns a cheap look is enough. */
const matchesFast = (wildcard: string) => {
  const trimmed = `rtrim(pattern, '${wildcard}')`;
  const count = `(strlen(${trimmed}) - strlen(replace(${trimmed}, '${wildcard}', '')))`;
  return [
    `strlen(string) <= ${ALWAYS_FAST_BYTES}`,
    `NOT contains(substring(pattern, 2, strlen(pattern) - 2), '${wildcard}')`,
    `${count} < 2`,
    `strlen(string)::DOUBLE ** ${count} <= ${MOST_STEPS}`,
  ].join(" OR ");
};

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
export const BOUNDED_FUNCTIONS: readonly string[] = Object.entries(MACROS).map(
  ([name, form]) => `CREATE TEMP MACRO ${name}${form}`,
);
