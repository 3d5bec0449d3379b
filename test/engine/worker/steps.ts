/** What a test can ask of the object that holds an engine. `engine` names one of several engines in it. */
export type Step = { engine?: string } & (
  | {
      op: "start";
      memoryBytes?: number;
      diskBytes?: number;
      disk?: false;
      noCache?: boolean;
      cache?: { memoryBytes?: number; diskBytes?: number };
    }
  | { op: "end" }
  | { op: "run"; sql: string; timeLimitMs?: number; abortName?: string }
  | { op: "rows"; sql: string; timeLimitMs?: number }
  | { op: "query"; sql: string; timeLimitMs?: number; stopAfterBatches?: number }
  | { op: "abort"; abortName: string }
  | { op: "registerBuffer"; name: string; text: string }
  | { op: "dropBuffer"; name: string }
  | { op: "insertArrow"; table: { catalog?: string; schema?: string; name: string }; ipc: string }
  | { op: "publish"; name: string; key: string }
  | { op: "registerRemote"; name: string; key: string; failAfterGets?: number; columnBlocks?: number[][] }
  | { op: "columnBlocks"; table: string }
  | { op: "bounded"; sql: string; memoryBytes: number }
  | {
      op: "share";
      totalBytes: number;
      engineBytes: number;
      needBytes?: number;
      waitMs: number;
      idleMs: number;
      holders: number;
    }
  | { op: "lock" }
  | { op: "counts" }
  | { op: "state" }
);

export interface Outcome {
  ms: number;
  error?: { code: string; message: string; cause?: string | undefined; stack?: string | undefined };
  rows?: Record<string, unknown>[];
  count?: number;
  ipc?: string;
  columnBlocks?: number[][] | undefined;
  counts?: { gets: number; bytes: number };
  state?: { memoryBytes: number; isFinished: boolean; databaseSize: number };
}
