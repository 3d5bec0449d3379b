/** Stations of a bicycle hire and the rides between them. */
import { type Row, Source, stamp, type Tables, times } from "../seeded-rows.ts";

export function makeBikeshare(): Tables {
  const source = new Source(223);
  const names = [
    "Harbour Square",
    "Central Station",
    "Museum Quay",
    "Town Hall",
    "University",
    "Zoo",
    "Airport Road",
    "Lido",
  ];
  const stations = names.map(
    (station_name, i): Row => ({
      station_id: 100 + i,
      station_name,
      borough: ["Waterfront", "Old Town", "Hillside"][i % 3] ?? null,
      docks: source.between(8, 40),
      opened_on: source.day("2019-01-01", "2025-12-31"),
    }),
  );
  const rides = times(1000, (i): Row => {
    const start = source.moment("2025-07-01", "2026-06-15");
    const minutes = source.between(3, 95);
    const rider = source.pick(["member", "casual"]);
    return {
      ride_id: `R${10_000 + i}`,
      bike_no: source.between(1, 60),
      start_station_id: 100 + source.between(0, 6),
      end_station_id: 100 + source.between(0, 7),
      started_at: stamp(start),
      ended_at: source.chance(0.03) ? null : stamp(new Date(start.getTime() + minutes * 60_000)),
      rider_type: rider,
      fare: rider === "member" ? 0 : source.amount(1, 14),
    };
  });
  return { stations, rides };
}
