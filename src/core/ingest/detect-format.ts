import { type ByteSource, FormatError } from "../../formats/source.ts";

export const FORMATS = ["csv", "json", "parquet", "arrow", "orc", "xlsx", "xls"] as const;
export type Format = (typeof FORMATS)[number];

/** Formats that only bytes at known places can tell; their readers need ranges. */
const MAGIC: { format: Format; bytes: number[]; label: string }[] = [
  { format: "parquet", bytes: [0x50, 0x41, 0x52, 0x31], label: "Parquet" },
  { format: "arrow", bytes: [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31], label: "an Arrow file" },
  { format: "arrow", bytes: [0xff, 0xff, 0xff, 0xff], label: "an Arrow stream" },
  { format: "orc", bytes: [0x4f, 0x52, 0x43], label: "ORC" },
  { format: "xlsx", bytes: [0x50, 0x4b, 0x03, 0x04], label: "an Excel workbook (xlsx)" },
  { format: "xls", bytes: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], label: "an Excel workbook (xls)" },
];

const CONTENT_TYPES: Record<string, Format> = {
  "text/csv": "csv",
  "application/csv": "csv",
  "text/tab-separated-values": "csv",
  "application/json": "json",
  "application/x-ndjson": "json",
  "application/ndjson": "json",
  "application/jsonl": "json",
  "application/geo+json": "json",
  "application/vnd.apache.parquet": "parquet",
  "application/parquet": "parquet",
  "application/x-parquet": "parquet",
  "application/vnd.apache.arrow.file": "arrow",
  "application/vnd.apache.arrow.stream": "arrow",
  "application/vnd.apache.orc": "orc",
  "application/orc": "orc",
  "application/vnd.ms-excel": "xls",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
};

const EXTENSIONS: Record<string, Format> = {
  csv: "csv",
  tsv: "csv",
  tab: "csv",
  psv: "csv",
  txt: "csv",
  json: "json",
  ndjson: "json",
  jsonl: "json",
  geojson: "json",
  parquet: "parquet",
  pq: "parquet",
  arrow: "arrow",
  arrows: "arrow",
  feather: "arrow",
  ipc: "arrow",
  orc: "orc",
  xls: "xls",
  xlsx: "xlsx",
  xlsm: "xlsx",
};

const COMPRESSION_EXTENSION = /\.(gz|gzip|bz2|xz|zst|zip)$/i;

/** The format that a file's name or content type announces; the name counts for more, since browsers guess the type from it. */
export function declaredFormat(file: { name: string; contentType: string }): Format | undefined {
  const extension = /\.([a-z0-9]+)$/i.exec(file.name.replace(COMPRESSION_EXTENSION, ""))?.[1]?.toLowerCase() ?? "";
  const type = file.contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  return EXTENSIONS[extension] ?? CONTENT_TYPES[type];
}

/**
 * What a file is: its first bytes tell where they can, the declared format where they cannot. JSON that is declared as CSV is told by its
 * first braces.
 *
 * @throws FormatError when it is declared as a binary format that its bytes are not.
 */
export function decideFormat(head: Uint8Array, declared: Format | undefined): Format {
  const magic = MAGIC.find(({ bytes }) => bytes.every((byte, i) => head[i] === byte));
  if (magic) return magic.format;
  const expected = MAGIC.find(({ format }) => format === declared);
  if (declared === "arrow" && looksLikeOldArrowStream(head)) return "arrow";
  if (expected)
    throw new FormatError(
      `The file is declared as ${expected.label}, but does not begin as one. Check that the upload is complete and the name or content type right.`,
    );
  // No CSV file begins so; read as one it would be a table of braces.
  if (declared === "csv" && /^\uFEFF?\s*(\[\s*)?\{\s*"/.test(new TextDecoder().decode(head))) return "json";
  return (
    declared ??
    (/^\s*[[{]/.test(new TextDecoder().decode(head.subarray(0, 64)).replace(/^\uFEFF/, "")) ? "json" : "csv")
  );
}

/** Arrow streams before 0.15 begin with the length of their schema message alone. */
function looksLikeOldArrowStream(head: Uint8Array): boolean {
  const length = (head[0] ?? 0) | ((head[1] ?? 0) << 8);
  return length > 0 && head[2] === 0 && head[3] === 0;
}

/** The bytes that `decideFormat` wants to see. */
export async function readHead(source: ByteSource): Promise<Uint8Array> {
  return source.slice(0, Math.min(512, source.byteLength));
}
