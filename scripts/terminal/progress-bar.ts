const WIDTH = 28;
const LABEL_WIDTH = 34;

/**
 * A bar on one line of standard error: `label  ███████░░░░  62 %  words`. Where that is no terminal, only the finished line is written.
 */
export class ProgressBar {
  readonly #label: string;
  readonly #terminal = process.stderr.isTTY === true;
  #line = "";

  constructor(label: string) {
    this.#label = label.padEnd(LABEL_WIDTH);
    this.update(0);
  }

  /** @param share 0 to 1. */
  update(share: number, words = ""): void {
    const bounded = Math.min(1, Math.max(0, share));
    const filled = Math.round(bounded * WIDTH);
    const percent = `${Math.floor(bounded * 100)}`.padStart(3);
    this.#line = `${this.#label} ${"█".repeat(filled)}${"░".repeat(WIDTH - filled)} ${percent} %  ${words}`;
    if (this.#terminal) process.stderr.write(`\r\x1b[2K${this.#line.slice(0, (process.stderr.columns || 200) - 1)}`);
  }

  /** Draws the bar full and leaves it there. */
  finish(words = ""): void {
    this.update(1, words);
    process.stderr.write(this.#terminal ? "\n" : `${this.#line}\n`);
  }

  /** Leaves the bar as it is, for an error message to follow. */
  stop(): void {
    process.stderr.write(this.#terminal ? "\n" : `${this.#line}\n`);
  }
}

/** `1234567` → `1.23 MB`, decimal. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const power = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${["", "kB", "MB", "GB"][power]}`;
}
