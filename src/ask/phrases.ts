/** The words and phrases that act on data ("at least", "how many", "sorted by"), each with the operation it stands for. */
import type { ChartKind, TimeUnit } from "./types.ts";

export type AggregateName = "avg" | "sum" | "min" | "max" | "median" | "stddev" | "variance" | "mode";
export type Comparison = "=" | "!=" | ">" | ">=" | "<" | "<=";

export type Operation =
  | { op: "count" }
  | { op: "howmuch" }
  | { op: "aggregate"; fn: AggregateName }
  | { op: "quantile"; share: number }
  | { op: "distinct" }
  | { op: "compare"; cmp: Comparison }
  | { op: "postCompare"; cmp: Comparison }
  | { op: "time"; cmp: Comparison }
  | { op: "between" }
  | { op: "each" }
  | { op: "by" }
  | { op: "order" }
  | { op: "direction"; dir: "asc" | "desc" }
  | { op: "superlative"; dir: "asc" | "desc"; adjective?: string }
  | { op: "more"; dir: "asc" | "desc"; adjective?: string }
  | { op: "top"; dir: "asc" | "desc" }
  | { op: "common"; dir: "asc" | "desc" }
  | { op: "null"; negated: boolean }
  | { op: "like"; where: "any" | "start" | "end" }
  | { op: "not" }
  | { op: "no" }
  | { op: "except" }
  | { op: "any" }
  | { op: "share" }
  | { op: "ratio" }
  | { op: "growth" }
  | { op: "running" }
  | { op: "correlation" }
  | { op: "distribution" }
  | { op: "trend" }
  | { op: "unit"; unit: TimeUnit; adverb: boolean }
  | { op: "part"; part: "month" | "weekday" | "hour" | "quarter" }
  | { op: "chart"; chart?: ChartKind }
  | { op: "both" }
  | { op: "either" }
  | { op: "and" }
  | { op: "or" }
  | { op: "but" }
  | { op: "comma" }
  | { op: "stop" }
  | { op: "than" }
  | { op: "of" }
  | { op: "possessive" }
  | { op: "prep"; word: string }
  | { op: "relative"; word: string }
  | { op: "have" }
  | { op: "be" }
  | { op: "show" }
  | { op: "ask"; word: string }
  | { op: "they" }
  | { op: "only" };

/** Phrases, longest first wins; alternatives are separated by `|`. */
const TABLE: [string, Operation][] = [
  [
    "the number|the numbers|the count|their number|its number|how many|how many times|number of|numbers of|total number of|total numbers of|count of|counts of|total count of|count the number of|# of|no of|nr of|num of|nbr of|frequency of|how often|count|count up|how frequently",
    { op: "count" },
  ],
  ["how much|what amount of|amount of", { op: "howmuch" }],
  ["average|averages|avg|mean|on average|averaged|typical|typically", { op: "aggregate", fn: "avg" }],
  [
    "total|sum|sum up|altogether|combined|in total|overall|totals|add up|aggregate|together|summed|collectively",
    { op: "aggregate", fn: "sum" },
  ],
  ["minimum|min|minimal|smallest value of|lowest value of", { op: "aggregate", fn: "min" }],
  ["maximum|max|maximal|largest value of|highest value of|peak", { op: "aggregate", fn: "max" }],
  ["median", { op: "aggregate", fn: "median" }],
  ["standard deviation|std dev|stddev|std|standard dev", { op: "aggregate", fn: "stddev" }],
  ["variance|variability", { op: "aggregate", fn: "variance" }],
  ["first quartile|lower quartile|25th percentile", { op: "quantile", share: 0.25 }],
  ["third quartile|upper quartile|75th percentile", { op: "quantile", share: 0.75 }],
  ["90th percentile|p90", { op: "quantile", share: 0.9 }],
  ["95th percentile|p95", { op: "quantile", share: 0.95 }],
  ["99th percentile|p99", { op: "quantile", share: 0.99 }],
  ["10th percentile|p10", { op: "quantile", share: 0.1 }],
  ["distinct|different|unique|distinctive|various|diverse|deduplicated", { op: "distinct" }],
  [
    "more than|greater than|larger than|bigger than|higher than|over|above|exceeding|exceeds|exceed|exceeded|in excess of|surpass|surpasses|surpassing|>|upwards of|beats|topped|more money than",
    { op: "compare", cmp: ">" },
  ],
  [
    "at least|no less than|not less than|no fewer than|not fewer than|a minimum of|not below|not under|> =|greater than or equal to|more than or equal to|larger than or equal to|higher than or equal to|equal to or more than|equal to or greater than|no lower than|no smaller than",
    { op: "compare", cmp: ">=" },
  ],
  ["less than|fewer than|smaller than|lower than|under|below|<|short of|beneath", { op: "compare", cmp: "<" }],
  [
    "at most|no more than|not more than|up to|a maximum of|not exceeding|< =|less than or equal to|fewer than or equal to|not above|not over|no higher than|no greater than|no larger than|equal to or less than|does not exceed|do not exceed|not exceed",
    { op: "compare", cmp: "<=" },
  ],
  ["equal to|equals|equal|exactly|=|= =|is exactly|the same as|precisely", { op: "compare", cmp: "=" }],
  [
    "not equal to|! =|< >|other than|different from|different than|not equal|differs from",
    { op: "compare", cmp: "!=" },
  ],
  [
    "or more|or above|or over|or higher|or greater|or later|or after|and above|and over|or older|or larger|and later|and up|or newer|onwards|onward|and after|or longer|or bigger|plus|and higher|or heavier|or better|or taller|or more than|or at least",
    { op: "postCompare", cmp: ">=" },
  ],
  [
    "or less|or fewer|or below|or under|or lower|or earlier|or before|or younger|or smaller|and below|and under|and earlier|and before|and lower|or shorter|or lighter|or cheaper",
    { op: "postCompare", cmp: "<=" },
  ],
  ["after|later than|more recent than|newer than|following", { op: "time", cmp: ">" }],
  [
    "since|starting from|starting in|beginning in|starting|from the year|as of|not before|no earlier than|on or after",
    { op: "time", cmp: ">=" },
  ],
  ["before|earlier than|prior to|older than the year", { op: "time", cmp: "<" }],
  ["until|till|through|up until|up till|no later than|on or before", { op: "time", cmp: "<=" }],
  [
    "between|ranging from|in the range of|in the range|in the range from|ranging between|in between|ranges from|range from|ranging",
    { op: "between" },
  ],
  [
    "for each|for every|per|each|every|of each|in each|from each|by each|for each of|each of|each different|for each different|for each distinct|across|across all|across different|broken down by|break down by|breakdown by|broken out by|grouped by|group by|split by|grouped into|for different|for all the different|for all different|for various|depending on|for the different|across the different|group them by|by the different|in every|of every|from every|at each|at every|with each|on each|corresponding to each|segmented by|divided by",
    { op: "each" },
  ],
  ["by|according to|in terms of", { op: "by" }],
  [
    "order by|ordered by|sort by|sorted by|ordered|sorted|sort|order them by|sort them by|ordering by|rank by|ranked by|rank|arranged by|arranged|arrange|in order of|in the order of|in order by|in order|order of|list them by|order|rank them by|ordered according to|sorted according to|sorted in order of|ordered in order of|sort the results by|order the results by|sort the result by|order the result by|sorted in|sorting by|sorted on",
    { op: "order" },
  ],
  [
    "ascending|in ascending order|increasing|in increasing order|alphabetical|alphabetically|in alphabetical order|in ascending alphabetical order|lexicographical|lexicographically|from lowest to highest|from low to high|from smallest to largest|from smallest to biggest|lowest first|smallest first|from least to most|from a to z|a to z|from shortest to longest|from fewest to most|in ascending order by|ascending by|in ascending lexicographical order|in lexicographical order|asc|in alphabetic order|in ascending order of|in alphabetical order of|in alphabetical order by|in increasing order of|alphabetically by|oldest first|chronologically|in chronological order|from earliest to latest|earliest first|low to high|from cheapest to most expensive|upwards",
    { op: "direction", dir: "asc" },
  ],
  [
    "descending|in descending order|decreasing|in decreasing order|reverse alphabetical|in reverse alphabetical order|reverse alphabetically|in descending alphabetical order|in reverse order|from highest to lowest|from high to low|from largest to smallest|from biggest to smallest|highest first|largest first|biggest first|from most to least|from z to a|reversed|in descending order by|descending by|in descending order of|in decreasing order of|from longest to shortest|from most to fewest|desc|most first|newest first|latest first|most recent first|in reverse alphabetical order of|from latest to earliest|high to low|from most expensive to cheapest|in reverse chronological order|downwards|best first|in reverse",
    { op: "direction", dir: "desc" },
  ],
  [
    "highest|largest|biggest|greatest|most|topmost|largest number of|highest number of|most number of|greatest number of|largest amount of|greatest amount of|most amount of|maximum number of|highest amount of|biggest number of|maximum amount of|max number of|most of|highest value of",
    { op: "superlative", dir: "desc" },
  ],
  [
    "lowest|smallest|least|fewest|smallest number of|lowest number of|least number of|fewest number of|smallest amount of|least amount of|minimum number of|lowest amount of|minimum amount of|min number of|littlest",
    { op: "superlative", dir: "asc" },
  ],
  ["more|greater|higher|a greater|a higher|a larger|larger|bigger|a bigger", { op: "more", dir: "desc" }],
  ["less|fewer|lower|a lower|a smaller|smaller", { op: "more", dir: "asc" }],
  ["top|first|leading|best|highest ranking", { op: "top", dir: "desc" }],
  ["bottom|last", { op: "top", dir: "asc" }],
  [
    "most common|most frequent|most frequently|most commonly|most popular|most often|most prevalent|most widespread|most typical|most frequently used|most commonly used|most used|most occurring|most usual|most prominent|most numerous|predominant|predominantly|most commonly occurring|most widely",
    { op: "common", dir: "desc" },
  ],
  [
    "least common|least frequent|least frequently|least popular|least often|rarest|least commonly|least used|least prevalent|least commonly used",
    { op: "common", dir: "asc" },
  ],
  [
    "missing|null|unknown|empty|blank|undefined|not known|not recorded|not available|not given|not specified|unspecified|no recorded|no value for|nan|n a|lacking|lacks|lack|not have a value|not reported|unreported|not set|no known|don't have a|does not have any value for|no data for",
    { op: "null", negated: false },
  ],
  [
    "not null|non null|not missing|not empty|is known|are known|non missing|not blank|recorded|a known|known|a recorded|non empty",
    { op: "null", negated: true },
  ],
  [
    "contain|contains|containing|contained|include the word|includes the word|including the word|with the word|have the word|has the word|having the word|substring|has substring|have substring|with the substring|has the substring|have the substring|contain the substring|contains the substring|contain the word|contains the word|containing the word|includes|like|with the letters|contain the letters|contain the letter|contains the letter|containing the letter|contain the phrase|contains the phrase|mention|mentions|mentioning|mentioned|matching|matches",
    { op: "like", where: "any" },
  ],
  [
    "starting with|start with|starts with|begin with|begins with|beginning with|started with|that begin in|prefix|start with the letter|starts with the letter|starting with the letter|begin with the letter|begins with the letter|beginning with the letter|starting with letter|start with letter",
    { op: "like", where: "start" },
  ],
  [
    "ending with|end with|ends with|ending in|ends in|suffix|end in|ended with|ends with the letter|ending with the letter|end with the letter",
    { op: "like", where: "end" },
  ],
  [
    "not|don't|doesn't|didn't|isn't|aren't|wasn't|weren't|haven't|hasn't|hadn't|can't|cannot|never|non|neither|won't|did not|do not|does not|is not|are not|was not|were not|have not|has not|never been|not been|nobody",
    { op: "not" },
  ],
  [
    "without|no|without any|none|with no|not any|not a single|have no|has no|had no|not have any|zero|do not have any|does not have any|did not have any|don't have any|doesn't have any|didn't have any|without a|do not have a|not have a|has not had any|have not had any|not a|not one",
    { op: "no" },
  ],
  [
    "outside|outside of|outside the|not in|not from|except|except for|excluding|apart from|aside from|but not|besides|exclude|leaving out|ignoring|with the exception of|not counting|not including|minus",
    { op: "except" },
  ],
  ["any|some|at least one", { op: "any" }],
  [
    "share of|pct of|perc of|pct|percentage of|percent of|percentages of|proportion of|fraction of|what percentage of|what percent of|what share of|what proportion of|what fraction of|% of|%|what percentage|what percent|what share|what proportion|what fraction|what part of|percentage share of|shares of|market share of|proportions of|in percent|as a percentage|as a percentage of|as a share of|percentage breakdown of",
    { op: "share" },
  ],
  ["ratio|ratio of|ratio between|divided|quotient of", { op: "ratio" }],
  [
    "growth|growth rate|growth of|year over year|yoy|month over month|mom|percent change|percentage change|growth in|year on year|month on month|quarter over quarter|week over week|day over day|relative change|growth rate of|rate of growth|year over year growth|year over year change|year to year|month to month|percentage growth|period over period",
    { op: "growth" },
  ],
  [
    "running total|running total of|cumulative|cumulatively|running sum|running sum of|accumulated|cumulative total|cumulative sum|cumulative total of|cumulative sum of|cumulative number of|running count of|running count|cumulative count of",
    { op: "running" },
  ],
  [
    "correlation|correlation of|correlation between|correlated|correlate|relationship between|relation between|relationship|relate|related to each other|correlates|dependence between|association between|go together|link between|connection between|correlation coefficient between|correlation coefficient|correlation coefficient of",
    { op: "correlation" },
  ],
  [
    "distribution|distribution of|histogram|histogram of|distributed|distributions of|spread of|how is distributed|frequency distribution of|distribution in",
    { op: "distribution" },
  ],
  [
    "trend|trends|over time|over the years|evolution of|evolve|evolved|through time|history of|develop|developed|development of|trend of|trend in|trends in|over the months|across time|over the course|time series of|changed over time|change over time|changes over time|trends for|trend for|through the years|over the year|year by year|month by month|changed over the years|change over the years|over the period|timeline of|progression of|how did change|how has changed",
    { op: "trend" },
  ],
  ["daily|day by day|each day|per day|by day|every day|for each day", { op: "unit", unit: "day", adverb: true }],
  [
    "weekly|per week|by week|each week|every week|for each week|week by week",
    { op: "unit", unit: "week", adverb: true },
  ],
  [
    "monthly|per month|by month|each month|every month|for each month|in each month|a month",
    { op: "unit", unit: "month", adverb: true },
  ],
  [
    "quarterly|per quarter|by quarter|each quarter|every quarter|for each quarter|in each quarter",
    { op: "unit", unit: "quarter", adverb: true },
  ],
  [
    "yearly|annual|annually|per year|by year|each year|every year|for each year|in each year|a year|for every year|in every year|of each year",
    { op: "unit", unit: "year", adverb: true },
  ],
  ["hourly|per hour|by hour|each hour|every hour", { op: "unit", unit: "hour", adverb: true }],
  ["day|days|date|dates", { op: "unit", unit: "day", adverb: false }],
  ["week|weeks", { op: "unit", unit: "week", adverb: false }],
  ["month|months", { op: "unit", unit: "month", adverb: false }],
  ["quarter|quarters", { op: "unit", unit: "quarter", adverb: false }],
  ["year|years", { op: "unit", unit: "year", adverb: false }],
  ["hour|hours", { op: "unit", unit: "hour", adverb: false }],
  [
    "weekday|weekdays|day of the week|days of the week|day of week|per weekday|by weekday|by day of the week|by day of week|for each day of the week|each day of the week|each weekday",
    { op: "part", part: "weekday" },
  ],
  [
    "month of the year|months of the year|calendar month|by calendar month|for each calendar month|by month of the year|for each month of the year|per calendar month|each calendar month|month of year|by month of year",
    { op: "part", part: "month" },
  ],
  [
    "hour of the day|hour of day|by hour of the day|time of day by hour|by hour of day|each hour of the day|for each hour of the day",
    { op: "part", part: "hour" },
  ],
  ["bar chart|bar graph|bars|barchart|bar plot|column chart|as bars", { op: "chart", chart: "bar" }],
  ["pie chart|pie|pie graph|piechart|donut chart|doughnut chart", { op: "chart", chart: "pie" }],
  ["line chart|line graph|line plot|linechart", { op: "chart", chart: "line" }],
  ["area chart|area graph|area plot", { op: "chart", chart: "area" }],
  ["scatter plot|scatterplot|scatter chart|scatter|scatter graph|bubble chart", { op: "chart", chart: "scatter" }],
  ["box plot|boxplot|box and whisker plot|box chart", { op: "chart", chart: "box" }],
  ["heat map|heatmap", { op: "chart", chart: "heatmap" }],
  ["histogram chart|as a histogram", { op: "chart", chart: "histogram" }],
  [
    "chart|graph|plot|visualize|visualise|draw|visualization|visualisation|diagram|a chart of|a graph of|a plot of|chart of|graph of|plot of",
    { op: "chart" },
  ],
  ["both|both of", { op: "both" }],
  ["either|either of|one of", { op: "either" }],
  [
    "and|&|as well as|along with|together with|and also|and then|in addition to|and their|plus the|vs|versus|compared to|compared with|against",
    { op: "and" },
  ],
  ["or|nor|or else|and or", { op: "or" }],
  ["but|however|yet|but also|although|while|but have|but has", { op: "but" }],
  [",", { op: "comma" }],
  [".|?|!|;|:", { op: "stop" }],
  ["than|than that of|than the", { op: "than" }],
  ["of|of all|of the|out of", { op: "of" }],
  ["'s|'", { op: "possessive" }],
  [
    "that|who|whom|which|which are|which have|which has|which is|that are|that is|who are|who is|that were|who were|who was",
    { op: "relative", word: "that" },
  ],
  ["whose|for which the|for whom the", { op: "relative", word: "whose" }],
  [
    "where|in which|for which|for whom|from which|when|such that|on which|to which|with which|by which|during which|if",
    { op: "relative", word: "where" },
  ],
  [
    "have|has|had|having|with|owning|own|owns|got|get|gets|possess|possesses|achieved|received|featuring|with a|with an|that have|who have|that has|who has|which had",
    { op: "have" },
  ],
  ["is|are|was|were|be|been|being|'re|do|does|did", { op: "be" }],
  [
    "show|list|give|find|return|display|get|fetch|provide|present|print|report|identify|retrieve|determine|compute|calculate|tell|show me|give me|find out|tell me|list out|select|search for|look up|could you show|can you show|i want to know|i want to see|i would like to know|let me know|i'd like to see|i need|i want|please show|enumerate|state|work out|compare|help me find|i would like to see|pull up|let's see",
    { op: "show" },
  ],
  ["what|what is|what are|what was|what were|what's|whats|what all", { op: "ask", word: "what" }],
  ["which|which of|which one|which ones|in which|at which|on which|from which|for which", { op: "ask", word: "which" }],
  ["who|who is|who are|who was|whom", { op: "ask", word: "who" }],
  ["when|what time|when did|when was|when were", { op: "ask", word: "when" }],
  ["where|where is|where are|where was|where did", { op: "ask", word: "where" }],
  ["how|how does|how do|how did|how has|how have|how is|how are", { op: "ask", word: "how" }],
  [
    "each time|every time|at a time|they|them|it|its|their|theirs|his|her|he|she|one|ones|those|these|each one|each other",
    { op: "they" },
  ],
  ["only|just|only for|solely", { op: "only" }],
  [
    "because of|due to|owing to|on account of|in|for|from|at|on|during|within|among|to|into|against|via|inside|amongst|as|about|toward|towards|near|under the|throughout|out",
    { op: "prep", word: "" },
  ],
];

interface PhraseNode {
  next: Map<string, PhraseNode>;
  operations: Operation[];
}

function newNode(): PhraseNode {
  return { next: new Map(), operations: [] };
}

const root = newNode();
for (const [phrases, operation] of TABLE) {
  for (const phrase of phrases.split("|")) {
    let node = root;
    for (const word of phrase.split(" ")) {
      let next = node.next.get(word);
      if (next === undefined) {
        next = newNode();
        node.next.set(word, next);
      }
      node = next;
    }
    node.operations.push(operation.op === "prep" ? { op: "prep", word: phrase } : operation);
  }
}

/** The words that phrases are made of. */
export function listPhraseWords(): string[] {
  return [...new Set(TABLE.flatMap(([phrases]) => phrases.split(/[ |]/)))];
}

/** Every phrase that begins at a position: its length in tokens and what it may stand for, longest last. */
export function matchPhrases(
  lowers: readonly string[],
  at: number,
): { length: number; operations: readonly Operation[] }[] {
  const found: { length: number; operations: readonly Operation[] }[] = [];
  let node: PhraseNode | undefined = root;
  for (let i = at; i < lowers.length; i++) {
    node = node.next.get(lowers[i] ?? "");
    if (node === undefined) break;
    if (node.operations.length > 0) found.push({ length: i - at + 1, operations: node.operations });
  }
  return found;
}
