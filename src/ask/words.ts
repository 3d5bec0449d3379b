/** Words: stems, the parts of identifiers, and how alike two words are. */

const IRREGULAR: Record<string, string> = {
  people: "person",
  persons: "person",
  men: "man",
  women: "woman",
  children: "child",
  feet: "foot",
  mice: "mouse",
  geese: "goose",
  teeth: "tooth",
  indices: "index",
  matrices: "matrix",
  vertices: "vertex",
  criteria: "criterion",
  data: "data",
  media: "media",
  series: "series",
  species: "species",
  lives: "live",
  wolves: "wolf",
  leaves: "leaf",
  sold: "sell",
  bought: "buy",
  paid: "pay",
  spent: "spend",
  made: "make",
  written: "write",
  wrote: "write",
  won: "win",
  lost: "lose",
  taught: "teach",
  spoken: "speak",
  spoke: "speak",
  flew: "fly",
  flown: "fly",
  led: "lead",
  held: "hold",
  given: "give",
  gave: "give",
  driven: "drive",
  grew: "grow",
  grown: "grow",
  built: "build",
  born: "birth",
  died: "die",
  went: "go",
  came: "come",
  became: "become",
  left: "leave",
  saw: "see",
  seen: "see",
  got: "get",
  bus: "bus",
  gas: "gas",
  status: "status",
  is: "is",
  was: "was",
  has: "has",
  this: "this",
  its: "its",
  us: "us",
  news: "news",
  analyses: "analysis",
  heights: "height",
  weighed: "weigh",
  weighing: "weigh",
  weighs: "weigh",
  caused: "cause",
  causes: "cause",
  used: "use",
  using: "use",
  uses: "use",
  aged: "age",
  ages: "age",
  ageing: "age",
  bytes: "byte",
  minutes: "minute",
  does: "do",
  did: "do",
  movies: "movie",
  cancelled: "cancel",
  cancelling: "cancel",
  cancellation: "cancel",
  cancellations: "cancel",
  travelled: "travel",
  travelling: "travel",
  labelled: "label",
};

const KEPT = new Set(["gas", "bus", "yes", "his", "plus"]);
const VOWEL = /[aeiouy]/;

/**
 * The stem of an English word: plural, -ing and -ed endings and a silent e removed.
 * Lighter than Porter's, so that words of different meaning stay apart.
 */
export function stemWord(word: string): string {
  const w = word.toLowerCase();
  const irregular = Object.hasOwn(IRREGULAR, w) ? IRREGULAR[w] : undefined;
  if (irregular !== undefined) return dropSilentE(irregular);
  if (w.length <= 3) return /^[^aeious]*[aeiou][^aeious]s$/.test(w) && !KEPT.has(w) ? w.slice(0, -1) : w;
  if (/^\d+s$/.test(w)) return w;
  let s = w;
  if (s.endsWith("ies") && s.length > 4) s = `${s.slice(0, -3)}y`;
  else if (/(ss|x|ch|sh|z)es$/.test(s)) s = s.slice(0, -2);
  else if (s.endsWith("oes") && s.length > 4) s = s.slice(0, -2);
  else if (s.endsWith("s") && !/(ss|us|is)$/.test(s)) s = s.slice(0, -1);
  if (s.endsWith("ing") && s.length > 5 && VOWEL.test(s.slice(0, -3))) s = undouble(s.slice(0, -3));
  else if (s.endsWith("ied") && s.length > 4) s = `${s.slice(0, -3)}y`;
  else if (s.endsWith("ed") && s.length > 4 && !s.endsWith("eed") && VOWEL.test(s.slice(0, -2)))
    s = undouble(s.slice(0, -2));
  return dropSilentE(s);
}

function undouble(s: string): string {
  return /([bdfgklmnprt])\1$/.test(s) && !/(ll|ss)$/.test(s) ? s.slice(0, -1) : s;
}

function dropSilentE(s: string): string {
  const bare = s.length > 3 && s.endsWith("e") && !s.endsWith("ee") ? s.slice(0, -1) : s;
  return bare.length > 3 && bare.endsWith("y") ? `${bare.slice(0, -1)}i` : bare;
}

/**
 * The words of an identifier: split at anything that is no letter or digit, between cases and between letters and digits.
 * `"18_49_Rating_Share"` → `["18","49","rating","share"]`, `"IndepYear"` → `["indep","year"]`, `"CO2"` → `["co2"]`.
 */
export function splitIdentifier(name: string): string[] {
  return name
    .normalize("NFC")
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1 $2")
    .split(/[^\p{L}\p{N}$%#]+/u)
    .filter((part) => part !== "")
    .map((part) => part.toLowerCase())
    .flatMap((part, i, all) => expandNamePart(part, all[i + 1]));
}

/** "Fname", "LName": first and last names. */
function expandNamePart(part: string, next: string | undefined): string[] {
  if (part === "fname" || part === "firstname") return ["first", "name"];
  if (part === "lname" || part === "lastname") return ["last", "name"];
  if (next === "name" && (part === "f" || part === "l")) return [part === "f" ? "first" : "last"];
  return [part];
}

/** Whether two words differ by at most one edit (insert, delete, replace, swap of neighbours). */
export function isOneEditApart(a: string, b: string): boolean {
  if (a === b) return true;
  if (Math.abs(a.length - b.length) > 1) return false;
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  if (a.length === b.length) {
    if (a.slice(i + 1) === b.slice(i + 1)) return true;
    return a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2);
  }
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.slice(i) === long.slice(i + 1);
}

/** Number of leading characters two words share. */
export function sharedPrefixLength(a: string, b: string): number {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}

/** "directed", "written", "weighing": a verb form that leads on to what it takes. */
export function isParticiple(word: string): boolean {
  const lower = word.toLowerCase();
  return (
    (lower.length > 3 && lower.endsWith("ed") && !lower.endsWith("eed")) ||
    /^(written|spoken|born|made|built|sold|weighing|costing|earning|held|won|lost|driven|taught|given|grown|known|left|sent|bought|paid|shipped|begun|run|met|taken|chosen|broken|flown|hit)$/.test(
      lower,
    )
  );
}

/** Text folded for comparison: no case, no accents, single spaces, typographic quotes made plain. */
export function foldText(text: string): string {
  if (/^[\x20-\x5f\x61-\x7e]*$/.test(text)) return text.replace(/ {2,}/g, " ").trim().toLowerCase();
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .replace(/[’‘`´]/g, "'")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}
