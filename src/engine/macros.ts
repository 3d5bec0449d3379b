import type { FunctionGroup } from "./function-group.ts";

/**
 * What people write although DuckDB's core lacks it (icu and json extensions). Temporary macros come first in the search path,
 * whichever database is in use.
 *
 * Times are UTC and without a zone, so that arithmetic and date functions work on them, which the core cannot do with zones.
 */
const NOW = "system.main.now()::TIMESTAMP";

const TIME_MACROS: Record<string, string> = {
  "now()": NOW,
  "get_current_timestamp()": NOW,
  "current_localtimestamp()": NOW,
  "transaction_timestamp()": NOW,
  "current_date()": `${NOW}::DATE`,
  "today()": `${NOW}::DATE`,
  "get_current_time()": `${NOW}::TIME`,
  "current_localtime()": `${NOW}::TIME`,
  // What `x AT TIME ZONE 'UTC'` stands for.
  "timezone(zone, moment)": `CASE WHEN upper(zone) IN ('UTC', 'GMT', 'Z', 'ETC/UTC', 'ETC/GMT') THEN moment::TIMESTAMP ELSE error('Time zones other than UTC are not available here (DuckDB''s icu extension). Add an interval, such as + INTERVAL 2 HOURS.') END`,
};

const JSON_ARGUMENTS = "json::VARCHAR, path";
const WHOLE = "json::VARCHAR, '$'";

const JSON_MACROS: Record<string, readonly string[]> = {
  json_extract_path: [`(json, path) AS json_extract(${JSON_ARGUMENTS})`],
  json_extract_string: [`(json, path) AS eider_json_string(${JSON_ARGUMENTS})`],
  json_extract_path_text: [`(json, path) AS eider_json_string(${JSON_ARGUMENTS})`],
  json_value: [`(json, path) AS json_extract(${JSON_ARGUMENTS})`],
  json_exists: [`(json, path) AS json_extract(${JSON_ARGUMENTS}) IS NOT NULL`],
  '"->>"': [`(json, path) AS eider_json_string(${JSON_ARGUMENTS})`],
  json_array_length: [
    `(json) AS eider_json_length(${WHOLE})::UBIGINT`,
    `(json, path) AS eider_json_length(${JSON_ARGUMENTS})::UBIGINT`,
  ],
  json_keys: [
    `(json) AS eider_json_keys(${WHOLE})::VARCHAR[]`,
    `(json, path) AS eider_json_keys(${JSON_ARGUMENTS})::VARCHAR[]`,
  ],
  json_type: [`(json) AS eider_json_type(${WHOLE})`, `(json, path) AS eider_json_type(${JSON_ARGUMENTS})`],
  json_valid: ["(json) AS eider_json_valid(json::VARCHAR)::BOOLEAN"],
  json: [`(json) AS json_extract(${WHOLE})`],
};

export const TIME_FUNCTIONS: FunctionGroup = {
  usedIn: /now|current|today|transaction_timestamp|localtime|zone/i,
  statements: Object.entries(TIME_MACROS).map(([head, body]) => `CREATE OR REPLACE TEMP MACRO ${head} AS ${body}`),
};

/** And JSON as a name for text. */
export const JSON_FUNCTIONS: FunctionGroup = {
  usedIn: /json|->/i,
  statements: [
    ...Object.entries(JSON_MACROS).map(([name, forms]) => `CREATE OR REPLACE TEMP MACRO ${name}${forms.join(", ")}`),
    "CREATE OR REPLACE TEMP TYPE json AS VARCHAR",
  ],
};
