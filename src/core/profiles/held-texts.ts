/** Texts in memory, the most recently used ones, up to a number of characters (each takes one or two bytes). */
export class HeldTexts {
  /** In the order of their last use. */
  readonly #texts = new Map<string, string>();
  readonly #most: number;
  readonly #mostOfOne: number;
  #characters = 0;

  /**
   * @param most characters of all texts together.
   * @param mostOfOne a longer text is not held.
   */
  constructor(most: number, mostOfOne: number) {
    this.#most = most;
    this.#mostOfOne = mostOfOne;
  }

  get(key: string): string | undefined {
    const text = this.#texts.get(key);
    if (text === undefined) return undefined;
    this.#texts.delete(key);
    this.#texts.set(key, text);
    return text;
  }

  hold(key: string, text: string): void {
    this.#drop(key);
    if (text.length > this.#mostOfOne) return;
    this.#texts.set(key, text);
    this.#characters += text.length;
    for (const oldest of this.#texts.keys()) {
      if (this.#characters <= this.#most) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#characters -= this.#texts.get(key)?.length ?? 0;
    this.#texts.delete(key);
  }
}
