import { FormatError } from "../source.ts";
import type { BatchHeader } from "./body.ts";
import type { WireField } from "./wire-schema.ts";

/** Where a field's node and buffers stand in a record batch. */
export interface Layout {
  readonly field: WireField;
  readonly length: number;
  readonly nullCount: number;
  /** Ordinal of its first buffer. */
  readonly buffer: number;
  readonly dataBuffers: number;
  readonly children: readonly Layout[];
}

/** Assigns nodes and buffers to fields, in the order in which the format lists them. Unions before version 1.0 have a validity buffer. */
export function layOutFields(fields: readonly WireField[], header: BatchHeader, hasUnionValidity: boolean): Layout[] {
  let node = 0;
  let buffer = 0;
  let variadic = 0;
  const place = (field: WireField): Layout => {
    const own = header.nodes[node++];
    if (!own) throw new FormatError("A record batch of the Arrow file has too few columns: the file is corrupt.");
    const first = buffer;
    const dataBuffers = field.type.kind === "view" && !field.dictionary ? (header.variadicCounts[variadic++] ?? 0) : 0;
    buffer += countBuffers(field, hasUnionValidity) + dataBuffers;
    const children = field.dictionary ? [] : field.children.map(place);
    return { field, length: own.length, nullCount: own.nullCount, buffer: first, dataBuffers, children };
  };
  const layouts = fields.map(place);
  if (buffer > header.buffers.length || variadic > Math.max(header.variadicCounts.length, variadic)) {
    throw new FormatError("A record batch of the Arrow file has too few buffers: the file is corrupt.");
  }
  return layouts;
}

function countBuffers(field: WireField, hasUnionValidity: boolean): number {
  if (field.dictionary) return 2;
  const { type } = field;
  switch (type.kind) {
    case "null":
    case "runEndEncoded":
      return 0;
    case "struct":
    case "fixedList":
      return 1;
    case "union":
      return (type.isDense ? 2 : 1) + (hasUnionValidity ? 1 : 0);
    case "bytes":
    case "listView":
      return 3;
    default:
      return 2;
  }
}
