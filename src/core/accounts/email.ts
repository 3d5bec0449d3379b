import { invalidField } from "../errors.ts";

// Deliberately loose: one @, something on both sides, nothing that could be mistaken for a list or a header.
const EMAIL = /^[^\s@,;<>"()\\]+@[^\s@,;<>"'()\\]+$/;

/** Lower-cased and trimmed, as stored. Throws `validation_failed` for what cannot be an address. */
export function normalizeEmail(text: string): string {
  const email = text.trim().toLowerCase();
  if (email.length > 254 || !EMAIL.test(email)) {
    throw invalidField("email", `“${text.slice(0, 100)}” is not an email address such as ada@example.com.`);
  }
  return email;
}
