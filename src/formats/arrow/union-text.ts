import { type Data, Utf8 } from "apache-arrow";
import { ByteWriter } from "../result/byte-writer.ts";
import { createJsonCell } from "../result/cells.ts";
import { FormatError } from "../source.ts";
import { type ColumnReader, isNull, type Nulls } from "./column-reader.ts";
import { createData } from "./create-data.ts";
import type { Layout } from "./layout.ts";
import { targetField } from "./target-type.ts";

/** Reads a union, whose values each have one of several types, as the JSON text of each value. */
export async function readUnion(reader: ColumnReader, layout: Layout, start: number, count: number): Promise<Data> {
  const { type } = layout.field;
  if (type.kind !== "union") throw new TypeError("Not a union.");
  let buffer = layout.buffer;
  let nulls: Nulls = { nullCount: 0, nullBitmap: undefined };
  if (reader.hasUnionValidity) {
    nulls = await reader.nulls(layout, start, count);
    buffer++;
  }
  const ids = await reader.integers(buffer, start, count, 8);
  const offsets = type.isDense ? await reader.integers(buffer + 1, start, count, 32) : undefined;
  const cells = new Map<number, { first: number; write: ReturnType<typeof createJsonCell>; data: Data }>();
  for (const [k, child] of layout.children.entries()) {
    const id = type.typeIds[k]!;
    const [first, length] = offsets ? rangeOf(ids, offsets, id) : [start, count];
    const field = targetField(child.field);
    const data = await reader.read(child, first, length, field);
    cells.set(id, { first, write: createJsonCell(data, field), data });
  }
  const out = new ByteWriter(1024);
  const valueOffsets = new Int32Array(count + 1);
  const bitmap = new Uint8Array((count + 7) >> 3);
  let valid = 0;
  for (let i = 0; i < count; i++) {
    const cell = cells.get(ids[i]!);
    if (!cell)
      throw new FormatError(`The union "${layout.field.name}" of the Arrow file has a value of no known type.`);
    const at = (offsets ? offsets[i]! : start + i) - cell.first;
    if (!isNull(nulls, i) && cell.data.getValid(at) && layout.children.length > 0) {
      cell.write(out, at);
      bitmap[i >> 3]! |= 1 << (i & 7);
      valid++;
    }
    valueOffsets[i + 1] = out.length;
  }
  const nullCount = count - valid;
  return createData({
    type: new Utf8(),
    length: count,
    nullCount,
    nullBitmap: nullCount > 0 ? bitmap : undefined,
    valueOffsets,
    data: out.take(),
  });
}

/** The stretch of a dense union's child that its values refer to. */
function rangeOf(ids: Int32Array, offsets: Int32Array, id: number): [first: number, length: number] {
  let first = Number.POSITIVE_INFINITY;
  let end = 0;
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] !== id) continue;
    const offset = offsets[i]!;
    if (offset < 0) throw new FormatError("A union of the Arrow file points outside its values: the file is corrupt.");
    first = Math.min(first, offset);
    end = Math.max(end, offset + 1);
  }
  return end === 0 ? [0, 0] : [first, end - first];
}
