import { server } from "./this-server.ts";

/** `database_id` of wrangler.toml. */
const DATABASE = "00000000-0000-0000-0000-000000000000";

/**
 * Runs a statement on the server's database, through the server itself (the explorer of `wrangler dev`): a second process that opened
 * the file would lock the server out.
 */
export async function queryServer(sql: string, url: string = server.url): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${url}/cdn-cgi/local/explorer/api/d1/database/${DATABASE}/raw`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sql }),
  });
  const answer = (await response.json()) as {
    success: boolean;
    errors: unknown;
    result: { results: { columns: string[]; rows: unknown[][] } }[];
  };
  if (!answer.success) throw new Error(`${sql}\n${JSON.stringify(answer.errors)}`);
  const { columns, rows } = answer.result.at(-1)!.results;
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
}
