/** Which table of a schema holds people. */
import type { Schema, Table } from "./schema.ts";
import { stemWord } from "./words.ts";

const PEOPLE = new Set(
  "person people employee staff worker personnel customer client buyer user member subscriber student pupil teacher professor instructor patient doctor player athlete passenger voter author actor singer driver contact candidate applicant guest visitor"
    .split(" ")
    .map(stemWord),
);
const TRAITS = new Set("gender sex age birthday birthdate dob firstname surname lastname".split(" ").map(stemWord));

/** The one table whose rows are people, if there is just one. */
export function findPeople(schema: Schema): Table | undefined {
  const named = schema.tables.filter((table) => table.words.some((word) => PEOPLE.has(word.stem)));
  const found =
    named.length > 0
      ? named
      : schema.tables.filter((table) =>
          table.columns.some((column) => column.words.some((word) => TRAITS.has(word.stem))),
        );
  return found.length === 1 ? found[0] : undefined;
}
