import { quoteIdentifier } from "../../engine/sql-text.ts";
import type { BlockDisk, Engine } from "../../engine/types.ts";
import type { TableName } from "../tables/table-layout.ts";
import { PartSpool } from "./part-spool.ts";

/** Bytes of rows that wait on the disk for their load: few large transactions for each part instead of many small ones. */
export const SPOOL_BYTES = 512 << 20;
/** The table beside the target that tells which parts are in. */
export const WIDE_PROGRESS_TABLE = "load_progress";

/** Where the load of a wide table stands. The caller keeps it, together with how far it has read. */
export interface WideLoadState {
  /** Loads so far, and which one the rows on the disk are for. */
  round: number;
  /** Bytes that wait on the disk for each part. */
  lengths: number[];
  /** The rows on the disk are being loaded: nothing may be added to them. */
  isLoading: boolean;
}

/** The state of a load of a table of so many parts that is to begin. */
export function startWideLoad(parts: number): WideLoadState {
  return { round: 0, lengths: new Array<number>(parts).fill(0), isLoading: false };
}

/**
 * Loads a table that lies in several parts. DuckDB holds memory for each column that a transaction appends to, and writes out what a
 * transaction changed when it ends: so the rows, as they are read, are laid down on the disk part by part, and loaded one part
 * after the other, each in a transaction that also marks the part as loaded. Killed anywhere and taken up with the state that was kept
 * last, no row is lost or comes twice.
 */
export class WideLoad {
  private readonly engine: Pick<Engine, "run" | "rows">;
  private readonly progress: string;
  private readonly spool: PartSpool;
  private readonly spoolBytes: number;
  private round: number;
  private isLoading: boolean;

  constructor(
    engine: Pick<Engine, "run" | "rows">,
    disk: BlockDisk,
    target: TableName,
    state: WideLoadState,
    spoolBytes = SPOOL_BYTES,
  ) {
    this.engine = engine;
    this.spoolBytes = spoolBytes;
    this.progress = `${quoteIdentifier(target.catalog)}.main.${WIDE_PROGRESS_TABLE}`;
    this.spool = new PartSpool(disk, `${target.catalog}_${target.table}`, state.lengths);
    this.round = state.round;
    this.isLoading = state.isLoading;
  }

  /** To be kept whenever the caller keeps how far it has read. */
  get state(): WideLoadState {
    return { round: this.round, lengths: [...this.spool.lengths], isLoading: this.isLoading };
  }

  /** The process died in the middle of `load`: it has to be called before anything is added. */
  get isInterrupted(): boolean {
    return this.isLoading;
  }

  /** As many rows wait as should: `load` is to be called. */
  get isFull(): boolean {
    return this.spool.bytes >= this.spoolBytes;
  }

  /** Adds rows of one part. */
  append(part: number, chunk: Uint8Array): void {
    this.spool.append(part, chunk);
  }

  /** Forgets the rows that wait, for a table that is made anew. The state is to be kept before anything is added. */
  discard(): void {
    this.round++;
    this.isLoading = false;
    this.spool.lengths.fill(0);
  }

  /**
   * Loads the rows that wait. Chunks are as they were appended, or several in one up to `mergedBytes`.
   *
   * @param insert appends a chunk to a part, within a transaction.
   * @param save keeps the state, before and after. Never called within a transaction.
   * @param onPart is called after each part, when all so far is durable; may throw to go on later.
   */
  async load(steps: {
    mergedBytes: number;
    insert(part: number, chunk: Uint8Array): Promise<void>;
    save(): Promise<void>;
    onPart(share: number): void;
  }): Promise<void> {
    const { engine, progress, round } = this;
    if (!this.isLoading && this.spool.bytes === 0) return;
    if (!this.isLoading) {
      this.isLoading = true;
      await steps.save();
    }
    await engine.run(`CREATE TABLE IF NOT EXISTS ${progress} (part INTEGER, round INTEGER)`);
    const loaded = await engine.rows<{ part: number }>(`SELECT part FROM ${progress} WHERE round = ${round}`);
    const done = new Set(loaded.map(({ part }) => part));
    const parts = this.spool.lengths.length;
    for (let part = 0; part < parts; part++) {
      if (done.has(part)) continue;
      await engine.run("BEGIN");
      try {
        for (const chunk of this.spool.read(part, steps.mergedBytes)) await steps.insert(part, chunk);
        await engine.run(`INSERT INTO ${progress} VALUES (${part}, ${round})`);
      } catch (error) {
        // An engine that is finished has nothing to roll back; the error that led here is the one to tell.
        await engine.run("ROLLBACK").catch(() => undefined);
        throw error;
      }
      await engine.run("COMMIT");
      steps.onPart((part + 1) / parts);
    }
    this.round++;
    this.isLoading = false;
    // The files may only go once it is kept that they are done with.
    this.spool.lengths.fill(0);
    await steps.save();
    this.spool.clear();
  }

  /** Removes the files once the load is over. */
  end(): void {
    this.spool.remove();
  }
}
