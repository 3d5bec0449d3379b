/** Readings of energy meters. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makeMeters(): Tables {
  const source = new Source(107);
  const names = ["Old Mill", "North Depot", "City Hall", "West Campus", "Ice Rink", "Data Hall", "Bus Garage"];
  const sites = names.map(
    (site_name, i): Row => ({
      site_id: i + 1,
      site_name,
      city: ["Berlin", "Berlin", "Bremen", "Bremen", "Kiel", "Berlin", "Kiel"][i] ?? null,
      tariff: source.pick(["day", "night", "flat"]),
      area_m2: source.between(200, 4200),
      installed_on: source.day("2018-01-01", "2023-12-31"),
    }),
  );
  const readings = sites.flatMap((site, at) =>
    times(500, (i): Row => {
      const kwh = source.amount(60 + at * 90, 420 + at * 140);
      return {
        site_id: site.site_id ?? null,
        read_on: laterDay("2025-02-01", i),
        kwh,
        peak_kw: Math.round(kwh / source.between(9, 16)),
        temperature_c: source.between(-80, 310) / 10,
        estimated: source.chance(0.07),
      };
    }),
  );
  return { sites, readings };
}
