/** Flights and their delays. */
import { type Row, Source, stamp, type Tables, times } from "../seeded-rows.ts";

export function makeAirport(): Tables {
  const source = new Source(127);
  const airlines = [
    ["NA", "Nordic Air", "Norway"],
    ["AL", "Alpine Wings", "Austria"],
    ["BS", "Blue Sky", "Ireland"],
    ["CO", "Coastal Express", "Portugal"],
    ["PO", "Polar Cargo", "Norway"],
  ].map(
    ([carrier, airline_name, country]): Row => ({
      carrier: carrier ?? null,
      airline_name: airline_name ?? null,
      country: country ?? null,
    }),
  );
  const airports = ["OSL", "VIE", "DUB", "LIS", "KEF", "JFK", "NRT"];
  const flights = times(1500, (i): Row => {
    const carrier = source.pick(["NA", "AL", "BS", "CO", "PO"]);
    const [from, step] = [source.between(0, 6), source.between(1, 6)];
    const to = (from + step) % 7;
    const cancelled = carrier !== "PO" && source.chance(0.05);
    const late = source.pick([-4, 0, 3, 12, 25, 55, 140]) + source.between(-3, 9);
    return {
      flight_id: 1 + i,
      carrier,
      origin: airports[from] ?? null,
      destination: airports[to] ?? null,
      scheduled_departure: stamp(source.moment("2025-07-01", "2026-06-14")),
      departure_delay_min: cancelled ? null : late,
      arrival_delay_min: cancelled ? null : late + source.between(-15, 12),
      distance_km: 900 + Math.abs(from - to) * 1450 + from * 10,
      cancelled,
      cancel_reason: cancelled ? source.pick(["weather", "crew", "technical"]) : null,
    };
  });
  return { airlines, flights };
}
