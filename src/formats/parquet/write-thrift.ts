import { ByteWriter } from "../result/byte-writer.ts";

/** Types of the compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md). */
const TRUE = 1;
const FALSE = 2;
const I8 = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

const encoder = new TextEncoder();

/** Writes Parquet's metadata in Thrift's compact protocol. Fields of a struct come in the order of their ids. */
export class ThriftWriter {
  readonly out = new ByteWriter(256);
  #field = 0;

  #head(id: number, type: number): void {
    const step = id - this.#field;
    if (step > 0 && step < 16) this.out.byte((step << 4) | type);
    else {
      this.out.byte(type);
      this.#varint(BigInt((id << 1) ^ (id >> 31)));
    }
    this.#field = id;
  }

  #varint(value: bigint): void {
    let rest = value;
    for (; rest > 127n; rest >>= 7n) this.out.byte(Number(rest & 127n) | 128);
    this.out.byte(Number(rest));
  }

  #zigzag(value: number | bigint): void {
    const whole = BigInt(value);
    this.#varint(BigInt.asUintN(64, (whole << 1n) ^ (whole >> 63n)));
  }

  bool(id: number, value: boolean): void {
    this.#head(id, value ? TRUE : FALSE);
  }

  i8(id: number, value: number): void {
    this.#head(id, I8);
    this.out.byte(value);
  }

  i16(id: number, value: number): void {
    this.#head(id, I16);
    this.#zigzag(value);
  }

  i32(id: number, value: number): void {
    this.#head(id, I32);
    this.#zigzag(value);
  }

  i64(id: number, value: number | bigint): void {
    this.#head(id, I64);
    this.#zigzag(value);
  }

  binary(id: number, value: Uint8Array): void {
    this.#head(id, BINARY);
    this.#bytes(value);
  }

  text(id: number, value: string): void {
    this.binary(id, encoder.encode(value));
  }

  #bytes(value: Uint8Array): void {
    this.#varint(BigInt(value.length));
    this.out.copy(value, 0);
  }

  /** A struct as a field; `body` writes its fields. */
  struct(id: number, body: () => void): void {
    this.#head(id, STRUCT);
    this.#nested(body);
  }

  /** A struct that stands alone, or as an element of a list. */
  element(body: () => void): void {
    this.#nested(body);
  }

  #nested(body: () => void): void {
    const outer = this.#field;
    this.#field = 0;
    body();
    this.out.byte(0);
    this.#field = outer;
  }

  structs<T>(id: number, items: readonly T[], body: (item: T) => void): void {
    this.#list(id, items.length, STRUCT);
    for (const item of items) this.#nested(() => body(item));
  }

  /** A list of structs that are serialized already. */
  serialized(id: number, items: readonly Uint8Array[]): void {
    this.#list(id, items.length, STRUCT);
    for (const item of items) this.out.copy(item, 0);
  }

  i32s(id: number, items: readonly number[]): void {
    this.#list(id, items.length, I32);
    for (const item of items) this.#zigzag(item);
  }

  texts(id: number, items: readonly string[]): void {
    this.#list(id, items.length, BINARY);
    for (const item of items) this.#bytes(encoder.encode(item));
  }

  #list(id: number, length: number, type: number): void {
    this.#head(id, LIST);
    if (length < 15) this.out.byte((length << 4) | type);
    else {
      this.out.byte(0xf0 | type);
      this.#varint(BigInt(length));
    }
  }
}
