/** "ordered by age descending", "in descending order of age", "from the oldest to the youngest", "highest first". */
import { parseNounPhrase } from "./nouns.ts";
import { asNoun, isName, isOp, peek, type State, skipFillers, skipOps, takeOp, textBetween } from "./state.ts";

/** "ordered by age descending", "in descending order of age", "from the oldest to the youngest", "alphabetically". */
export function orderRule(state: State): boolean {
  const start = state.at;
  skipOps(state, "be", "prep", "show", "they");
  let dir = takeOp(state, "direction")?.operation.dir;
  const order = takeOp(state, "order");
  if (order !== undefined && dir === undefined && isVerbOnly(state, order.text)) return false;
  if (dir === undefined && order === undefined) {
    state.at = start;
    return takeRange(state);
  }
  if (
    dir === undefined &&
    order !== undefined &&
    /^(order|rank)$/.test(order.text.toLowerCase()) &&
    !isOp(peek(state), "by", "of", "they", "direction")
  ) {
    if (asNoun(order) !== undefined && state.frame.wishes.length > 0) return false;
  }
  dir = readDirection(state) ?? dir;
  let added = false;
  for (;;) {
    skipOps(state, "by", "of", "prep", "they", "each", "possessive");
    skipFillers(state);
    dir = readDirection(state) ?? dir;
    skipOps(state, "of", "by");
    const fn = isOp(peek(state), "aggregate") ? takeOp(state, "aggregate") : undefined;
    const count = isOp(peek(state), "count") ? takeOp(state, "count") : undefined;
    const grade = peek(state);
    const phrase = parseNounPhrase(state, { ofOwner: true }) ?? unitNoun(state);
    if (phrase === undefined && count === undefined) {
      if (grade?.type === "grade" && !added && takeRange(state)) return true;
      break;
    }
    const after = readDirection(state);
    const own = after ?? dir ?? (/^rank/i.test(order?.text ?? "") ? "desc" : "asc");
    state.frame.orders.push({
      dir: own,
      ...(phrase === undefined ? {} : { noun: phrase.head }),
      ...(fn === undefined ? {} : { fn: fn.operation.fn }),
      ...(count === undefined ? {} : { fn: "count" as const }),
    });
    added = true;
    takeRange(state);
    if (
      !(isOp(peek(state), "and", "comma") && isName(peek(state, 1)) && !isOp(peek(state, 2), "be", "compare", "have"))
    )
      break;
    state.at++;
  }
  if (!added) {
    if (order === undefined && dir === undefined) return false;
    state.frame.orders.push({ dir: dir ?? "asc" });
  }
  return true;
}

/** "arranged to teach", "ordered a meal": no order of rows is meant unless "by", "in" or a direction follows. */
function isVerbOnly(state: State, text: string): boolean {
  if (/ /.test(text.trim())) return false;
  return !isOp(peek(state), "by", "prep", "direction", "of") || peek(state)?.text.toLowerCase() === "to";
}

function unitNoun(state: State): { head: import("../frame.ts").Noun } | undefined {
  const item = peek(state);
  if (!isOp(item, "unit", "share", "aggregate")) return undefined;
  const noun = asNoun(item);
  if (noun === undefined) return undefined;
  state.at++;
  return { head: noun };
}

function readDirection(state: State): "asc" | "desc" | undefined {
  const start = state.at;
  skipOps(state, "prep", "comma");
  const found = takeOp(state, "direction");
  if (found === undefined) {
    state.at = start;
    return undefined;
  }
  takeOp(state, "order");
  return found.operation.dir;
}

/** "from the oldest to the youngest": the first word gives the direction of the last order. */
function takeRange(state: State): boolean {
  const lead = peek(state);
  const then = peek(state, 1);
  if ((lead?.type === "grade" || isOp(lead, "superlative")) && /^first$/i.test(then?.text ?? "")) {
    state.at += 2;
    const dir = lead.type === "grade" ? lead.dir : lead.operation.dir;
    const last = state.frame.orders[state.frame.orders.length - 1];
    if (last !== undefined) last.dir = dir;
    else state.frame.orders.push({ dir, byMeasure: true });
    return true;
  }
  const [from, first, to, last] = [peek(state), peek(state, 1), peek(state, 2), peek(state, 3)];
  if (!isOp(from, "prep") || !isOp(to, "prep") || from.text.toLowerCase() !== "from" || to.text.toLowerCase() !== "to")
    return false;
  const dirOf = (item: typeof first): "asc" | "desc" | undefined =>
    item?.type === "grade" ? item.dir : isOp(item, "superlative") ? item.operation.dir : undefined;
  const dir = dirOf(first);
  if (dir === undefined || dirOf(last) === undefined) return false;
  state.at += 4;
  const order = state.frame.orders[state.frame.orders.length - 1];
  if (order !== undefined) order.dir = dir;
  else if (first?.type === "grade")
    state.frame.superlatives.push({
      dir,
      n: Number.POSITIVE_INFINITY,
      adjective: first.adjective,
      counts: false,
      counted: false,
      text: textBetween(state, state.at - 4),
    });
  return true;
}
