import { type ByteSource, FormatError } from "../source.ts";
import { readMessage } from "./protobuf.ts";
import { damaged, decompressAll, type OrcTail, type OrcType, type Stripe } from "./tail.ts";

const MAX_STRIPE_FOOTER = 8 * 1024 ** 2;

/** Where a stream lies in the file. */
export interface StreamPlace {
  column: number;
  kind: number;
  start: number;
  length: number;
}

export interface StripeFooter {
  streams: StreamPlace[];
  encodings: { kind: number; dictionarySize: number }[];
  zone: string;
}

/** What a stripe says of its streams. @throws FormatError for damage and encryption. */
export async function readStripeFooter(source: ByteSource, tail: OrcTail, stripe: Stripe): Promise<StripeFooter> {
  if (stripe.footerLength > MAX_STRIPE_FOOTER) throw damaged("a stripe's footer is too large");
  const start = stripe.offset + stripe.indexLength + stripe.dataLength;
  const raw = await source.slice(start, start + stripe.footerLength);
  const bytes = decompressAll(raw, tail.compression?.decompress, tail.blockSize);
  const footer: StripeFooter = { streams: [], encodings: [], zone: "" };
  let at = stripe.offset;
  for (const field of readMessage(bytes)) {
    if (field.id === 1) {
      const place: StreamPlace = { column: 0, kind: 0, start: at, length: 0 };
      for (const { id, value } of readMessage(field.bytes)) {
        if (id === 1) place.kind = value;
        else if (id === 2) place.column = value;
        else if (id === 3) place.length = value;
      }
      at += place.length;
      if (at > start) throw damaged("a stream passes the end of its stripe");
      // Indexes stand before the data and are not read.
      if (place.start >= stripe.offset + stripe.indexLength) footer.streams.push(place);
    } else if (field.id === 2) {
      const encoding = { kind: 0, dictionarySize: 0 };
      for (const { id, value } of readMessage(field.bytes)) {
        if (id === 1) encoding.kind = value;
        else if (id === 2) encoding.dictionarySize = value;
      }
      footer.encodings.push(encoding);
    } else if (field.id === 3) footer.zone = new TextDecoder().decode(field.bytes);
    else if (field.id === 4) {
      throw new FormatError("The ORC file is encrypted. Write it without encryption and upload it again.");
    }
  }
  if (footer.encodings.length <= lastColumn(tail.root))
    throw damaged("a stripe does not say how its columns are encoded");
  return footer;
}

function lastColumn(type: OrcType): number {
  return type.children.reduce((last, child) => Math.max(last, lastColumn(child)), type.id);
}
