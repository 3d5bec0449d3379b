import type { Compression } from "../../formats/compression/compression.ts";
import type { FileRow } from "../../storage/uploads.ts";
import type { Format } from "./detect-format.ts";

/** SELECT statements, one after another over the file's tables; or such a list for some of its tables, by their names. */
export type SqlTransforms = readonly string[] | Readonly<Record<string, readonly string[]>>;

/** How a file's owner wants it read: what `files.options` holds. What is left out is found out. */
export interface ReadOptions {
  /** The declared format; counts for more than the file's name and content type. */
  format?: Format | undefined;
  compression?: Compression | undefined;
  /** By the names of pandas' readers; see `parseParserOptions`. */
  parserOptions?: Readonly<Record<string, unknown>> | undefined;
  sqlTransforms?: SqlTransforms | undefined;
}

/** What the owner of a file has asked for. */
export function readOptionsOf(file: Pick<FileRow, "options">): ReadOptions {
  return file.options ?? {};
}
