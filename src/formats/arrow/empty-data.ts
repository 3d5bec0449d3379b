import { type Data, DataType } from "apache-arrow";
import { createData, createFixedData } from "./create-data.ts";
import { takeData } from "./take-data.ts";

/** An array of nulls. */
export function allNull(type: DataType, length: number): Data {
  const indices = new Int32Array(length).fill(-1);
  return takeData(emptyData(type), indices);
}

function emptyData(type: DataType): Data {
  const nulls = { length: 0, nullCount: 0 };
  if (DataType.isStruct(type)) {
    return createData({ type, ...nulls, children: type.children.map((child) => emptyData(child.type)) });
  }
  if (DataType.isList(type) || DataType.isMap(type)) {
    return createData({ type, ...nulls, valueOffsets: new Int32Array(1), child: emptyData(type.children[0]!.type) });
  }
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    return createData({ type, ...nulls, valueOffsets: new Int32Array(1), data: new Uint8Array(0) });
  }
  if (DataType.isBool(type)) return createData({ type, ...nulls, data: new Uint8Array(0) });
  return createFixedData(type, new Uint8Array(0), 0, { nullCount: 0, nullBitmap: undefined });
}
