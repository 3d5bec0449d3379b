/** What D1 says when a write would break a rule of the schema. */
const SAYINGS = {
  unique: /UNIQUE constraint failed/i,
  foreignKey: /FOREIGN KEY constraint failed/i,
};

/** Whether a write failed because of a constraint of this kind. D1 tells it in the message alone, and drizzle wraps that as a cause. */
export function violatesConstraint(error: unknown, kind: keyof typeof SAYINGS): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (SAYINGS[kind].test(at.message)) return true;
  return false;
}
