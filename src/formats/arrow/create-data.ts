import { Data, DataType, makeData } from "apache-arrow";

/** The buffers and children of an array, as far as its type has them. */
export interface DataParts {
  readonly type: DataType;
  readonly length: number;
  readonly nullCount: number;
  readonly nullBitmap?: Uint8Array | undefined;
  readonly valueOffsets?: Int32Array;
  readonly data?: ArrayBufferView;
  readonly child?: Data;
  readonly children?: readonly Data[];
}

/** Makes Arrow data of a type known only at run time; the library's own function asks for it when compiling. */
export function createData(parts: DataParts): Data {
  if (DataType.isInterval(parts.type)) {
    // As 64-bit words the library writes intervals whole; as 32-bit words it cuts off every fourth.
    const buffers = [undefined, parts.data, parts.nullBitmap] as unknown as Data["buffers"];
    return new Data(parts.type, 0, parts.length, parts.nullCount, buffers);
  }
  return (makeData as unknown as (parts: DataParts) => Data)(parts);
}

/** Makes fixed-width Arrow data out of bytes in the type's own layout, which begin at an 8-byte boundary. */
export function createFixedData(
  type: DataType,
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
  nulls: { nullCount: number; nullBitmap: Uint8Array | undefined },
): Data {
  const width = widthOf(type);
  const ArrayType = DataType.isInterval(type) ? BigInt64Array : type.ArrayType;
  const units = (width * length) / ArrayType.BYTES_PER_ELEMENT;
  return createData({ type, length, ...nulls, data: new ArrayType(bytes.buffer, bytes.byteOffset, units) });
}

/** Bytes per value of a fixed-width type, as it is given out. */
export function widthOf(type: DataType): number {
  if (DataType.isInt(type)) return type.bitWidth / 8;
  if (DataType.isFloat(type)) return type.precision === 2 ? 8 : 4;
  if (DataType.isDate(type)) return 4;
  if (DataType.isTime(type) || DataType.isTimestamp(type) || DataType.isDuration(type)) return 8;
  if (DataType.isDecimal(type) || DataType.isInterval(type)) return 16;
  if (DataType.isFixedSizeBinary(type)) return type.byteWidth;
  throw new TypeError(`${type} has no fixed width.`);
}
