import { TransactionSize } from "../../tables/table-layout.ts";
import type { CsvIngestInput, CsvIngestLimits, RowOffset } from "./ingest-input.ts";
import { CSV_INGEST_VERSION, type CsvIngestState, stateSql } from "./ingest-state.ts";
import type { CsvReject } from "./rejects.ts";

/** Keeps where an ingest stands, in the same transactions as its rows, and hands out what was found along the way. */
export class IngestCommits {
  private readonly input: CsvIngestInput;
  private readonly sql: ReturnType<typeof stateSql>;
  private isInTransaction = false;
  readonly size: TransactionSize;
  rejectBatch: CsvReject[] = [];
  offsetBatch: RowOffset[] = [];

  constructor(input: CsvIngestInput, limits: CsvIngestLimits) {
    this.input = input;
    this.size = new TransactionSize(input.target, limits.commitBytes);
    this.sql = stateSql(input.target);
  }

  /** Where the ingest stands; undefined when it is to begin. */
  async loadState(): Promise<CsvIngestState | undefined> {
    const [found] = await this.input.engine.rows<{ found: number | bigint }>(this.sql.find);
    if (Number(found?.found ?? 0) === 0) return undefined;
    const [row] = await this.input.engine.rows<{ state: string }>(this.sql.read);
    if (row === undefined) return undefined;
    const state = JSON.parse(row.state) as CsvIngestState;
    if (state.version === CSV_INGEST_VERSION) return state;
    await this.input.engine.run(this.sql.dropWide);
    return undefined;
  }

  async begin(): Promise<void> {
    if (this.isInTransaction) return;
    await this.input.engine.run("BEGIN TRANSACTION");
    this.isInTransaction = true;
  }

  /** Runs statements within the transaction. */
  async runAll(statements: readonly string[]): Promise<void> {
    await this.begin();
    for (const statement of statements) await this.input.engine.run(statement, { signal: this.input.signal });
  }

  async commit(state: CsvIngestState): Promise<void> {
    const { input } = this;
    await this.begin();
    const { rejectsKept, offsetsKept } = state;
    await input.onRejects?.({ from: rejectsKept, rejects: this.rejectBatch });
    await input.onOffsets?.({ from: offsetsKept, offsets: this.offsetBatch });
    state.rejectsKept += this.rejectBatch.length;
    state.offsetsKept += this.offsetBatch.length;
    this.forgetFindings();
    await input.engine.run(this.sql.create);
    await input.engine.run(this.sql.clear);
    await input.engine.run(this.sql.write(state));
    await input.engine.run("COMMIT");
    this.isInTransaction = false;
    this.size.clear();
  }

  async rollback(): Promise<void> {
    this.forgetFindings();
    this.size.clear();
    if (!this.isInTransaction) return;
    this.isInTransaction = false;
    try {
      await this.input.engine.run("ROLLBACK");
    } catch {
      // An engine that is finished has nothing to roll back; the error that led here is the one to tell.
    }
  }

  /** Rejects and offsets that were not handed out yet. */
  forgetFindings(): void {
    this.rejectBatch = [];
    this.offsetBatch = [];
  }
}
