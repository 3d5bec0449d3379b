/** The name that a condition begins with. */
import type { Noun } from "../frame.ts";
import { asNoun, isName, isOp, isTableNoun, nounOf, peek, type State, skipOps, takeOp, topScore } from "./state.ts";

/** A name that a comparison may follow ("capacity …", "whose average life expectancy is …"). */
export function leadingNoun(state: State): Noun | undefined {
  const start = state.at;
  const fn = isOp(peek(state), "aggregate") && isName(peek(state, 1)) ? takeOp(state, "aggregate") : undefined;
  const item = peek(state);
  if (
    !isName(item) &&
    !(
      fn === undefined &&
      isOp(item, "unit", "share", "count", "aggregate") &&
      asNoun(item) !== undefined &&
      (isOp(peek(state, 1), "compare", "be", "between") || peek(state, 1)?.type === "period")
    )
  ) {
    state.at = start;
    return undefined;
  }
  const noun = asNoun(item);
  if (noun === undefined || (isTableNoun(noun) && topScore(noun.columns) < 0.9)) {
    state.at = start;
    return undefined;
  }
  state.at++;
  const next = peek(state);
  if (isName(next)) {
    const longer = nounOf(next.span, next.text);
    longer.owners.push(noun);
    state.at++;
    skipOps(state, "relative");
    return longer;
  }
  if (isOp(peek(state), "relative") && (isOp(peek(state, 1), "be", "compare") || peek(state, 1)?.type === "grade"))
    state.at++;
  return noun;
}

export function mayHoldTime(noun: Noun | undefined): boolean {
  if (noun === undefined) return false;
  const top = topScore(noun.columns);
  return noun.columns.some(
    (link) => link.score >= top - 0.1 && (link.column.temporal || link.column.year || link.column.dateText),
  );
}
