import type { Member } from "./find-tables.ts";

/** What archives of data carry beside it: pages, pictures, programs and settings, by their extensions. */
const NO_DATA =
  /\.(md|markdown|rst|html?|pdf|docx?|rtf|pptx?|png|jpe?g|gif|svg|webp|tiff?|py|r|ipynb|sh|js|css|ya?ml|toml|ini)$/i;
/** What tells of the data, by its name, with or without an extension. */
const ABOUT_DATA =
  /^(readme|licen[cs]e|copying|copyright|notice|changelog|authors|citation|\.git(ignore|attributes))(\.[a-z]+)?$/i;

/**
 * The members of an archive that may hold tables. Where nothing else is in it, all of them: a reader then says what they are.
 *
 * @returns them, and the names of those that are passed over.
 */
export function chooseMembers(members: readonly Member[]): { members: readonly Member[]; passedOver: string[] } {
  const isCompanion = ({ name = "" }: Member) => NO_DATA.test(name) || ABOUT_DATA.test(name.replace(/^.*\//s, ""));
  const { companion = [], data = [] } = Object.groupBy(members, (member) =>
    isCompanion(member) ? "companion" : "data",
  );
  if (data.length === 0) return { members, passedOver: [] };
  return { members: data, passedOver: companion.map(({ name }) => name ?? "") };
}
