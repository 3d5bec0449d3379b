import { FormatError } from "../source.ts";

/** What `XmlReader.next` found. `more` asks for `fill`. */
export const XmlEvent = { more: 0, start: 1, end: 2, text: 3, done: 4 } as const;
type Event = (typeof XmlEvent)[keyof typeof XmlEvent];

/** A tag, or a text without tags, may be this long. */
const MAX_TOKEN_BYTES = 4 * 1024 ** 2;
const MAX_DEPTH = 200;

/**
 * A small pull parser for the XML of OOXML parts, over bytes as they come: elements by local name, attributes, text.
 * Document type declarations are refused, so no entity can be defined. Not a validator: it checks nesting by depth only.
 */
export class XmlReader {
  /** Local name of the element started or ended last. */
  name = "";
  /** The text found last: `text[textStart, textEnd)`, UTF-8, entities resolved. */
  text: Uint8Array = new Uint8Array(0);
  textStart = 0;
  textEnd = 0;
  depth = 0;

  readonly #part: string;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #finished = false;
  #isStarted = false;
  #decoder: TextDecoder | undefined;
  #tagStart = 0;
  #tagEnd = 0;
  #closesItself = false;
  #scratch = new Uint8Array(256);

  /** `part` names the part in errors. */
  constructor(stream: ReadableStream<Uint8Array>, part: string) {
    this.#reader = stream.getReader();
    this.#part = part;
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => undefined);
  }

  fail(why: string): never {
    throw new FormatError(`The workbook's part ${this.#part} is damaged: ${why}. Save the workbook again in Excel.`);
  }

  /** Reads another chunk. @throws FormatError when there is none although the XML goes on. */
  async fill(): Promise<void> {
    if (this.#finished) this.fail("it ends too early");
    const { done, value: read } = await this.#reader.read();
    if (done) {
      this.#finished = true;
      if (this.depth > 0 || this.#at < this.#end) {
        if (this.depth > 0 || this.#bytes.subarray(this.#at, this.#end).some((byte) => byte > 32)) {
          this.fail("it ends too early");
        }
      }
      return;
    }
    if (!this.#isStarted && read.length > 0) {
      this.#isStarted = true;
      this.#decoder = this.#chooseDecoder(read);
    }
    const value = this.#decoder ? encoder.encode(this.#decoder.decode(read, { stream: true })) : read;
    const kept = this.#end - this.#at;
    if (kept > MAX_TOKEN_BYTES) this.fail(`a piece of it is longer than ${MAX_TOKEN_BYTES / 1024 ** 2} MiB`);
    if (kept === 0) {
      this.#bytes = value;
      this.#end = value.length;
    } else {
      const joined = new Uint8Array(kept + value.length);
      joined.set(this.#bytes.subarray(this.#at, this.#end));
      joined.set(value, kept);
      this.#bytes = joined;
      this.#end = joined.length;
    }
    this.#at = 0;
  }

  /** A decoder for a part that is not UTF-8, by its first bytes: a byte order mark, or what its XML declaration says. */
  #chooseDecoder(head: Uint8Array): TextDecoder | undefined {
    const [a, b] = head;
    if (a === 0xff && b === 0xfe) return new TextDecoder("utf-16le");
    if (a === 0xfe && b === 0xff) return new TextDecoder("utf-16be");
    const declared = /^(?:\u00ef\u00bb\u00bf)?<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(
      latin(head, 0, Math.min(head.length, 200)),
    )?.[1];
    // A mark in front of UTF-8 is passed over with the rest that stands outside of elements.
    if (declared === undefined || /^(utf-?8|us-ascii|ascii|utf-?16)$/i.test(declared)) return undefined;
    try {
      return new TextDecoder(declared);
    } catch {
      return this.fail(`it is written in the encoding ${declared}, which is not known`);
    }
  }

  /** The next event that is not `more`. */
  async read(): Promise<Event> {
    for (;;) {
      const event = this.next();
      if (event !== XmlEvent.more) return event;
      await this.fill();
    }
  }

  next(): Event {
    if (this.#closesItself) {
      this.#closesItself = false;
      this.depth--;
      return XmlEvent.end;
    }
    const bytes = this.#bytes;
    const end = this.#end;
    for (;;) {
      const at = this.#at;
      if (at >= end) return this.#finished ? XmlEvent.done : XmlEvent.more;
      if (bytes[at] !== 60) {
        const close = bytes.indexOf(60, at);
        if (close === -1) return this.#finished ? XmlEvent.done : XmlEvent.more;
        this.#at = close;
        if (this.depth === 0) continue;
        this.#setText(at, close);
        return XmlEvent.text;
      }
      const kind = at + 1 < end ? bytes[at + 1] : -1;
      if (kind === -1) return XmlEvent.more;
      if (kind === 63) {
        const close = this.#find("?>", at + 2);
        if (close === -1) return XmlEvent.more;
        this.#at = close + 2;
        continue;
      }
      if (kind === 33) {
        if (end - at < 9) return XmlEvent.more;
        if (this.#startsWith("<!--", at)) {
          const close = this.#find("-->", at + 4);
          if (close === -1) return XmlEvent.more;
          this.#at = close + 3;
          continue;
        }
        if (!this.#startsWith("<![CDATA[", at)) {
          this.fail("it has a document type declaration, which is not read for safety");
        }
        const close = this.#find("]]>", at + 9);
        if (close === -1) return XmlEvent.more;
        this.#at = close + 3;
        this.text = bytes;
        this.textStart = at + 9;
        this.textEnd = close;
        this.#repairUtf8();
        return XmlEvent.text;
      }
      if (kind === 47) {
        const close = bytes.indexOf(62, at);
        if (close === -1) return XmlEvent.more;
        this.#readName(at + 2, close);
        this.#at = close + 1;
        if (--this.depth < 0) this.fail("an element ends that was never started");
        return XmlEvent.end;
      }
      return this.#readStart(at);
    }
  }

  #readStart(at: number): Event {
    const bytes = this.#bytes;
    const end = this.#end;
    let quote = 0;
    let i = at + 1;
    for (; i < end; i++) {
      const byte = bytes[i]!;
      if (quote !== 0) {
        if (byte === quote) quote = 0;
      } else if (byte === 62) break;
      else if (byte === 34 || byte === 39) quote = byte;
    }
    if (i >= end) return XmlEvent.more;
    this.#closesItself = bytes[i - 1] === 47;
    this.#tagEnd = this.#closesItself ? i - 1 : i;
    this.#readName(at + 1, this.#tagEnd);
    this.#at = i + 1;
    if (++this.depth > MAX_DEPTH) this.fail(`elements are nested more than ${MAX_DEPTH} deep`);
    return XmlEvent.start;
  }

  #readName(start: number, end: number): void {
    const bytes = this.#bytes;
    let from = start;
    let i = start;
    let packed = 0;
    for (; i < end; i++) {
      const byte = bytes[i]!;
      if (byte <= 32) break;
      if (byte === 58) {
        from = i + 1;
        packed = 0;
      } else packed = (packed << 8) | byte;
    }
    this.#tagStart = i;
    if (i - from > 3) this.name = latin(bytes, from, i);
    else {
      let name = shortNames.get(packed);
      if (name === undefined) {
        name = latin(bytes, from, i);
        if (shortNames.size < 1000) shortNames.set(packed, name);
      }
      this.name = name;
    }
  }

  /** Finds an attribute of the element just started, by its name without prefix; the value lies in `text`. */
  findAttribute(name: string): boolean {
    const bytes = this.#bytes;
    const end = this.#tagEnd;
    let i = this.#tagStart;
    while (i < end) {
      while (i < end && bytes[i]! <= 32) i++;
      let from = i;
      while (i < end && bytes[i] !== 61 && bytes[i]! > 32) {
        if (bytes[i] === 58) from = i + 1;
        i++;
      }
      const nameEnd = i;
      while (i < end && bytes[i] !== 34 && bytes[i] !== 39) i++;
      const quote = bytes[i];
      const valueStart = ++i;
      while (i < end && bytes[i] !== quote) i++;
      if (i >= end) return false;
      if (nameEnd - from === name.length) {
        let j = 0;
        while (j < name.length && bytes[from + j] === name.charCodeAt(j)) j++;
        if (j === name.length) {
          this.#setText(valueStart, i);
          return true;
        }
      }
      i++;
    }
    return false;
  }

  /** An attribute of the element just started, by its name without prefix. */
  attribute(name: string): string | undefined {
    return this.findAttribute(name) ? this.textString() : undefined;
  }

  /** The last text as a string. */
  textString(): string {
    return decoder.decode(this.text.subarray(this.textStart, this.textEnd));
  }

  #startsWith(mark: string, at: number): boolean {
    for (let i = 0; i < mark.length; i++) if (this.#bytes[at + i] !== mark.charCodeAt(i)) return false;
    return true;
  }

  #find(mark: string, from: number): number {
    for (
      let i = this.#bytes.indexOf(mark.charCodeAt(0), from);
      i !== -1;
      i = this.#bytes.indexOf(mark.charCodeAt(0), i + 1)
    ) {
      if (i + mark.length > this.#end) return -1;
      if (this.#startsWith(mark, i)) return i;
    }
    return -1;
  }

  #setText(start: number, end: number): void {
    const bytes = this.#bytes;
    let special = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (byte === 38) special |= 1;
      else if (byte >= 0x80) special |= 2;
    }
    this.text = bytes;
    this.textStart = start;
    this.textEnd = end;
    if ((special & 1) !== 0) this.#resolveEntities();
    if ((special & 2) !== 0) this.#repairUtf8();
  }

  #resolveEntities(): void {
    const source = this.text;
    const end = this.textEnd;
    if (this.#scratch.length < end - this.textStart) this.#scratch = new Uint8Array(end - this.textStart);
    const out = this.#scratch;
    let filled = 0;
    for (let i = this.textStart; i < end; i++) {
      const byte = source[i]!;
      if (byte !== 38) {
        out[filled++] = byte;
        continue;
      }
      const close = source.indexOf(59, i);
      if (close === -1 || close >= end) this.fail('it has an "&" that starts no entity');
      const replacement = encoder.encode(this.#resolve(latin(source, i + 1, close)));
      // A reference is never shorter than what it stands for.
      out.set(replacement, filled);
      filled += replacement.length;
      i = close;
    }
    this.text = out;
    this.textStart = 0;
    this.textEnd = filled;
  }

  #resolve(entity: string): string {
    const named = ENTITIES[entity];
    if (named !== undefined) return named;
    const code = /^#x[0-9a-f]{1,6}$/i.test(entity)
      ? Number.parseInt(entity.slice(2), 16)
      : /^#\d{1,7}$/.test(entity)
        ? Number(entity.slice(1))
        : -1;
    if (code < 0 || code > 0x10ffff) this.fail(`it has the unknown entity "&${entity.slice(0, 20)};"`);
    return code === 0 || (code >= 0xd800 && code <= 0xdfff) ? "\ufffd" : String.fromCodePoint(code);
  }

  /** Replaces bytes that are not UTF-8, which happens in damaged files only. */
  #repairUtf8(): void {
    const slice = this.text.subarray(this.textStart, this.textEnd);
    if (slice.every((byte) => byte < 0x80)) return;
    this.text = encoder.encode(decoder.decode(slice));
    this.textStart = 0;
    this.textEnd = this.text.length;
  }
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
const encoder = new TextEncoder();
const shortNames = new Map<number, string>();

function latin(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
