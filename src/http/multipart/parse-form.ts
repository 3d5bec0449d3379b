import { BodyWindow, searchPattern } from "./body-window.ts";
import { parseContentHeader } from "./content-header.ts";
import {
  boundaryNotFound,
  cutOff,
  emptyForm,
  fieldTooLarge,
  malformedHeaders,
  noBoundary,
  tooManyParts,
} from "./form-error.ts";
import { parsePartHeaders } from "./part-headers.ts";

/**
 * A streaming reader of `multipart/form-data` (RFC 7578). It is pulled by its consumer: bytes are read from the request only as a
 * part is read, and it holds no more than one chunk of the body and one plain field.
 */

/** How much of a form is read, in bytes or parts. */
export interface FormLimits {
  maxParts: number;
  /** Of one plain field's value, and of one part's headers. */
  maxFieldBytes: number;
}

/** A plain field, whole. */
export interface FormField {
  kind: "field";
  name: string;
  value: string;
}

/**
 * A file. Its `stream` can be read once, until the next part is asked for; what is left unread is skipped then. A chunk of it is
 * overwritten when the next is asked for: copy what has to stay.
 */
export interface FormFile {
  kind: "file";
  name: string;
  filename: string;
  contentType: string;
  stream: AsyncIterable<Uint8Array>;
}

export type FormPart = FormField | FormFile;

const DEFAULT_LIMITS: FormLimits = { maxParts: 1_000, maxFieldBytes: 64 * 1024 };
/** Bytes allowed before the first boundary and after the last. */
const MAX_SURROUNDING_BYTES = 64 * 1024;

const CRLF = new Uint8Array([13, 10]);
const HEADERS_END = new Uint8Array([13, 10, 13, 10]);
const DASH = 45;

/**
 * The parts of a form in the order in which they arrive.
 *
 * @param request its Content-Type names the boundary.
 * @throws AppError `invalid_request` without a boundary, for a body that does not have it, for malformed part headers, and for a form
 * that breaks off (also out of a file's stream); `payload_too_large` above the limits.
 */
export async function* parseForm(
  request: Pick<Request, "headers" | "body">,
  limits: Partial<FormLimits> = {},
): AsyncGenerator<FormPart, void, undefined> {
  const boundary = parseContentHeader(request.headers.get("content-type") ?? "")?.parameters.get("boundary");
  if (boundary === undefined || boundary === "" || boundary.length > 250) throw noBoundary();
  if (request.body === null) throw emptyForm();
  const reader = new FormReader(request.body, boundary, { ...DEFAULT_LIMITS, ...limits });
  try {
    yield* reader.parts();
  } finally {
    await reader.close();
  }
}

class FormReader {
  readonly #window: BodyWindow;
  readonly #boundary: string;
  readonly #limits: FormLimits;
  /** CR LF, two dashes, and the boundary. */
  readonly #delimiter: Uint8Array;
  #ordinal = 0;
  /** The window stands within the content of part `#ordinal`. */
  #inContent = false;
  #where = "before its first part";

  constructor(body: ReadableStream<Uint8Array>, boundary: string, limits: FormLimits) {
    this.#window = new BodyWindow(body);
    this.#boundary = boundary;
    this.#limits = limits;
    this.#delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
  }

  close(): Promise<void> {
    return this.#window.close();
  }

  async *parts(): AsyncGenerator<FormPart, void, undefined> {
    await this.#skipPreamble();
    while (await this.#startPart()) {
      this.#ordinal++;
      if (this.#ordinal > this.#limits.maxParts) throw tooManyParts(this.#limits.maxParts);
      const headers = await this.#readHeaders();
      const { name, filename, contentType } = headers;
      this.#where = filename === undefined ? `in its field “${name}”` : `in the file “${filename}” (part “${name}”)`;
      this.#inContent = true;
      if (filename === undefined) {
        yield { kind: "field", name, value: await this.#collectField(name) };
      } else {
        yield {
          kind: "file",
          name,
          filename,
          contentType: contentType ?? "application/octet-stream",
          stream: this.#readContent(),
        };
        if (this.#inContent) for await (const _ of this.#readContent());
      }
      this.#where = `after its part “${name}”`;
    }
    await this.#skipEpilogue();
  }

  async #grow(): Promise<boolean> {
    try {
      return await this.#window.grow();
    } catch (cause) {
      throw cutOff(this.#where, cause);
    }
  }

  /** Makes the window hold at least `length` bytes. */
  async #need(length: number): Promise<void> {
    while (this.#window.bytes.length < length) if (!(await this.#grow())) throw cutOff(this.#where);
  }

  /** Leaves the window behind the first delimiter, which may stand at the very start, without its CR LF. */
  async #skipPreamble(): Promise<void> {
    if (!(await this.#grow())) throw emptyForm();
    const atStart = this.#delimiter.subarray(2);
    while (this.#window.bytes.length < atStart.length && (await this.#grow()));
    if (atStart.every((byte, i) => this.#window.bytes[i] === byte)) {
      this.#window.take(atStart.length);
      return;
    }
    let skipped = 0;
    for (;;) {
      const search = searchPattern(this.#window.bytes, this.#delimiter);
      if (search.found) {
        this.#window.take(search.at + this.#delimiter.length);
        return;
      }
      skipped += this.#window.take(search.safe).length;
      if (skipped > MAX_SURROUNDING_BYTES || !(await this.#grow())) throw boundaryNotFound(this.#boundary);
    }
  }

  /** Reads what follows a delimiter: two dashes end the form (false), an end of line starts a part (true). */
  async #startPart(): Promise<boolean> {
    await this.#need(2);
    if (this.#window.bytes[0] === DASH && this.#window.bytes[1] === DASH) {
      this.#window.take(2);
      return false;
    }
    while (isBlank(this.#window.bytes[0])) {
      this.#window.take(1);
      await this.#need(2);
    }
    if (!CRLF.every((byte, i) => this.#window.bytes[i] === byte)) throw boundaryNotFound(this.#boundary);
    return true;
  }

  async #readHeaders() {
    // The delimiter's own end of line is still in the window: a part without headers then ends them at once.
    for (;;) {
      const search = searchPattern(this.#window.bytes, HEADERS_END);
      const length = search.found ? search.at : this.#window.bytes.length;
      if (length > this.#limits.maxFieldBytes)
        throw malformedHeaders(this.#ordinal, `its headers do not end within ${this.#limits.maxFieldBytes} bytes`);
      if (search.found) {
        const block = this.#window.take(search.at + HEADERS_END.length);
        return parsePartHeaders(block, this.#ordinal);
      }
      if (!(await this.#grow())) throw cutOff(`in the headers of its part ${this.#ordinal}`);
    }
  }

  /** The content of the current part up to its delimiter, which is taken out of the window too. */
  async *#readContent(): AsyncGenerator<Uint8Array, void, undefined> {
    const ordinal = this.#ordinal;
    let from = 0;
    for (;;) {
      if (!this.#inContent || ordinal !== this.#ordinal)
        throw new Error(
          "This part of the form has been passed; its stream has to be read before the next part is asked for.",
        );
      const search = searchPattern(this.#window.bytes, this.#delimiter, from);
      if (!search.found) {
        if (search.safe > 0) yield this.#window.take(search.safe);
        from = 0;
        if (!(await this.#grow())) throw cutOff(this.#where);
        continue;
      }
      // A longer line that only begins like the delimiter is content.
      const end = search.at + this.#delimiter.length;
      await this.#need(end + 1);
      if (!mayFollowDelimiter(this.#window.bytes[end])) {
        from = search.at + 1;
        continue;
      }
      const last = this.#window.take(search.at);
      this.#window.take(this.#delimiter.length);
      this.#inContent = false;
      if (last.length > 0) yield last;
      return;
    }
  }

  async #collectField(name: string): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    let length = 0;
    for await (const chunk of this.#readContent()) {
      length += chunk.length;
      if (length > this.#limits.maxFieldBytes) throw fieldTooLarge(name, this.#limits.maxFieldBytes);
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  }

  async #skipEpilogue(): Promise<void> {
    let skipped = this.#window.take(this.#window.bytes.length).length;
    while (skipped <= MAX_SURROUNDING_BYTES && (await this.#grow()))
      skipped += this.#window.take(this.#window.bytes.length).length;
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}

function mayFollowDelimiter(byte: number | undefined): boolean {
  return byte === DASH || byte === 13 || isBlank(byte);
}
