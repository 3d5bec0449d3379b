import { EngineError } from "./errors.ts";
import { LexerError, readTokens, type Token } from "./lexer.ts";
import { faultOfNesting } from "./nesting.ts";

const STATEMENTS = new Set(
  "select with from values table describe desc summarize show explain pivot unpivot pivot_wider pivot_longer".split(
    " ",
  ),
);
const ALLOWED = "SELECT, WITH, FROM, VALUES, TABLE, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN, PIVOT or UNPIVOT";

/** Functions that reach beyond the session's tables: files, other SQL, settings, secrets, the process. */
const REFUSED_FUNCTIONS = new RegExp(
  `^(?:${[
    "read_.*|sniff_.*|glob|.*_scan|scan_.*|.*_scan_.*|parquet_.*|st_read.*|open_prompt",
    "query|query_table|json_execute_serialized_sql|from_substrait.*",
    "getenv|current_setting|set_config|write_log|parse_duckdb_log_message|enable_.*|disable_.*|truncate_duckdb_logs",
    "pragma_.*|which_secret|checkpoint|force_checkpoint|add_parquet_key|(?:sqlite|postgres|mysql|iceberg|delta|ducklake)_.*",
    "nextval|currval|load_.*|install_.*",
  ].join("|")})$`,
);
/** Views and functions of the system that tell of settings, secrets, files or other users rather than of tables. */
const REFUSED_NAMES =
  /^(?:duckdb_(?:secrets|secret_types|settings|extensions|databases|temporary_files|memory|logs|logs_parsed|log_contexts|optimizers|external_file_cache|profiling_settings|prepared_statements|variables|connection_count|approx_database_count|which_secret)|pg_settings|pg_prepared_statements|pragma_\w+)$/;
const FILE_NAME =
  /[/\\*?]|\.(?:csv|tsv|txt|parquet|pq|json|jsonl|ndjson|duckdb|db|wal|sqlite|xlsx?|arrow|feather|avro|orc|gz|zst|bz2|xz|zip)$/i;

/** Words that end a FROM clause, at the same depth. */
const CLAUSES = new Set(
  "where group order having limit offset qualify window select union intersect except using sample fetch on set values returning".split(
    " ",
  ),
);
/** Functions in whose parentheses FROM is not a clause. */
const FROM_ARGUMENTS = new Set(["extract", "trim", "substring", "overlay", "position"]);

/**
 * Lets exactly one read-only statement pass that touches nothing but tables. It is the first of two locks; the second is
 * DuckDB's own (`Engine.lock`).
 *
 * @throws EngineError `query_refused`, with a message that says what is allowed.
 */
export function checkReadOnly(sql: string): void {
  const tokens = readStatement(sql);
  const nesting = faultOfNesting(tokens);
  if (nesting !== undefined) refuse(nesting);
  checkStart(tokens, 0, tokens.length);
  checkNames(tokens);
  checkTableReferences(tokens);
}

function refuse(message: string): never {
  throw new EngineError("query_refused", message);
}

/** The tokens of the only statement, without a final semicolon. */
function readStatement(sql: string): Token[] {
  let tokens: Token[];
  try {
    tokens = readTokens(sql);
  } catch (error) {
    if (!(error instanceof LexerError)) throw error;
    const line = sql.slice(0, error.position).split("\n").length;
    return refuse(`The SQL is not complete: in line ${line}, ${error.message}.`);
  }
  while (tokens.at(-1)?.text === ";") tokens.pop();
  if (tokens.length === 0) refuse(`There is no SQL to run. Write one ${ALLOWED} statement.`);
  if (tokens.some(({ kind, text }) => kind === "symbol" && text === ";")) {
    refuse("Only one statement can be run at a time. Send each on its own, without a semicolon between them.");
  }
  return tokens;
}

/** Checks the first word of a statement in tokens `[from, to)`, and that of each statement inside it. */
function checkStart(tokens: readonly Token[], from: number, to: number): void {
  let at = from;
  while (at < to && tokens[at]!.text === "(") at++;
  const first = tokens[at];
  if (first?.kind !== "word" || !STATEMENTS.has(first.value)) {
    refuse(
      `Sessions are read-only: a statement starts with ${ALLOWED}${first ? `, not with "${first.text.slice(0, 40)}"` : ""}.`,
    );
  }
  if (first.value === "with") checkWith(tokens, at + 1, to);
  if (first.value === "explain") {
    at++;
    if (tokens[at]?.value === "analyze") at++;
    if (tokens[at]?.text === "(") at = skipParentheses(tokens, at);
    if (at < to) checkStart(tokens, at, to);
  }
}

/** `name [(columns)] [USING KEY (…)] AS [[NOT] MATERIALIZED] (statement), …` and then the statement itself. */
function checkWith(tokens: readonly Token[], from: number, to: number): void {
  let at = from;
  if (tokens[at]?.value === "recursive" && tokens[at + 1]?.value !== "as") at++;
  for (;;) {
    while (at < to && !(tokens[at]!.kind === "word" && tokens[at]!.value === "as")) {
      at = tokens[at]!.text === "(" ? skipParentheses(tokens, at) : at + 1;
    }
    at++;
    while (at < to && tokens[at]!.kind === "word") at++;
    if (at >= to || tokens[at]!.text !== "(")
      refuse("A WITH clause is not complete: after AS comes a query in parentheses.");
    const end = skipParentheses(tokens, at);
    checkStart(tokens, at + 1, end - 1);
    at = end;
    if (tokens[at]?.text !== ",") break;
    at++;
  }
  checkStart(tokens, at, to);
}

function skipParentheses(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]!.kind !== "symbol") continue;
    if (tokens[at]!.text === "(") depth++;
    if (tokens[at]!.text === ")" && --depth === 0) return at + 1;
  }
  return refuse('The SQL is not complete: a "(" has no ")".');
}

function checkNames(tokens: readonly Token[]): void {
  tokens.forEach((token, index) => {
    if (token.kind !== "word" && token.kind !== "quoted") return;
    const name = token.value.toLowerCase();
    if (REFUSED_NAMES.test(name)) refuse(`"${name}" is not available: queries see the session's tables only.`);
    if (tokens[index + 1]?.text === "(" && tokens[index + 1]?.kind === "symbol" && REFUSED_FUNCTIONS.test(name)) {
      refuse(
        `The function ${name}() is not available: queries see the session's tables only, no files, settings or other SQL. Upload a file to query it.`,
      );
    }
  });
}

interface Frame {
  /** Inside a FROM clause. */
  inFrom: boolean;
  /** The next token is a table. */
  expectsTable: boolean;
  /** FROM is an argument here, not a clause. */
  readonly isArguments: boolean;
}

/** Refuses file names where a table stands: `FROM 'x.csv'`, `JOIN "x.csv"`, `FROM x.parquet`. */
function checkTableReferences(tokens: readonly Token[]): void {
  const frames: Frame[] = [{ inFrom: false, expectsTable: false, isArguments: false }];
  tokens.forEach((token, index) => {
    const frame = frames.at(-1)!;
    const previous = tokens[index - 1];
    if (token.kind === "symbol" && token.text === "(") {
      const isArguments = previous?.kind === "word" && FROM_ARGUMENTS.has(previous.value);
      frames.push({ inFrom: frame.expectsTable, expectsTable: frame.expectsTable, isArguments });
      frame.expectsTable = false;
      return;
    }
    if (token.kind === "symbol" && token.text === ")") {
      if (frames.length > 1) frames.pop();
      return;
    }
    if (frame.expectsTable) checkTable(tokens, index);
    frame.expectsTable = false;
    if (token.kind === "symbol") {
      if (token.text === "," && frame.inFrom) frame.expectsTable = true;
      return;
    }
    if (token.kind !== "word") return;
    const isStart = index === 0 || previous?.text === "(";
    const namesTable = ["table", "describe", "desc", "summarize", "show", "pivot", "unpivot", "pivot_wider"].includes(
      token.value,
    );
    if (token.value === "from" && !frame.isArguments && previous?.value !== "distinct") {
      frame.inFrom = true;
      frame.expectsTable = true;
    } else if (token.value === "from" && previous?.value === "distinct" && tokens[index - 2]?.value !== "is") {
      // "SELECT DISTINCT FROM" is not SQL, but "IS NOT DISTINCT FROM x" is.
      if (tokens[index - 2]?.value !== "not") frame.inFrom = frame.expectsTable = true;
    } else if (token.value === "join") frame.expectsTable = frame.inFrom = true;
    else if (namesTable && (isStart || frame.inFrom || index <= 2)) frame.expectsTable = true;
    else if (CLAUSES.has(token.value)) frame.inFrom = false;
  });
}

function checkTable(tokens: readonly Token[], index: number): void {
  const token = tokens[index]!;
  const message = "Files cannot be queried by name: name one of the session's tables instead (SHOW TABLES lists them).";
  if (token.kind === "string") refuse(message);
  if (token.kind === "quoted" && FILE_NAME.test(token.value)) refuse(message);
  if (token.kind === "word" && tokens[index + 1]?.text === "." && tokens[index + 2]) {
    const isLast = tokens[index + 3]?.text !== ".";
    if (isLast && FILE_NAME.test(`${token.value}.${tokens[index + 2]!.value}`)) refuse(message);
  }
}
