import type { ColumnInfo, KnownReference, TableInfo } from "../../ask/types.ts";

/** What a session knows of its tables, in its object's SQLite: a row a column, as no value may have more than 2 MB. */
export class TableNotes {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      "create table if not exists described_tables (number integer primary key, name text not null, rows integer not null, refs text not null)",
    );
    sql.exec(
      "create table if not exists described_columns (table_number integer not null, number integer not null, column_info text not null, primary key (table_number, number))",
    );
  }

  /** Undefined before the first `keep`. */
  load(): TableInfo[] | undefined {
    const tables = this.#sql
      .exec<{ number: number; name: string; rows: number; refs: string }>(
        "select * from described_tables order by number",
      )
      .toArray();
    if (tables.length === 0) return undefined;
    return tables.map(({ number, name, rows, refs }) => {
      const references = JSON.parse(refs) as KnownReference[];
      const columns = this.#sql
        .exec<{ column_info: string }>(
          "select column_info from described_columns where table_number = ? order by number",
          number,
        )
        .toArray()
        .map((row) => JSON.parse(row.column_info) as ColumnInfo);
      return { name, rows, columns, ...(references.length > 0 ? { references } : {}) };
    });
  }

  keep(tables: readonly TableInfo[]): void {
    this.#sql.exec("delete from described_columns");
    this.#sql.exec("delete from described_tables");
    for (const [number, table] of tables.entries()) {
      this.#sql.exec(
        "insert into described_tables values (?, ?, ?, ?)",
        number,
        table.name,
        table.rows,
        JSON.stringify(table.references ?? []),
      );
      for (const [i, column] of table.columns.entries())
        this.#sql.exec("insert into described_columns values (?, ?, ?)", number, i, JSON.stringify(column));
    }
  }
}
