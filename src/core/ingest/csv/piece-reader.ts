import { findLineEnd, isPlainUtf8, type TextForm } from "../../../formats/text-encoding.ts";
import { mendWindowsControls } from "../../../formats/windows-controls.ts";

/** A piece of text as UTF-8 that starts at the first byte of a record. */
export interface Piece {
  /** Has room for one byte after `end`. Valid until the next call of the reader. */
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Nothing follows. */
  readonly isFinal: boolean;
}

const TRANSCODE_BYTES = 4 * 1024 * 1024;

/**
 * Cuts a byte stream into pieces of bounded size and turns them into UTF-8. The caller says how many bytes of a piece it has used; the rest comes
 * again at the start of the next one. Where a piece begins depends on nothing but the bytes before, so that a run that was broken off
 * and taken up at `offset` sees the same pieces.
 */
export class PieceReader {
  /** Byte of the source at which the current piece begins. */
  offset: number;
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly raw: Uint8Array;
  private length = 0;
  private pending: Uint8Array | undefined;
  private isEnded = false;
  private form: TextForm;
  private text: Uint8Array | undefined;
  private textLength = 0;
  private decodedBytes = 0;

  constructor(stream: ReadableStream<Uint8Array>, offset: number, form: TextForm, pieceBytes: number) {
    this.reader = stream.getReader();
    this.raw = new Uint8Array(pieceBytes + 1);
    this.offset = offset;
    this.form = form;
  }

  /** Reads the rest of the source in another encoding, from the start of the current piece on. */
  setEncoding(encoding: string): void {
    this.form = { encoding };
  }

  /** The piece at the current offset: as many bytes as fit, fewer only at the end. */
  async read(): Promise<Piece> {
    const room = this.raw.length - 1;
    while (this.length < room && !this.isEnded) {
      if (this.pending === undefined) {
        const { done, value } = await this.reader.read();
        if (done) this.isEnded = true;
        else this.pending = value;
        continue;
      }
      const part = this.pending.subarray(0, room - this.length);
      this.raw.set(part, this.length);
      this.length += part.length;
      this.pending = part.length < this.pending.length ? this.pending.subarray(part.length) : undefined;
    }
    // A full buffer may hold the last byte: look once more, so that the end is known.
    while (!this.isEnded && this.pending === undefined) {
      const { done, value } = await this.reader.read();
      if (done) this.isEnded = true;
      else if (value.length > 0) this.pending = value;
    }
    const isFinal = this.isEnded && this.pending === undefined;
    if (isPlainUtf8(this.form)) return { bytes: this.raw, end: this.length, isFinal };
    this.decode();
    return { bytes: this.text!, end: this.textLength, isFinal: isFinal && this.decodedBytes === this.length };
  }

  /** Drops the first `bytes` bytes of the piece; they must end after a line end or at the end of the source. */
  consume(bytes: number): void {
    const used = isPlainUtf8(this.form) ? bytes : this.sourceBytes(bytes);
    this.raw.copyWithin(0, used, this.length);
    this.length -= used;
    this.offset += used;
  }

  /** Bytes of the source behind the first `bytes` bytes of the piece. */
  sourceBytes(bytes: number): number {
    if (isPlainUtf8(this.form)) return bytes;
    if (bytes >= this.textLength) return this.decodedBytes;
    let lineEnds = 0;
    for (let i = 0; i < bytes; i++) {
      const byte = this.text![i];
      if (byte === 10 || byte === 13) lineEnds++;
    }
    return findLineEnd(this.raw, this.decodedBytes, this.form.encoding, lineEnds);
  }

  async cancel(): Promise<void> {
    await this.reader.cancel();
  }

  private decode(): void {
    this.decodedBytes = Math.min(this.length, TRANSCODE_BYTES);
    // Every byte becomes at most three: a single byte one character, two bytes of UTF-16 one of up to three.
    const most = this.decodedBytes * 3 + 16;
    if (this.text === undefined || this.text.length < most) this.text = new Uint8Array(most);
    if (this.form.hasWindowsControls) {
      this.textLength = mendWindowsControls(this.raw, this.decodedBytes, this.text);
      return;
    }
    const decoder = new TextDecoder(this.form.encoding, { fatal: false, ignoreBOM: true });
    const encoder = new TextEncoder();
    let written = 0;
    const slice = 256 * 1024;
    for (let i = 0; i < this.decodedBytes; i += slice) {
      const end = Math.min(i + slice, this.decodedBytes);
      const text = decoder.decode(this.raw.subarray(i, end), { stream: end < this.decodedBytes });
      written += encoder.encodeInto(text, this.text.subarray(written)).written;
    }
    this.textLength = written;
  }
}
