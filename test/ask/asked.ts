/** Questions put to tables made by SQL, each answer held against SQL written by hand and run by the same DuckDB. */
import { DuckDBInstance } from "@duckdb/node-api";
import { answerQuestion, type Database, describeDatabase, type Result } from "../../scripts/ask/evaluate.ts";
import { openConnection } from "../../scripts/ask/profile-tables.ts";

/** An in-memory database with the tables that the statements make, described as a session would. */
export async function openTables(statements: readonly string[]): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  return describeDatabase(openConnection(connection));
}

/** Puts one question and compares its rows with those of the gold query. */
export function ask(database: Database, question: string, gold: string): Promise<Result> {
  return answerQuestion({ i: 0, db_id: "", question, gold_sql: gold, ordered: false }, database);
}
