/** Loans of a library. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

const BOOKS = [
  ["Emma", "Jane Austen", "novel", 1815, 474],
  ["Persuasion", "Jane Austen", "novel", 1817, 249],
  ["Dracula", "Bram Stoker", "horror", 1897, 418],
  ["Frankenstein", "Mary Shelley", "horror", 1818, 280],
  ["The Time Machine", "H. G. Wells", "science fiction", 1895, 118],
  ["The Invisible Man", "H. G. Wells", "science fiction", 1897, 192],
  ["Ulysses", "James Joyce", "novel", 1922, 730],
  ["The Hound of the Baskervilles", "Arthur Conan Doyle", "crime", 1902, 256],
  ["A Study in Scarlet", "Arthur Conan Doyle", "crime", 1887, 176],
  ["Dune", "Frank Herbert", "science fiction", 1965, 612],
  ["The Name of the Rose", "Umberto Eco", "crime", 1980, 512],
  ["Middlemarch", "George Eliot", "novel", 1871, 880],
] as const;

export function makeLibrary(): Tables {
  const source = new Source(109);
  const books = BOOKS.map(
    ([title, author, genre, published_year, pages], i): Row => ({
      book_id: 900 + i,
      ...{ title, author, genre, published_year, pages },
    }),
  );
  const members = times(
    90,
    (i): Row => ({
      card_no: `C-${String(i + 1).padStart(3, "0")}`,
      member_type: source.pick(["adult", "student", "senior", "child"]),
      branch: source.pick(["Central", "Harbour", "Woodside"]),
      joined_on: source.day("2022-01-01", "2026-06-10"),
    }),
  );
  const loans = times(620, (i): Row => {
    const loaned = source.day("2024-01-01", "2026-06-14");
    const days = source.between(2, 45);
    const back = laterDay(loaned, days) <= "2026-06-14" && !source.chance(0.04);
    return {
      loan_id: i + 1,
      card_no: `C-${String(source.between(1, 78)).padStart(3, "0")}`,
      book_id: 900 + source.pick([9, 10, 2, 0, 4, 7, 5, 3, 8, 1]),
      loaned_on: loaned,
      due_on: laterDay(loaned, 28),
      returned_on: back ? laterDay(loaned, days) : null,
      fine: back && days > 28 ? (days - 28) * 0.5 : 0,
    };
  });
  return { books, members, loans };
}
