import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { TestUser } from "./client.ts";

const GUIDE = readFileSync("docs/sql.md", "utf8");
const EXAMPLES = [...GUIDE.matchAll(/^```sql\n([\s\S]+?)```\n\n```json\n([\s\S]+?)```/gm)];
const user = new TestUser();
let session: string;

beforeAll(async () => {
  const cells = (line: string) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
  const [header, , ...rows] = GUIDE.split("\n").filter((line) => line.startsWith("|"));
  const quoted = rows.map((row) => cells(row).map((cell) => (cell === "" ? "" : `"${cell.replaceAll('"', '""')}"`)));
  const csv = [cells(header!), ...quoted].map((row) => row.join(",")).join("\n");
  const upload = await user.upload({ "orders.csv": csv });
  session = (await user.session(upload.upload_id)).session_id;
});

test.each(EXAMPLES.map(([, sql, rows]) => [sql!, rows!]))(
  "the guide's example gives the rows that stand there: %s",
  async (sql, rows) => {
    const { body } = await user.query(session, sql);
    expect(body.rows, JSON.stringify(body)).toEqual(JSON.parse(rows));
  },
);

test("the guide has examples", () => expect(EXAMPLES.length).toBeGreaterThan(6));
