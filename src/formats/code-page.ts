/** A code page of two bytes a character, and which of its characters are those that texts are made of. */
interface WidePage {
  readonly encoding: string;
  /** Bytes of the first kind stand alone; of the others begins a character of two. */
  isSingle(byte: number): boolean;
  isLead(byte: number): boolean;
  isTrail(byte: number): boolean;
  /** Common ideographs, syllables and punctuation, by the rows that the standards put them in. */
  isCommon(lead: number, trail: number): boolean;
  /** Characters that texts in this language have many of, where others have few: kana, or none to be asked for. */
  readonly isTelling?: (lead: number, trail: number) => boolean;
}

const between = (byte: number, from: number, to: number) => byte >= from && byte <= to;
const isHigh = (byte: number) => between(byte, 0xa1, 0xfe);
const hasNoSingles = () => false;

const WIDE_PAGES: readonly WidePage[] = [
  {
    encoding: "shift_jis",
    isSingle: (byte) => between(byte, 0xa1, 0xdf),
    isLead: (byte) => between(byte, 0x81, 0x9f) || between(byte, 0xe0, 0xfc),
    isTrail: (byte) => between(byte, 0x40, 0xfc) && byte !== 0x7f,
    isCommon: (lead) => between(lead, 0x81, 0x83) || between(lead, 0x88, 0x97),
  },
  {
    encoding: "euc-jp",
    isSingle: hasNoSingles,
    isLead: isHigh,
    isTrail: isHigh,
    isCommon: (lead) => lead === 0xa1 || lead === 0xa4 || lead === 0xa5 || between(lead, 0xb0, 0xcf),
    isTelling: (lead) => lead === 0xa4 || lead === 0xa5,
  },
  {
    encoding: "gbk",
    isSingle: hasNoSingles,
    isLead: (byte) => between(byte, 0x81, 0xfe),
    isTrail: (byte) => between(byte, 0x40, 0xfe) && byte !== 0x7f,
    isCommon: (lead, trail) => isHigh(trail) && (between(lead, 0xa1, 0xa3) || between(lead, 0xb0, 0xd7)),
    // Half of its common characters lie behind those of Korean.
    isTelling: (lead) => between(lead, 0xc9, 0xd7),
  },
  {
    encoding: "big5",
    isSingle: hasNoSingles,
    isLead: (byte) => between(byte, 0xa1, 0xf9),
    isTrail: (byte) => between(byte, 0x40, 0x7e) || isHigh(byte),
    isCommon: (lead) => between(lead, 0xa1, 0xc6),
    isTelling: (_, trail) => trail < 0x80,
  },
  {
    encoding: "euc-kr",
    isSingle: hasNoSingles,
    isLead: (byte) => between(byte, 0x81, 0xfe),
    isTrail: (byte) => between(byte, 0x41, 0xfe),
    isCommon: (lead, trail) => isHigh(trail) && (between(lead, 0xa1, 0xa3) || between(lead, 0xb0, 0xc8)),
  },
];

/** Characters of two bytes that must have been seen. */
const LEAST_CHARACTERS = 4;
const COMMON_SHARE = 0.85;
/** Texts of one byte a character have a letter of ASCII behind most others; those of two rather one beyond it. */
const HIGH_TRAIL_SHARE = 0.35;
const TELLING_SHARE = 0.12;

/**
 * Tells which code page a text is in that is neither UTF-8 nor UTF-16: those of Japanese, Chinese, Korean and Cyrillic by the characters that
 * such texts mostly have, and Windows-1252 where nothing speaks for another. A character that is cut off at the end does no harm.
 */
export function detectCodePage(sample: Uint8Array): string {
  let best = isCyrillic(sample) ? "windows-1251" : "windows-1252";
  let bestShare = 0;
  for (const page of WIDE_PAGES) {
    const share = commonShare(sample, page);
    if (share <= bestShare || !canDecode(page.encoding)) continue;
    best = page.encoding;
    bestShare = share;
  }
  return best;
}

/** Share of the characters beyond ASCII that are common ones; 0 where the text cannot be in the page, or is not telling. */
function commonShare(sample: Uint8Array, page: WidePage): number {
  let pairs = 0;
  let singles = 0;
  let common = 0;
  let telling = 0;
  let highTrails = 0;
  for (let i = 0; i < sample.length; i++) {
    const lead = sample[i]!;
    if (lead < 0x80) continue;
    if (page.isSingle(lead)) {
      singles++;
      continue;
    }
    if (i + 1 === sample.length) break;
    const trail = sample[++i]!;
    if (!page.isLead(lead) || !page.isTrail(trail)) return 0;
    pairs++;
    if (trail >= 0x80) highTrails++;
    if (page.isCommon(lead, trail)) common++;
    if (page.isTelling?.(lead, trail)) telling++;
  }
  if (pairs < LEAST_CHARACTERS || highTrails < HIGH_TRAIL_SHARE * pairs) return 0;
  if (page.isTelling !== undefined && telling < TELLING_SHARE * pairs) return 0;
  const share = common / (pairs + singles);
  return share < COMMON_SHARE ? 0 : share;
}

/** The letters о, а, е, и, н, т, с, р, в, л and і of Windows-1251, which make up most of a Cyrillic text. */
const FREQUENT_CYRILLIC = new Set([0xee, 0xe0, 0xe5, 0xe8, 0xed, 0xf2, 0xf1, 0xf0, 0xe2, 0xeb, 0xb3]);
const LEAST_LETTERS = 8;

/** Whether the letters beyond ASCII stand side by side, as in Cyrillic words, and are mostly the frequent ones. */
function isCyrillic(sample: Uint8Array): boolean {
  let letters = 0;
  let small = 0;
  let joined = 0;
  let frequent = 0;
  for (let i = 0; i < sample.length; i++) {
    const byte = sample[i]!;
    if (byte < 0xc0 && byte !== 0xb3) continue;
    letters++;
    if (byte >= 0xe0 || byte === 0xb3) small++;
    if ((sample[i - 1] ?? 0) >= 0xb3 || (sample[i + 1] ?? 0) >= 0xb3) joined++;
    if (FREQUENT_CYRILLIC.has(byte)) frequent++;
  }
  return letters >= LEAST_LETTERS && joined > 0.8 * letters && frequent > 0.5 * small && small > 0.5 * letters;
}

/** Runtimes may come without the rarer tables. */
function canDecode(encoding: string): boolean {
  try {
    new TextDecoder(encoding);
    return true;
  } catch {
    return false;
  }
}
