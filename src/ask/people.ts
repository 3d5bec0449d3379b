/** Which table of a schema holds people. */
import type { Column, Schema, Table } from "./schema.ts";
import { stemWord } from "./words.ts";

const PEOPLE = new Set(
  "person people employee staff worker personnel customer client buyer user member subscriber student pupil teacher professor instructor patient doctor player athlete passenger voter author actor singer driver contact candidate applicant guest visitor trainer coach agent representative manager driver nurse pilot officer judge artist musician lawyer broker tenant borrower donor participant attendee owner"
    .split(" ")
    .map(stemWord),
);
/** Who does something in a row, though no table is called after them. */
const DOERS = new Set(
  "consultant seller salesperson salesman rep cashier handler assignee technician mechanic reviewer operator analyst engineer waiter dentist vet host speaker editor mentor caller colleague"
    .split(" ")
    .map(stemWord),
);
const CLIENTS = new Set(
  "customer client buyer user member subscriber shopper guest visitor patron consumer account".split(" ").map(stemWord),
);
const TRAITS = new Set("gender sex age birthday birthdate dob firstname surname lastname".split(" ").map(stemWord));

/** Whether a stem is a word for people. */
export function namesPeople(stem: string): boolean {
  return PEOPLE.has(stem);
}

/** Whether a table is called after people. */
export function holdsPeople(table: Table): boolean {
  return table.words.some((word) => PEOPLE.has(word.stem));
}

/** Whether a stem is a word for those whom a business serves. */
export function namesClients(stem: string): boolean {
  return CLIENTS.has(stem);
}

/** The one column of a table that names a person in each row ("agent_name" of calls). */
export function findPersonColumn(table: Table): Column | undefined {
  const found = table.columns.filter(
    ({ type, flag, words, unique }) =>
      type === "string" &&
      flag === undefined &&
      !unique &&
      words.some(({ stem }) => PEOPLE.has(stem) || DOERS.has(stem)),
  );
  return found.length === 1 ? found[0] : undefined;
}

/** The one table whose rows are people, if there is just one. */
export function findPeople(schema: Schema): Table | undefined {
  const named = schema.tables.filter(holdsPeople);
  const found =
    named.length > 0
      ? named
      : schema.tables.filter((table) =>
          table.columns.some((column) => column.words.some((word) => TRAITS.has(word.stem))),
        );
  return found.length === 1 ? found[0] : undefined;
}
