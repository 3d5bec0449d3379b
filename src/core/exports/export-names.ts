import { type ExportFormat, withoutCompression } from "./export-format.ts";

const KNOWN_EXTENSION =
  /\.(csv|tsv|tab|psv|txt|json|ndjson|jsonl|geojson|parquet|pq|arrow|arrows|feather|ipc|orc|xls|xlsx|xlsm|xlsb)$/i;
/** What a name may not hold so that it can be one segment of a path, a header and a file on any system. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNSAFE = /[/\\\u0000-\u001f\u007f]+/gu;
const MAX_NAME_BYTES = 240;

/** Hands out file names that differ from each other, also on systems that do not tell upper from lower case. */
export class ExportNames {
  readonly #taken = new Set<string>();

  /** `sales.csv` as Parquet → `sales.parquet`; with a table of its own name → `sales.<table>.parquet`. */
  nameTable(filename: string, table: string | null, format: ExportFormat): string {
    const bare = withoutCompression(filename);
    const stem = bare.replace(KNOWN_EXTENSION, "") || bare;
    return this.#distinct(table === null ? stem : `${stem}.${table}`, `.${format}`);
  }

  /** A name that stays as it is, if it is still free. */
  keepName(filename: string): string {
    const dot = filename.lastIndexOf(".");
    return dot > 0 ? this.#distinct(filename.slice(0, dot), filename.slice(dot)) : this.#distinct(filename, "");
  }

  #distinct(stem: string, extension: string): string {
    const safe = cutText(stem.replace(UNSAFE, "_").toWellFormed(), MAX_NAME_BYTES - extension.length);
    let name = `${safe}${extension}`;
    for (let n = 2; this.#taken.has(name.toLowerCase()); n++) name = `${safe}_${n}${extension}`;
    this.#taken.add(name.toLowerCase());
    return name;
  }
}

/** The longest beginning of a text that has at most `maxBytes` in UTF-8. */
function cutText(text: string, maxBytes: number): string {
  const buffer = new Uint8Array(maxBytes);
  const { read } = new TextEncoder().encodeInto(text, buffer);
  return text.slice(0, read);
}
