import type { DecodedColumn } from "./decoded-column.ts";
import type { OrcStream } from "./orc-stream.ts";
import { damaged, type OrcType } from "./tail.ts";
import type { ZoneOffset } from "./time-zone.ts";

/** Kinds of streams in a stripe (orc_proto.proto). */
export const StreamKind = { present: 0, data: 1, length: 2, dictionaryData: 3, secondary: 5 } as const;

/** What the column readers of one stripe share. */
export interface StripeContext {
  /** The stream of a column, or undefined where the stripe has none. */
  find(column: number, kind: number): OrcStream | undefined;
  readonly encodings: readonly { kind: number; dictionarySize: number }[];
  /** Of the writer's wall clock, when it is not UTC. */
  readonly zone: ZoneOffset | undefined;
  readonly hasDecimal64: boolean;
  /** Bytes that all dictionaries of the stripe may still take. */
  dictionaryBudget: number;
}

/** Reads one column of a stripe from its first row on. */
export interface ColumnReader {
  /** The next `count` rows. */
  read(count: number): Promise<DecodedColumn>;
  /** Gives the stream buffers back until the next read. */
  park(): void;
}

/** Version of the run-length encoding that a column uses. */
export function runVersion({ encodings }: Pick<StripeContext, "encodings">, type: OrcType): 1 | 2 {
  return encodings[type.id]!.kind >= 2 ? 2 : 1;
}

/** A stream that the column cannot do without. @throws FormatError when it is missing. */
export function needStream(context: StripeContext, type: OrcType, kind: number): OrcStream {
  const stream = context.find(type.id, kind);
  if (stream === undefined) throw damaged(`column number ${type.id} lacks one of its streams`);
  return stream;
}

/** A column of values of one width, without nulls. */
export function fixed(values: (DecodedColumn & { shape: "fixed" })["values"], stride = 1): DecodedColumn {
  return { shape: "fixed", length: values.length / stride, valid: undefined, values, stride };
}
