import type { BlockDisk, Engine } from "../../engine/types.ts";

/** What a Workbench offers to the job that it holds. */
export interface Bench {
  /** The object's SQLite as a disk; files on it outlive the process. */
  readonly disk: BlockDisk;
  /** Small JSON values that outlive the process. Synchronous, and part of the same atomic write as the disk. */
  readonly notes: Notes;
  /** An engine on that disk, new for each turn of the job. */
  readonly engine: Engine;
  /** Says how far the job is, 0 to 1, in plain words. Cheap to call often. */
  report(progress: number, message: string): void;
  /**
   * To be called where everything done so far is durable. Throws `JobPaused` when the object has worked long enough for one turn: the
   * platform limits the CPU time of a turn, and the job goes on in the next.
   */
  checkpoint(): void;
  /** Aborts when the job is cancelled or its object must stop. */
  readonly signal: AbortSignal;
}

/** Values under keys; a value has at most 2 MB. */
export interface Notes {
  get<T>(key: string): T | undefined;
  put(key: string, value: unknown): void;
  /** Everything whose key begins so, in the order of the keys. */
  list<T>(prefix: string): Iterable<[string, T]>;
  delete(key: string): void;
}

/** The note that a job ran out of memory and is to take smaller steps. */
export const SHORT_OF_MEMORY = "short-of-memory";

/** The job has made progress and wants another turn. */
export class JobPaused extends Error {
  override readonly name = "JobPaused";
}
