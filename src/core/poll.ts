const FIRST_PAUSE_MS = 40;
const LAST_PAUSE_MS = 500;

/**
 * Looks at something again and again, quickly at first, until it is done or `untilMs` (of `Date.now()`) has come.
 * @returns what was found last.
 */
export async function poll<T>(look: () => Promise<T>, isDone: (found: T) => boolean, untilMs: number): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LAST_PAUSE_MS, pause * 1.3)) {
    const found = await look();
    if (isDone(found) || Date.now() >= untilMs) return found;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
