/** What a question says, before its names are settled: wishes, conditions, groups and order over candidate columns and tables. */
import type { Act } from "./account.ts";
import type { Period } from "./dates.ts";
import type { AggregateName, Comparison } from "./phrases.ts";
import type { ColumnLink, TableLink, ValueLink } from "./spans.ts";
import type { ChartKind, TimeUnit } from "./types.ts";

/** A name in the question with everything it may stand for. */
export interface Noun {
  text: string;
  from: number;
  columns: ColumnLink[];
  tables: TableLink[];
  /** Nouns said to own it ("the singer's name", "name of the singer", "singer names"). */
  owners: Noun[];
}

export interface ValueChoice {
  text: string;
  links: ValueLink[];
}

export type Quantity =
  | { kind: "number"; value: number; percent: boolean; unit?: string }
  /** The same measure of a thing known by name ("longer than Titanic"). */
  | { kind: "entity"; choice: ValueChoice }
  | { kind: "period"; period: Period }
  | { kind: "text"; text: string }
  | { kind: "aggregate"; fn: AggregateName; noun?: Noun; scope: Condition[] }
  | { kind: "anyOf"; which: "any" | "all"; noun?: Noun; scope: Condition[] }
  | { kind: "rowOf"; superlative: Superlative; scope: Condition[] }
  | { kind: "column"; noun: Noun };

export interface ConditionBase {
  /** How it is joined to the condition before it. */
  joiner: "and" | "or";
  /** Came after "is", "have" or "that": for a percentage, the part and not the whole. */
  predicate?: boolean;
  /** Came within what is asked for ("percentage of premium customers …"): the whole and not the part. */
  inWish?: boolean;
  /** The entity spoken of when the condition came. */
  about?: Noun;
  text: string;
}

export type Condition = ConditionBase &
  (
    | { kind: "compare"; noun?: Noun; adjective?: string; cmp: Comparison; value: Quantity; others?: Quantity[] }
    | { kind: "between"; noun?: Noun; low: Quantity; high: Quantity }
    | { kind: "value"; noun?: Noun; choices: ValueChoice[]; every: boolean; lead?: "from" | "to" }
    | { kind: "period"; noun?: Noun; cmp: Comparison; periods: Period[]; every: boolean }
    | { kind: "like"; noun?: Noun; where: "any" | "start" | "end"; text_: string }
    | { kind: "null"; noun: Noun; negated: boolean }
    | { kind: "flag"; noun: Noun; positive: boolean }
    | { kind: "count"; noun: Noun; cmp: Comparison; n: number }
    | { kind: "aggregate"; fn: AggregateName; noun: Noun; cmp: Comparison; value: Quantity }
    | { kind: "exists"; noun: Noun }
    | { kind: "top"; superlative: Superlative }
    | { kind: "not"; inner: Condition[]; noun?: Noun; strength: "not" | "no" | "except" }
  );

/** "the three oldest", "with the most concerts", "the most common". */
export interface Superlative {
  dir: "asc" | "desc";
  n: number;
  /** Better ones before it ("the third highest": 2). */
  skip?: number;
  /** The measure named ("the highest capacity"). */
  noun?: Noun;
  /** An adjective that stands for a measure ("oldest"). */
  adjective?: string;
  /** An aggregate of the measure ("the highest average price"). */
  fn?: AggregateName;
  /** Counts rows of the noun ("the most concerts"), or of what is spoken of ("the most common"). */
  counts: boolean;
  /** The thing that is superlative ("the youngest singer"), when named. */
  about?: Noun;
  text: string;
  /** An n was said ("top 3"). */
  counted: boolean;
}

export interface Wish {
  fn?: AggregateName | "count";
  /** For quantiles: the share. */
  share?: number;
  distinct: boolean;
  noun?: Noun;
  /** "percentage of …". */
  asShare?: boolean;
  /** "how many", "how much": a number is wanted, but a numeric column may already be it. */
  asked?: boolean;
  /** The word counted that names nothing in the tables. */
  unknown?: string;
  /** "how many days", "the hottest day": times themselves are wanted. */
  unit?: TimeUnit;
  /** "how many people": rows of whichever table holds people. */
  people?: boolean;
  text: string;
}

export interface Grouping {
  noun?: Noun;
  unit?: TimeUnit;
  part?: "month" | "weekday" | "hour" | "quarter";
  /** A figure is taken of each of these before the figure that is shown ("average monthly revenue", "orders per customer on average"). */
  inner?: boolean;
}

export interface Ordering {
  noun?: Noun;
  fn?: AggregateName | "count";
  dir: "asc" | "desc";
  /** "highest first": by the figure shown, not by the first column. */
  byMeasure?: boolean;
}

export interface Frame {
  wishes: Wish[];
  conditions: Condition[];
  groups: Grouping[];
  orders: Ordering[];
  superlatives: Superlative[];
  /** Tables named on their own. */
  mentions: Noun[];
  /** Columns named on their own, without a condition or a wish. */
  asides: Noun[];
  limit?: number;
  /** "the 3 countries with the fewest people": how many a superlative said later keeps. */
  few?: number;
  distinct: boolean;
  ask?: string;
  chart?: ChartKind;
  wantsChart: boolean;
  /** "compare": what is compared is shown beside the figures. */
  compares: boolean;
  trend: boolean;
  growth: boolean;
  /** "… per customer on average": an aggregate over the groups' figures. */
  perGroup?: AggregateName;
  running: boolean;
  correlation: boolean;
  distribution: boolean;
  share: boolean;
  ratio: boolean;
  /** "as a percentage of": a ratio in percent. */
  inPercent?: boolean;
  /** "… in hours": the unit in which a figure is wanted. */
  inUnit?: string;
  /** "everything about": all columns are wanted. */
  everything: boolean;
  /** Stems of all words of the question (and of those it follows up on). */
  stems: string[];
  /** Words that act on data, to be found again in the query. */
  acts: Act[];
  /** Content words that found no place. */
  unplaced: string[];
  /** Words that act on data ("most", "not", "above") and found nothing to act on. */
  lost: string[];
  /** Number of content words in all. */
  contentWords: number;
}

export function newFrame(): Frame {
  return {
    wishes: [],
    conditions: [],
    groups: [],
    orders: [],
    superlatives: [],
    mentions: [],
    asides: [],
    distinct: false,
    wantsChart: false,
    compares: false,
    trend: false,
    growth: false,
    running: false,
    correlation: false,
    distribution: false,
    share: false,
    ratio: false,
    everything: false,
    stems: [],
    acts: [],
    unplaced: [],
    lost: [],
    contentWords: 0,
  };
}
