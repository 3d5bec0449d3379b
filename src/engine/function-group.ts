/** Functions that are defined in SQL. */
export interface FunctionGroup {
  /** Found in each statement that uses one of them, and perhaps in others. */
  readonly usedIn: RegExp;
  readonly statements: readonly string[];
}
