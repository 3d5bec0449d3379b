/** What an export can be written as. `arrow` is an IPC file (Feather V2), which readers of streams take as well as readers of files. */
export const EXPORT_FORMATS = ["csv", "json", "ndjson", "parquet", "arrow", "xlsx"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The media type that an exported file is served with. */
export const MEDIA_TYPES: Record<ExportFormat, string> = {
  csv: "text/csv; charset=utf-8; header=present",
  json: "application/json",
  ndjson: "application/x-ndjson",
  parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.file",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};

const NDJSON_NAME = /\.(ndjson|jsonl)$/i;

/**
 * The format that comes nearest to that of a file, for files that are written anew: ORC becomes Parquet (both hold types by column), XLS
 * becomes XLSX, and JSON stays an array or lines as its name says.
 */
export function nearestFormat(file: { format: string | null; name: string }): ExportFormat {
  switch (file.format) {
    case "json":
      return NDJSON_NAME.test(withoutCompression(file.name)) ? "ndjson" : "json";
    case "orc":
      return "parquet";
    case "xls":
      return "xlsx";
    case "parquet":
    case "arrow":
    case "xlsx":
      return file.format;
    default:
      return "csv";
  }
}

const COMPRESSED_NAME = /\.(gz|gzip|bz2|xz|zst|zip)$/i;

/** `a.csv.gz` → `a.csv` */
export function withoutCompression(name: string): string {
  const bare = name.replace(COMPRESSED_NAME, "");
  return bare === "" ? name : bare;
}
