import type { FunctionGroup } from "./function-group.ts";

/**
 * What people write although DuckDB's core lacks it (icu and json extensions). Temporary macros come first in the search path,
 * whichever database is in use.
 *
 * Times are UTC and without a zone, so that arithmetic and date functions work on them, which the core cannot do with zones.
 */
const NOW = "system.main.now()::TIMESTAMP";

/** Seconds by which the zone is ahead of UTC at a moment, which is in UTC or what clocks in the zone show. */
const offset = (clock: "UTC" | "local") =>
  `to_seconds(eider_zone_offset(zone::VARCHAR, (epoch_us(moment) // 1000000)::VARCHAR, '${clock}')::BIGINT)`;

const STAYS = "upper(zone) = 'UTC' OR NOT isfinite(moment)";

const TIME_MACROS: Record<string, readonly string[]> = {
  now: [`() AS ${NOW}`],
  get_current_timestamp: [`() AS ${NOW}`],
  current_localtimestamp: [`() AS ${NOW}`],
  transaction_timestamp: [`() AS ${NOW}`],
  current_date: [`() AS ${NOW}::DATE`],
  today: [`() AS ${NOW}::DATE`],
  get_current_time: [`() AS ${NOW}::TIME`],
  current_localtime: [`() AS ${NOW}::TIME`],
  to_timestamp: ["(seconds) AS system.main.to_timestamp(seconds)::TIMESTAMP"],
  // What `moment AT TIME ZONE zone` stands for.
  timezone: [
    `(zone, moment TIMESTAMP) AS CASE WHEN ${STAYS} THEN moment ELSE moment - ${offset("local")} END::TIMESTAMPTZ`,
    `(zone, moment TIMESTAMPTZ) AS CASE WHEN ${STAYS} THEN moment::TIMESTAMP ELSE moment::TIMESTAMP + ${offset("UTC")} END`,
  ],
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
  usedIn: /now|current|today|transaction_timestamp|localtime|to_timestamp|zone/i,
  statements: createMacros(TIME_MACROS),
};

/** And JSON as a name for text. */
export const JSON_FUNCTIONS: FunctionGroup = {
  usedIn: /json|->/i,
  statements: [...createMacros(JSON_MACROS), "CREATE OR REPLACE TEMP TYPE json AS VARCHAR"],
};

function createMacros(macros: Record<string, readonly string[]>): string[] {
  return Object.entries(macros).map(([name, forms]) => `CREATE OR REPLACE TEMP MACRO ${name}${forms.join(", ")}`);
}
