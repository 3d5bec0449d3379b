import { EngineError } from "./errors.ts";
import type { Engine } from "./types.ts";

const MEGABYTE = 1_048_576;
/** An isolate has 128 MB; the rest is for JavaScript, the block caches, and bodies on their way. */
const ISOLATE_ENGINE_BYTES = 104 * MEGABYTE;
const RETRY_MS = 20;

/** Someone who holds an engine, and can be asked to end it while idle. */
interface Holder {
  /** What it has reserved while busy, or what its engine's memory is while idle. */
  readonly heldBytes: number;
  readonly isBusy: boolean;
  readonly usedAt: number;
  endIdle(): void;
}

/** Memory that the engines of one isolate share. */
export class MemoryBudget {
  readonly totalBytes: number;
  readonly #holders = new Set<Holder>();
  readonly #queue: symbol[] = [];

  constructor(totalBytes: number) {
    this.totalBytes = totalBytes;
  }

  get freeBytes(): number {
    let held = 0;
    for (const holder of this.#holders) held += holder.heldBytes;
    return this.totalBytes - held;
  }

  /** Someone waits for memory: work that can go on later should make room. */
  get isAwaited(): boolean {
    return this.#queue.length > 0;
  }

  leave(holder: Holder): void {
    this.#holders.delete(holder);
  }

  /**
   * Waits until `bytes` are free, first come first served; ends idle engines, the longest idle first, to get there. `asker`'s own
   * engine counts as free. `book` is called in the same instant, before anyone else can ask. Asks again by the clock: one object
   * may not wake another's request.
   *
   * @throws EngineError `out_of_memory` when it takes longer than `waitMs`.
   */
  async reserve(bytes: number, asker: Holder, waitMs: number, book: () => void): Promise<void> {
    const ticket = Symbol("ticket");
    const deadline = Date.now() + waitMs;
    this.#queue.push(ticket);
    try {
      while (this.#queue[0] !== ticket || !this.#makeRoom(bytes, asker)) {
        if (Date.now() >= deadline) {
          throw new EngineError("out_of_memory", "Other queries are using the memory there is. Try again in a moment.");
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
      this.#holders.add(asker);
      book();
    } finally {
      this.#queue.splice(this.#queue.indexOf(ticket), 1);
    }
  }

  #makeRoom(bytes: number, asker: Holder): boolean {
    const available = () => this.freeBytes + asker.heldBytes;
    const idle = [...this.#holders].filter((holder) => holder !== asker && !holder.isBusy);
    idle.sort((a, b) => a.usedAt - b.usedAt);
    for (const holder of idle) {
      if (available() >= bytes) break;
      holder.endIdle();
    }
    // One that asks for more than there is altogether runs alone.
    return available() >= bytes || (this.#holders.size === 0 && bytes > this.totalBytes);
  }
}

/** The budget of this isolate: module scope is what its objects share. */
export const isolateBudget = new MemoryBudget(ISOLATE_ENGINE_BYTES);

export interface EngineHolderOptions {
  /** Starts an engine and attaches what it needs. */
  readonly start: () => Promise<Engine>;
  /** Most memory that a started engine may have. */
  readonly memoryBytes: number;
  /** Ends the engine when it was not used for so long. */
  readonly idleMs?: number;
  /** How long a call waits for other engines of the isolate. */
  readonly waitMs?: number;
  readonly budget?: MemoryBudget;
}

const DEFAULT_IDLE_MS = 30_000;
const DEFAULT_WAIT_MS = 20_000;

/** An engine that is there while it is used: started on demand, started anew after a crash, ended when idle or when others need room. */
export interface EngineHolder {
  /** Runs `body` with the engine. `needBytes` is what it may come to use (see `estimateQuery`); all of it when unknown. */
  use<T>(body: (engine: Engine) => Promise<T>, needBytes?: number): Promise<T>;
  /** Ends the engine, if there is one; the next `use` starts another. */
  end(): Promise<void>;
}

/**
 * Makes a holder for one object. Calls of `use` are not queued: the engine does that itself.
 *
 * @throws EngineError from `use` when the engine cannot start or the memory does not become free in time.
 */
export function createEngineHolder(options: EngineHolderOptions): EngineHolder {
  return new BudgetedHolder(options);
}

class BudgetedHolder implements EngineHolder, Holder {
  readonly #options: EngineHolderOptions;
  readonly #budget: MemoryBudget;
  #engine: Engine | undefined;
  #starting: Promise<Engine> | undefined;
  #users = 0;
  #reservedBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  usedAt = 0;

  constructor(options: EngineHolderOptions) {
    this.#options = options;
    this.#budget = options.budget ?? isolateBudget;
  }

  get isBusy(): boolean {
    return this.#users > 0;
  }

  get heldBytes(): number {
    const memory = this.#engine?.memoryBytes ?? 0;
    return this.isBusy ? Math.max(memory, this.#reservedBytes) : memory;
  }

  async use<T>(body: (engine: Engine) => Promise<T>, needBytes?: number): Promise<T> {
    clearTimeout(this.#timer);
    const need = Math.min(needBytes ?? this.#options.memoryBytes, this.#options.memoryBytes, this.#budget.totalBytes);
    const book = () => {
      this.#users++;
      this.#reservedBytes = Math.max(this.#reservedBytes, need);
    };
    if (this.isBusy && need <= this.heldBytes) book();
    else {
      const waitMs = this.#options.waitMs ?? DEFAULT_WAIT_MS;
      await this.#budget.reserve(Math.max(need, this.heldBytes), this, waitMs, book);
    }
    try {
      return await body(await this.#live());
    } finally {
      this.usedAt = Date.now();
      if (--this.#users === 0) this.#rest();
    }
  }

  async #live(): Promise<Engine> {
    if (this.#engine?.isFinished) {
      await this.#engine.end();
      this.#engine = undefined;
    }
    if (this.#engine) return this.#engine;
    this.#starting ??= this.#options.start().finally(() => {
      this.#starting = undefined;
    });
    this.#engine = await this.#starting;
    return this.#engine;
  }

  /** Nobody uses it any more. */
  #rest(): void {
    this.#reservedBytes = 0;
    if (!this.#engine || this.#engine.isFinished) this.endIdle();
    else this.#timer = setTimeout(() => this.endIdle(), this.#options.idleMs ?? DEFAULT_IDLE_MS);
  }

  endIdle(): void {
    if (this.isBusy) return;
    clearTimeout(this.#timer);
    this.#budget.leave(this);
    void this.#engine?.end();
    this.#engine = undefined;
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer);
    const engine = this.#engine;
    this.#engine = undefined;
    if (!this.isBusy) this.#budget.leave(this);
    await engine?.end();
  }
}
