/** Shipments between warehouses. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makeFreight(): Tables {
  const source = new Source(151);
  const depots = ["Antwerp", "Lille", "Basel", "Turin", "Lyon"].map(
    (depot_name, i): Row => ({
      depot_id: i + 1,
      depot_name,
      country: ["Belgium", "France", "Switzerland", "Italy", "France"][i] ?? null,
      docks: source.between(4, 30),
    }),
  );
  const carriers = ["Nordhaul", "Transalp", "Swiftline", "Bluecargo"].map(
    (carrier_name, i): Row => ({ carrier_id: i + 1, carrier_name, mode: ["road", "rail", "road", "air"][i] ?? null }),
  );
  const shipments = times(1000, (i): Row => {
    const sent = source.day("2025-01-01", "2026-06-12");
    const arrived = laterDay(sent, source.between(1, 12));
    return {
      shipment_id: 9001 + i,
      depot_id: source.pick([1, 2, 3, 4, 5]),
      carrier_id: source.pick([1, 2, 3]),
      destination: source.pick(["Madrid", "Milan", "Munich", "Porto", "Vienna"]),
      weight_kg: source.amount(2, 900),
      freight_cost: source.amount(15, 1300),
      shipped_on: sent,
      expected_on: laterDay(sent, 6),
      delivered_on: arrived < "2026-06-14" ? arrived : null,
      damaged: source.chance(0.05),
      pallets: source.between(1, 12),
    };
  });
  return { depots, carriers, shipments };
}
