/** Finds the texts that mean NULL among cells, by their first byte and length. */
export interface NullTokens {
  /** The texts, without the empty one. */
  readonly texts: readonly string[];
  /** Index into `texts` of the text that equals bytes `[start, end)`, or -1. The empty cell is not asked for. */
  find(bytes: Uint8Array, start: number, end: number): number;
  /** 1 for each byte that a text begins with: whatever begins otherwise need not be asked for. */
  readonly firstBytes: Uint8Array;
  readonly longest: number;
  /** Among the texts are numbers or dates, so that cells which fit a column's type are to be asked for as well. */
  readonly mayBeValues: boolean;
}

/** Builds a matcher for null texts; comparison is exact, upper and lower case differ. */
export function createNullTokens(texts: readonly string[]): NullTokens {
  const tokens = texts.filter((text) => text !== "");
  const encoded = tokens.map((text) => new TextEncoder().encode(text));
  const byFirst: (number[] | undefined)[] = new Array(256).fill(undefined);
  encoded.forEach((token, index) => {
    const first = token[0]!;
    byFirst[first] ??= [];
    byFirst[first].push(index);
  });
  return {
    texts: tokens,
    firstBytes: Uint8Array.from(byFirst, (indexes) => (indexes === undefined ? 0 : 1)),
    mayBeValues: tokens.some((token) => (/\d/.test(token) && !token.includes("#")) || /^(true|false)$/i.test(token)),
    longest: encoded.reduce((longest, token) => Math.max(longest, token.length), 0),
    find(bytes, start, end) {
      const candidates = byFirst[bytes[start]!];
      if (candidates === undefined) return -1;
      candidate: for (const index of candidates) {
        const token = encoded[index]!;
        if (token.length !== end - start) continue;
        for (let i = 1; i < token.length; i++) if (bytes[start + i] !== token[i]) continue candidate;
        return index;
      }
      return -1;
    },
  };
}
