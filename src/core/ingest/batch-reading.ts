import type { RecordBatch } from "apache-arrow";
import type { FormatTable } from "../../formats/source.ts";

export interface PeekedTable extends FormatTable {
  /** The first batch, which is not read once more when the table is; undefined where there is none. */
  first(): Promise<RecordBatch | undefined>;
}

/** A table of which the first batch may be looked at before it is read. */
export function peekTable(table: FormatTable): PeekedTable {
  let opened: AsyncIterator<RecordBatch> | undefined;
  let first: IteratorResult<RecordBatch> | undefined;
  async function* goOn(iterator: AsyncIterator<RecordBatch>): AsyncGenerator<RecordBatch> {
    let next = first;
    first = undefined;
    opened = undefined;
    try {
      for (; next && !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return {
    ...table,
    async first() {
      opened ??= table.batches(0)[Symbol.asyncIterator]();
      first ??= await opened.next();
      return first.done ? undefined : first.value;
    },
    async *batches(from = 0) {
      if (opened && from === 0) yield* goOn(opened);
      else {
        await opened?.return?.();
        opened = undefined;
        yield* table.batches(from);
      }
    },
  };
}

/** Asks for the next item while the one before is worked on: reading then waits less for the file's bytes. */
export async function* readAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = iterator.next();
      // Whoever awaits it hears of an error; one that nobody waits for any more must not be an unhandled rejection.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await iterator.return?.();
  }
}
