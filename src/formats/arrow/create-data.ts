import { type Data, type DataType, makeData } from "apache-arrow";

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
  return (makeData as unknown as (parts: DataParts) => Data)(parts);
}
