import { FormatError } from "../source.ts";
import {
  byteOrderMark,
  detectTextEncoding,
  findLineEnd,
  isPlainUtf8,
  nameTextEncoding,
  type TextForm,
  toUtf8,
} from "../text-encoding.ts";
import { hasWindowsControls } from "../windows-controls.ts";
import { detectHeader } from "./detect-header.ts";
import { detectNumberSigns } from "./detect-numbers.ts";
import { type CsvDialect, type CsvOptions, DEFAULT_NULLS } from "./dialect.ts";
import { type CellLayout, RecordCursor } from "./record-cursor.ts";
import { refuseBinary } from "./refuse-binary.ts";
import { ALIGNED, DELIMITERS, type LayoutScore, scoreLayout } from "./score-layout.ts";

/** Bytes of the sample that every candidate layout is tried on. */
const SCORED_BYTES = 128 * 1024;
const MENDED = { hasWindowsControls: true };

/**
 * Finds out how a CSV file is laid out from its first bytes (1 MB is plenty). Declared options are taken as they are.
 *
 * @param sample the first bytes of the file, decompressed, cut anywhere; `isWhole`: they are all of it.
 * @returns the dialect, and whether only ASCII was seen, so that later bytes may still decide the encoding.
 * @throws FormatError for an empty file, binary data or an unknown encoding.
 */
export function detectCsvDialect(
  sample: Uint8Array,
  request: { options?: CsvOptions; isWhole: boolean },
): { dialect: CsvDialect; isAscii: boolean } {
  const declared = request.options ?? {};
  const { encoding, bomBytes, isAscii } = chooseEncoding(sample, declared);
  refuseBinary(sample, encoding);
  const raw = sample.subarray(bomBytes);
  const form: TextForm = { encoding, ...(encoding === "utf-8" && hasWindowsControls(raw) ? MENDED : {}) };
  const bytes = toUtf8(raw, form);
  const told = readSepLine(bytes, declared);
  const options = told === undefined ? declared : { ...declared, sep: told };
  const skipped = told !== undefined ? lineStart(bytes, 1) : skipLines(bytes, options.skiprows);
  const body = bytes.subarray(skipped);
  const comment = options.comment ?? (hasComments(body) ? "#" : "");
  const { layout, confidence } = chooseLayout(
    body,
    { ...options, comment, hasInlineComments: options.comment !== undefined },
    request.isWhole,
  );
  const header = detectHeader(body, layout, options, request.isWhole);
  const signs = detectNumberSigns(body.subarray(header.dataOffset), header.layout, options, request.isWhole);
  const dataByte = skipped + header.dataOffset;
  return {
    isAscii: isAscii && options.encoding === undefined,
    dialect: {
      ...form,
      ...header.layout,
      ...signs,
      newline: detectNewline(bytes),
      skipLines: countLineEnds(bytes, skipped) + header.skipLines,
      headerRecords: header.headerRecords,
      dataOffset: bomBytes + sourceOffset(raw, bytes, dataByte, form),
      dataLine: 1 + countLineEnds(bytes, dataByte),
      columns: header.columns,
      ...(header.renamed.length > 0 ? { renamed: header.renamed } : {}),
      padShort: header.padShort,
      trailingDelimiter: header.trailingDelimiter,
      isPage: header.isPage,
      patterns: header.patterns,
      nulls: [...new Set([...(options.keepDefaultNa === false ? [] : DEFAULT_NULLS), ...(options.naValues ?? [])])],
      confidence,
    },
  };
}

function chooseEncoding(sample: Uint8Array, options: CsvOptions) {
  if (options.encoding === undefined) return detectTextEncoding(sample);
  const encoding = nameTextEncoding(options.encoding);
  if (encoding === undefined)
    throw new FormatError(
      `The encoding '${options.encoding}' is not known. Common ones are utf-8, utf-16, latin1 and cp1252.`,
    );
  // "utf-16" alone lets the byte order mark decide.
  const isPlain16 = encoding === "utf-16le" && sample[0] === 0xfe && sample[1] === 0xff;
  const actual = isPlain16 ? "utf-16be" : encoding;
  return { encoding: actual, bomBytes: byteOrderMark(sample, actual), isAscii: false };
}

function chooseLayout(
  body: Uint8Array,
  options: CsvOptions & { comment: string; hasInlineComments: boolean },
  isWhole: boolean,
): { layout: CellLayout; confidence: number } {
  const scored = body.subarray(0, SCORED_BYTES);
  const isAll = isWhole && scored.length === body.length;
  const present = new Uint8Array(256);
  for (const byte of scored) present[byte] = 1;
  const isIndented = isEachLineIndented(scored);
  const delimiters =
    options.sep === undefined
      ? DELIMITERS.filter(
          ([delimiter]) =>
            delimiter !== options.comment &&
            (delimiter === ALIGNED
              ? isIndented || hasAligned(scored)
              : delimiter === "," || stands(scored, delimiter)) &&
            !(delimiter === " " && isIndented),
        )
      : ([[options.sep, 1]] as const);
  const quotes =
    options.quotechar === undefined
      ? ([
          ['"', 1],
          ...(present[39] ? ([["'", 0.9]] as const) : []),
          ...(present[34] ? ([["", 0.4]] as const) : []),
        ] as const)
      : ([[options.quotechar, 1]] as const);
  const declared = {
    ...(options.hasInlineComments ? { hasInlineComments: true } : {}),
    ...(options.escapechar === undefined ? {} : { escapesAny: true }),
    ...(typeof options.skiprows === "object" ? { skippedLines: options.skiprows.map((line) => line + 1) } : {}),
  };
  const scores: LayoutScore[] = [];
  for (const [delimiter, belief] of delimiters) {
    for (const [quote, quoteBelief] of quotes) {
      const escapes = options.escapechar !== undefined ? [options.escapechar] : escapesFor(quote, scored, present);
      for (const escaping of escapes) {
        if (
          escaping === "\\" &&
          options.escapechar === undefined &&
          !hasEscaped(scored, quote) &&
          !hasEscaped(scored, delimiter)
        )
          continue;
        const layout = {
          ...nameDelimiter(delimiter),
          quote,
          escape: escaping,
          comment: options.comment,
          ...declared,
        };
        const score = scoreLayout(scored, layout, belief * quoteBelief * (escaping === "\\" ? 0.98 : 1), isAll);
        if (quote === "'" && score.quotedCells === 0) continue;
        scores.push(score);
      }
    }
  }
  scores.sort((a, b) => b.score - a.score);
  const best = scores.find((score) => !isDoubtful(score, scores)) ?? scores[0]!;
  const rival = scores.find((score) => score.layout.delimiter !== best.layout.delimiter);
  const confidence = rival === undefined || best.score === 0 ? 1 : 1 - rival.score / (best.score + rival.score);
  return { layout: widenDelimiter(scored, best.layout, options), confidence };
}

/**
 * Spaces and colons also stand in prose and in times. They count as delimiters only where they part values of known types or
 * quoted ones, and where the lines as a whole are no values.
 */
function isDoubtful(score: LayoutScore, scores: readonly LayoutScore[]): boolean {
  if (score.layout.quote === "" && isOneQuotedColumn(score.layout.delimiter, scores)) return true;
  // One alone stands in addresses and names: `fe80::1`, `std::map`.
  if (score.layout.delimiter === "::") return score.counts.every((count) => count <= 2);
  if ([",", "\t", ";", "|", "||", "\u0001"].includes(score.layout.delimiter) || scores.length === 1) return false;
  if (score.counts.every((count) => count <= 1)) return false;
  // One line alone shows no pattern.
  if (score.counts.length < 2) return true;
  if (score.layout.collapse && score.isSpaced && isUniform(score)) return false;
  const whole = scores.find((other) => other.counts.every((count) => count <= 1));
  return score.valueCells < 0.45 || (whole !== undefined && whole.valueCells >= 0.5);
}

/** Whether all of a delimiter stands inside of quotes, which hold whole cells: it is then part of the only column's texts. */
function isOneQuotedColumn(delimiter: string, scores: readonly LayoutScore[]): boolean {
  const quoted = scores.find(({ layout }) => layout.delimiter === delimiter && layout.quote === '"');
  return (
    quoted !== undefined &&
    quoted.quotedCells > 0 &&
    quoted.oddRecords === 0 &&
    quoted.counts.every((count) => count === 1)
  );
}

/** Prose does not have as many words in every line. */
function isUniform({ counts }: LayoutScore): boolean {
  return counts.length > 2 && counts.every((count) => count === counts[0]);
}

/** pandas' names for runs of white space mean the same here. */
function nameDelimiter(sep: string): { delimiter: string; collapse: boolean } {
  if (sep === ALIGNED || sep === " +") return { delimiter: " ", collapse: true };
  return { delimiter: sep === "\\t" ? "\t" : sep, collapse: false };
}

/** Whether spaces stand in runs. */
function hasAligned(bytes: Uint8Array): boolean {
  return bytes.some((byte, i) => byte === 32 && bytes[i + 1] === 32);
}

/** Whether all lines begin with a space, which then aligns their cells and parts none. */
function isEachLineIndented(bytes: Uint8Array): boolean {
  for (let start = 0; start < bytes.length; start = lineStart(bytes.subarray(start), 1) + start)
    if (bytes[start] !== 32 && bytes[start] !== 10 && bytes[start] !== 13) return false;
  return bytes.length > 0;
}

/** Whether a text has a delimiter; a single character that always stands doubled is none. */
function stands(bytes: Uint8Array, delimiter: string): boolean {
  const code = delimiter.charCodeAt(0);
  const isDoubled = delimiter.length > 1;
  let found = false;
  for (let i = bytes.indexOf(code); i >= 0; i = bytes.indexOf(code, i + 1)) {
    if (bytes[i + 1] !== code) {
      if (!isDoubled) return true;
      continue;
    }
    found = true;
    i++;
  }
  return found && (isDoubled || !DOUBLED.includes(delimiter));
}

/** Delimiters that are also written twice. */
const DOUBLED = "|:";

/** A delimiter that always stands between spaces, or before one, is all of it. */
function widenDelimiter(sample: Uint8Array, layout: CellLayout, options: CsvOptions): CellLayout {
  if (options.sep !== undefined || layout.delimiter === " " || layout.collapse) return layout;
  const narrow = describeCells(sample, layout);
  if (!/[2-9]/.test(narrow)) return layout;
  const wider = [` ${layout.delimiter} `, `${layout.delimiter} `].map((delimiter) => ({ ...layout, delimiter }));
  return wider.find((wide) => describeCells(sample, wide) === narrow) ?? layout;
}

/** Cells and quoted cells of each complete record of a sample. */
function describeCells(sample: Uint8Array, layout: CellLayout): string {
  const cursor = new RecordCursor(sample, sample.length, layout, { final: false, firstLine: 1 });
  const parts: string[] = [];
  for (let records = 0; records < 200 && cursor.read(); records++) {
    if (cursor.isComment) continue;
    let quoted = 0;
    for (let i = 0; i < cursor.count; i++) quoted += cursor.marks[i]! & 1;
    parts.push(`${cursor.count}q${quoted === 0 ? "" : "uoted".repeat(quoted)}`);
  }
  return parts.join(" ");
}

/** What may stand before a quote inside quotes: another quote, a backslash, or the usual quote where apostrophes took its place. */
function escapesFor(quote: string, scored: Uint8Array, present: Uint8Array): string[] {
  if (quote === "") return [quote];
  const escapes = present[92] ? [quote, "\\"] : [quote];
  return quote === "'" && present[34] && escapesAlways(scored) ? ['"', ...escapes] : escapes;
}

/** Whether every `"` stands before another or an apostrophe. */
function escapesAlways(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 34) continue;
    if (bytes[i + 1] !== 34 && bytes[i + 1] !== 39) return false;
    i++;
  }
  return true;
}

function hasEscaped(bytes: Uint8Array, character: string): boolean {
  const code = character.charCodeAt(0);
  for (let i = 0; i + 1 < bytes.length; i++) if (bytes[i] === 92 && bytes[i + 1] === code) return true;
  return false;
}

/** Lines that start with `#` are comments when others do not, unless only the first does (a header). */
function hasComments(bytes: Uint8Array): boolean {
  let comments = 0;
  let others = 0;
  let lastComment = -1;
  let lines = 0;
  for (let start = 0; start < Math.min(bytes.length, SCORED_BYTES) && lines < 1000; lines++) {
    let end = start;
    while (end < bytes.length && bytes[end] !== 10 && bytes[end] !== 13) end++;
    if (bytes[start] === 35) {
      comments++;
      lastComment = lines;
    } else if (end > start) others++;
    start = end + 1;
  }
  return comments > 0 && others > 0 && lastComment > 0 && comments < others + 20;
}

/** The delimiter that a first line `sep=;` tells, as Excel takes it. */
function readSepLine(bytes: Uint8Array, { sep, skiprows, header }: CsvOptions): string | undefined {
  if (sep !== undefined || skiprows !== undefined || header !== undefined) return undefined;
  return /^"?sep=([\t -~])"?[\r\n]/i.exec(new TextDecoder().decode(bytes.subarray(0, 16)))?.[1];
}

/** Byte after the physical lines at the start that are to be skipped. */
function skipLines(bytes: Uint8Array, skiprows: CsvOptions["skiprows"]): number {
  return typeof skiprows === "number" && skiprows > 0 ? lineStart(bytes, skiprows) : 0;
}

function lineStart(bytes: Uint8Array, lines: number): number {
  let left = lines;
  for (let i = 0; i < bytes.length; i++) {
    const isEnd = bytes[i] === 10 || (bytes[i] === 13 && bytes[i + 1] !== 10);
    if (isEnd && --left === 0) return i + 1;
  }
  return bytes.length;
}

function countLineEnds(bytes: Uint8Array, before: number): number {
  let count = 0;
  for (let i = 0; i < before; i++) if (bytes[i] === 10 || (bytes[i] === 13 && bytes[i + 1] !== 10)) count++;
  return count;
}

function detectNewline(bytes: Uint8Array): "\n" | "\r\n" | "\r" {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 10) return "\n";
    if (bytes[i] === 13) return bytes[i + 1] === 10 ? "\r\n" : "\r";
  }
  return "\n";
}

/** Byte of the source that corresponds to a byte of its UTF-8 form, which is the start of a line. */
function sourceOffset(raw: Uint8Array, bytes: Uint8Array, at: number, form: TextForm): number {
  if (isPlainUtf8(form)) return at;
  if (at >= bytes.length) return raw.length;
  let lineEnds = 0;
  for (let i = 0; i < at; i++) if (bytes[i] === 10 || bytes[i] === 13) lineEnds++;
  return findLineEnd(raw, raw.length, form.encoding, lineEnds);
}
