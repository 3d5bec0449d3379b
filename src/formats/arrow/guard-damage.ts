import { FormatError } from "../source.ts";

/**
 * A damaged file can put anything where a length, a position or a list should be. What is not checked one by one ends in a
 * `RangeError` or `TypeError` at its first use; the user hears of the file, and the log of the cause.
 */
function explainDamage(error: unknown, format: string): unknown {
  if (!(error instanceof RangeError) && !(error instanceof TypeError)) return error;
  return new FormatError(`The ${format} file is damaged: its parts do not fit together.`, { cause: error });
}

/** Runs `body`, and turns what only a damaged file can cause into a `FormatError`. */
export async function guardDamage<T>(format: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw explainDamage(error, format);
  }
}

/** The same for what is read later, piece by piece. Errors of the consumer pass untouched. */
export async function* guardEach<T>(format: string, items: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    for (;;) {
      const { value, done } = await guardDamage(format, () => items.next());
      if (done) return;
      yield value;
    }
  } finally {
    await items.return(undefined);
  }
}
