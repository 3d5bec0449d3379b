/** What English words mean to a database: synonyms, adjectives that stand for a measure, words that carry nothing. */
import { stemWord } from "./words.ts";

/** Groups of words that name the same thing in tables. A word may be in several groups. */
const SYNONYM_GROUPS = [
  "name title label caption",
  "country nation homeland",
  "city town municipality",
  "state province",
  "continent",
  "location place where site venue address position",
  "salary pay wage income earning compensation",
  "revenue sale turnover gross income earn grossed earned",
  "price cost charge fare fee amount expense",
  "profit gain margin earning",
  "age old",
  "date day time when",
  "gender sex",
  "id identifier key",
  "code abbreviation",
  "quantity qty amount count",
  "quantity qty count unit",
  "population people inhabitant resident person citizen habitant",
  "area size land surface",
  "weight mass heavy weigh",
  "height tall",
  "length duration long runtime",
  "speed velocity fast",
  "employee staff worker personnel",
  "customer client buyer shopper",
  "student pupil learner schooler",
  "teacher instructor tutor lecturer professor",
  "movie film picture",
  "car vehicle automobile auto",
  "maker manufacturer producer brand",
  "company firm business organization organisation corporation enterprise",
  "product item good article merchandise",
  "home property listing",
  "order purchase",
  "phone telephone mobile",
  "email mail",
  "rating score grade mark",
  "goal score point",
  "rank ranking position",
  "language tongue",
  "leader head president ruler",
  "creator author writer",
  "genre category kind type class",
  "kind type category sort form",
  "department division section unit",
  "manager boss supervisor",
  "description note remark comment",
  "start begin begin commence open",
  "end finish close",
  "finish finished complete completed completion",
  "year",
  "capacity seat",
  "attendance audience spectator attendee",
  "result outcome",
  "degree qualification",
  "nationality citizenship nation country",
  "hometown town",
  "airport",
  "airline carrier operator",
  "flight fly",
  "destination arrival",
  "origin source departure",
  "death fatality killed casualty kill die dead",
  "injury injured wounded injure",
  "temperature temp",
  "precipitation rain rainfall",
  "vote ballot",
  "candidate contestant",
  "game match",
  "club team",
  "player athlete",
  "stadium arena",
  "song track",
  "album record",
  "doctor physician",
  "patient",
  "book publication",
  "loan borrow lend",
  "course class subject",
  "school college",
  "university college",
  "owner holder",
  "dog pet animal",
  "animal wildlife",
  "treatment procedure",
  "museum gallery",
  "visitor guest",
  "budget fund",
  "sale sold sell",
  "spend spending expenditure cost",
  "share percentage percent proportion",
  "delay late",
  "distance mileage",
  "depth deep",
  "width wide breadth",
  "month",
  "quarter",
  "week",
  "industry sector series",
  "branch",
  "shop store",
  "job occupation profession",
  "birthday birth dob",
  "zip postcode postal",
  "lat latitude",
  "lon lng longitude",
  "magnitude mag",
  "mileage mpg",
  "version make",
  "release premiere",
  "acceleration accelerate",
  "engine cylinder",
  "expect expected",
  "region zone",
  "county",
  "user member account subscriber",
  "transaction payment",
  "amount money",
  "review feedback",
  "churn leave left cancel",
  "found establish founded independence indep independent",
  "nominate nomination",
  "perform performance",
  "direct director",
  "produce production producer",
  "write writer",
  "invest investor",
  "compete competitor competition",
  "open opening",
  "arrive arrival",
  "depart departure",
  "own owner",
  "employ employee",
  "treat treatment",
  "enroll enrollment registration register join signup",
  "option choice",
  "party affiliation",
  "issue problem",
  "yield harvest crop",
  "electricity power energy",
  "kwh energy consumption usage",
  "generation output",
  "crash accident",
  "damage",
  "neighborhood district",
  "race ethnicity",
  "spectator viewer viewership audience",
];

/** Abbreviations that stand in column names and that no prefix rule would find. */
const ABBREVIATIONS: Record<string, string[]> = {
  qty: ["quantity"],
  num: ["number"],
  no: ["number"],
  nbr: ["number"],
  nr: ["number"],
  cnt: ["count"],
  amt: ["amount"],
  avg: ["average"],
  pct: ["percent", "percentage", "share"],
  perc: ["percent", "percentage", "share"],
  max: ["maximum", "highest"],
  min: ["minimum", "lowest"],
  temp: ["temperature"],
  pop: ["population"],
  dept: ["department"],
  addr: ["address"],
  tel: ["phone", "telephone"],
  yr: ["year"],
  mth: ["month"],
  dob: ["birth", "birthday"],
  ltv: ["lifetime", "value"],
  lang: ["language"],
  desc: ["description"],
  cat: ["category"],
  id: ["identifier"],
  mfr: ["manufacturer"],
  gnp: ["product"],
  gdp: ["product"],
  ret: ["return"],
  fname: ["first"],
  lname: ["last"],
  cust: ["customer"],
  prod: ["product"],
  emp: ["employee"],
  acct: ["account"],
  org: ["organization"],
  hp: ["horsepower"],
  lat: ["latitude"],
  lon: ["longitude"],
  lng: ["longitude"],
  perf: ["performance"],
  dir: ["direction"],
};

const groupsOf = new Map<string, Set<number>>();
SYNONYM_GROUPS.forEach((group, index) => {
  for (const word of group.split(" ")) {
    const stem = stemWord(word);
    const groups = groupsOf.get(stem) ?? new Set<number>();
    groups.add(index);
    groupsOf.set(stem, groups);
  }
});

/** All words that stand in some synonym group. */
export function listLexiconWords(): string[] {
  return SYNONYM_GROUPS.flatMap((group) => group.split(" "));
}

/** Whether two stems stand in one synonym group. */
export function areSynonyms(a: string, b: string): boolean {
  const groups = groupsOf.get(a);
  const others = groupsOf.get(b);
  if (groups === undefined || others === undefined) return false;
  for (const group of groups) if (others.has(group)) return true;
  return false;
}

/** Whether a compound ends in a synonym of a word ("highschooler" for "student"). */
export function hasSynonymAtEnd(stem: string, compound: string): boolean {
  for (let at = 3; at <= compound.length - 5; at++) if (areSynonyms(stem, compound.slice(at))) return true;
  return false;
}

/** Long forms of an abbreviation used in names, as stems. */
export function expandAbbreviation(word: string): string[] {
  return Object.hasOwn(ABBREVIATIONS, word) ? (ABBREVIATIONS[word] ?? []).map(stemWord) : [];
}

/** An adjective that orders things: which measures it may speak of (best first), and which end it means. */
export interface Gradable {
  measures: string[];
  /** `1`: the adjective's end is the large one ("old" of age); `-1`: the small one ("young"). */
  sign: 1 | -1;
}

const GRADABLE_WORDS: [string, 1 | -1, string][] = [
  ["old older oldest elder eldest", 1, "age -birth -year -date -founded -established -built -published"],
  ["young younger youngest", -1, "age -birth -year -date -founded -established -built -published"],
  ["tall taller tallest", 1, "height"],
  ["heavy heavier heaviest", 1, "weight mass"],
  ["light lighter lightest", -1, "weight mass"],
  ["long longer longest", 1, "length duration time minutes distance runtime pages"],
  ["short shorter shortest", -1, "length duration time height minutes distance pages"],
  [
    "big bigger biggest large larger largest",
    1,
    "area size population capacity mass magnitude people employees amount",
  ],
  ["small smaller smallest little tiny", -1, "area size population capacity mass magnitude amount"],
  ["fast faster fastest quick quicker quickest", 1, "speed velocity acceleration -time"],
  ["slow slower slowest", -1, "speed velocity -time"],
  ["expensive costly pricey dear costlier costliest", 1, "price cost fee amount rate budget damage"],
  ["cheap cheaper cheapest affordable inexpensive", -1, "price cost fee amount rate"],
  ["rich richer richest wealthy wealthier wealthiest", 1, "income gdp gnp wealth money salary"],
  ["poor poorer poorest", -1, "income gdp gnp wealth money salary"],
  ["new newer newest recent recently latest youngest", 1, "date year time release created"],
  ["early earlier earliest first", -1, "date year time release created start"],
  ["late later last", 1, "date year time release created"],
  ["deep deeper deepest", 1, "depth"],
  ["shallow shallower shallowest", -1, "depth"],
  ["wide wider widest", 1, "width"],
  ["narrow narrower narrowest", -1, "width"],
  ["hot hotter hottest warm warmer warmest", 1, "temperature"],
  ["cold colder coldest cool cooler coolest chilly", -1, "temperature"],
  ["wet wetter wettest rainy rainier rainiest", 1, "precipitation rain"],
  ["dry drier driest", -1, "precipitation rain"],
  ["windy windier windiest", 1, "wind"],
  ["populous populated populace crowded", 1, "population people inhabitants"],
  ["powerful stronger strongest strong", 1, "horsepower power magnitude strength"],
  ["weak weaker weakest", -1, "horsepower power magnitude strength"],
  ["best better", 1, "rating score grade -rank points"],
  ["worst worse", -1, "rating score grade -rank points"],
  ["good", 1, "rating score grade"],
  ["bad", -1, "rating score"],
  ["popular", 1, "popularity votes rating viewers count"],
  ["deadly deadlier deadliest lethal", 1, "deaths killed fatalities"],
  ["profitable", 1, "profit gross revenue"],
  ["successful", 1, "gross revenue profit sales"],
  ["northern northernmost", 1, "latitude"],
  ["southern southernmost", -1, "latitude"],
  ["eastern easternmost", 1, "longitude"],
  ["western westernmost", -1, "longitude"],
  ["healthy healthier healthiest", 1, "health life"],
  ["efficient economical", 1, "mpg mileage efficiency miles per gallon"],
  ["fuel-efficient", 1, "mpg mileage efficiency"],
  ["fertile", 1, "fertility"],
  ["busy busier busiest", 1, "traffic count passengers flights"],
  ["experienced", 1, "experience"],
  ["rated", 1, "rating"],
  ["ranked", -1, "rank"],
  ["sunny", 1, "sun"],
  ["dense", 1, "density"],
];

const gradables = new Map<string, Gradable>();
for (const [words, sign, measures] of GRADABLE_WORDS) {
  for (const word of words.split(" "))
    if (!gradables.has(word)) gradables.set(word, { measures: measures.split(" "), sign });
}

/** The measures an adjective (in any degree) speaks of. A measure with a leading `-` runs the other way round. */
export function findGradable(word: string): Gradable | undefined {
  return gradables.get(word);
}
