/** Films of a cinema and when they are shown. */
import { type Row, Source, stamp, type Tables, times } from "../seeded-rows.ts";

export function makeCinema(): Tables {
  const source = new Source(311);
  const titles = [
    "Night Train",
    "The Lost Garden",
    "Paper Moon",
    "Iron Harbor",
    "Little Comet",
    "Silent Lake",
    "Two Rivers",
    "Monsoon",
  ];
  const films = titles.map(
    (title, i): Row => ({
      film_id: i + 1,
      title,
      genre: ["thriller", "drama", "comedy", "action"][i % 4] ?? null,
      runtime_min: source.between(82, 171),
      released_on: source.day("2024-01-01", "2026-05-01"),
      country: ["France", "India", "Canada"][i % 3] ?? null,
    }),
  );
  const screenings = times(
    420,
    (i): Row => ({
      screening_id: i + 1,
      film_id: source.pick([1, 2, 3, 4, 5, 6, 7]),
      screen_no: source.between(1, 5),
      start_time: stamp(source.moment("2025-06-01", "2026-06-15")),
      seats_sold: source.between(4, 180),
      ticket_price: source.pick([8.5, 11, 13.5]),
      is_3d: source.chance(0.25),
    }),
  );
  return { films, screenings };
}
