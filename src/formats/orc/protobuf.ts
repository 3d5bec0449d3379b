import { FormatError } from "../source.ts";

/** One field of a protobuf message: a number for wire types 0 and 5 (and 1), bytes for type 2. */
export interface ProtobufField {
  readonly id: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

/** The fields of a message in order (protobuf.dev, "Encoding"). @throws FormatError when the message is cut off. */
export function* readMessage(bytes: Uint8Array): Generator<ProtobufField> {
  let at = 0;
  const readVarint = () => {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = bytes[at++];
      if (byte === undefined) throw damaged();
      value += (byte & 0x7f) * scale;
      if ((byte & 0x80) === 0) return value;
      scale *= 128;
    }
    throw damaged();
  };
  while (at < bytes.length) {
    const key = readVarint();
    const id = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === 0) yield { id, value: readVarint(), bytes: NO_BYTES };
    else if (wire === 1 || wire === 5) {
      const size = wire === 1 ? 8 : 4;
      if (at + size > bytes.length) throw damaged();
      yield { id, value: 0, bytes: bytes.subarray(at, at + size) };
      at += size;
    } else if (wire === 2) {
      const length = readVarint();
      if (at + length > bytes.length) throw damaged();
      yield { id, value: 0, bytes: bytes.subarray(at, at + length) };
      at += length;
    } else throw damaged();
  }
}

/** Numbers of a repeated field, packed or single. */
export function readNumbers(field: ProtobufField): number[] {
  if (field.bytes.length === 0) return [field.value];
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of field.bytes) {
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if ((byte & 0x80) === 0) {
      numbers.push(value);
      value = 0;
      scale = 1;
    }
  }
  return numbers;
}

/** A signed number in zigzag form. */
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function damaged(): FormatError {
  return new FormatError("The ORC file is damaged: its metadata is cut off. Write the file again.");
}
