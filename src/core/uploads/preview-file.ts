import { openDecompressed } from "../../formats/compression/open.ts";
import { previewCsv } from "../../formats/csv/preview.ts";
import { type ByteSource, FormatError } from "../../formats/source.ts";
import type { FileWithTables, TableRow } from "../../storage/uploads.ts";
import { AppError, invalidField } from "../errors.ts";
import type { CellMap } from "../ingest/find-tables.ts";
import { openObjectSource } from "../ingest/object-source.ts";
import { skipBytes } from "../ingest/skip-bytes.ts";
import type { Caller, Services } from "../services.ts";
import { readPage } from "../tables/read-page.ts";
import { getFile } from "./get-upload.ts";

export interface Preview {
  table: string | null;
  totalRows: number;
  columns: string[];
  rows: unknown[][];
  /** How the format's readers expect rows: JSON as records, everything else as arrays beside the column names. */
  shape: "arrays" | "records";
}

/**
 * The rows `offset` to `offset + limit` of a file as they stand in it: CSV cells as their original text, other formats as typed values.
 *
 * @throws AppError `not_found`; `resource_conflict` while the file is not parsed or when it could not be; `validation_failed` for a
 * table that it does not hold.
 */
export async function previewFile(
  services: Services,
  caller: Caller,
  input: { uploadId: string; filename: string; table?: string | undefined; limit: number; offset: number },
): Promise<Preview> {
  const file = await getFile(services, caller, input.uploadId, input.filename);
  const table = chooseTable(file, input.table);
  const source = openObjectSource(services.bucket, {
    key: file.objectKey,
    etag: file.etag ?? "",
    sizeBytes: file.sizeBytes ?? 0,
  });
  const page = { offset: Math.min(input.offset, table.rowCount + table.rejectCount), limit: input.limit };
  const cells = table.previewKey ? await services.bucket.get(table.previewKey) : null;
  const found = cells
    ? {
        columns: table.columns.map((column) => column.name),
        rows: await previewCells(source, file, await cells.json<CellMap>(), page),
      }
    : await readPage(services, table, page);
  return {
    table: table.name,
    totalRows: table.rowCount,
    shape: file.format === "json" ? "records" : "arrays",
    ...found,
  };
}

function chooseTable(file: FileWithTables, name: string | undefined): TableRow {
  if (file.status === "failed")
    throw new AppError(
      "resource_conflict",
      `“${file.name}” could not be read, so there is nothing to show. ${file.problem?.message ?? ""}`.trim(),
    );
  if (file.status !== "complete")
    throw new AppError(
      "resource_conflict",
      `“${file.name}” is ${file.status === "pending" ? "not uploaded yet" : "still being processed"}. Try again once it is complete.`,
      {
        retryAfterSeconds: 2,
      },
    );
  const table = name === undefined ? file.tables[0] : file.tables.find((candidate) => candidate.name === name);
  if (!table) {
    const known = file.tables.flatMap((candidate) => (candidate.name === null ? [] : [`“${candidate.name}”`]));
    const has = known.length > 0 ? `it has ${known.join(", ")}` : "its only table has no name, so leave this out";
    throw invalidField("table", `“${file.name}” holds no table “${name}”; ${has}.`);
  }
  return table;
}

type Page = { offset: number; limit: number };

async function previewCells(source: ByteSource, file: FileWithTables, cells: CellMap, page: Page): Promise<string[][]> {
  if (!file.compression) return previewCsv({ source, ...cells, ...page });
  const { members } = await openDecompressed(source, undefined);
  const member = members.find((candidate) => candidate.name === cells.member) ?? members[0];
  if (!member) throw new FormatError(`“${file.name}” holds no file.`);
  return previewCsv({ source: onlyForward(() => member.stream(), cells.bytes), ...cells, ...page });
}

/** A compressed member as a source: a slice is found by reading up to it. */
function onlyForward(open: () => ReadableStream<Uint8Array>, byteLength: number): ByteSource {
  const stream = (start = 0) => skipBytes(open(), start);
  return {
    byteLength,
    stream,
    async slice(start, end = byteLength) {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      let length = 0;
      for await (const chunk of stream(start)) {
        const part = chunk.slice(0, end - start - length);
        chunks.push(part);
        length += part.length;
        if (length >= end - start) break;
      }
      return new Blob(chunks).bytes();
    },
  };
}
