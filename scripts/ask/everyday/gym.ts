/** Members of a gym and the classes they book. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makeGym(): Tables {
  const source = new Source(131);
  const clubs = ["Eastside", "Downtown", "Lakeview"];
  const members = times(210, (i): Row => {
    const joined = source.day("2023-01-01", "2026-06-10");
    const end = laterDay(joined, source.between(20, 700));
    return {
      member_no: 4001 + i,
      plan: source.pick(["basic", "plus", "student"]),
      home_club: source.pick(clubs),
      gender: source.chance(0.5) ? "female" : "male",
      birth_year: source.between(1955, 2008),
      joined_on: joined,
      cancelled_on: source.chance(0.4) && end < "2026-06-14" ? end : null,
    };
  });
  const classes = ["Yoga", "Spinning", "Pilates", "Boxing", "Zumba", "Stretching"].map(
    (class_name, i): Row => ({
      class_id: i + 1,
      class_name,
      club: clubs[i % 3] ?? null,
      capacity: source.between(8, 30),
    }),
  );
  const bookings = times(1300, (i): Row => {
    const member = source.between(0, 190);
    return {
      booking_id: i + 1,
      class_id: source.pick([1, 2, 3, 4, 5, 6]),
      member_no: 4001 + member,
      class_date: source.day("2025-01-01", "2026-06-14"),
      attended: member % 17 !== 0 && source.chance(0.8),
    };
  });
  return { members, classes, bookings };
}
