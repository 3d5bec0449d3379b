/** Deliveries of restaurants. */
import { type Row, Source, stamp, type Tables, times } from "../seeded-rows.ts";

export function makeDelivery(): Tables {
  const source = new Source(137);
  const names = [
    "Trattoria Sole",
    "Golden Wok",
    "Curry House",
    "Burger Barn",
    "Pasta Bar",
    "Sushi Point",
    "Green Bowl",
  ];
  const restaurants = names.map(
    (restaurant_name, i): Row => ({
      restaurant_id: i + 1,
      restaurant_name,
      cuisine: ["italian", "chinese", "indian", "american", "italian", "japanese", "salads"][i] ?? null,
      district: ["North", "South", "Old Town"][i % 3] ?? null,
      rating: source.between(28, 49) / 10,
    }),
  );
  const couriers = times(
    24,
    (i): Row => ({
      courier_id: `K${i + 1}`,
      vehicle: source.pick(["bike", "scooter", "car"]),
      hired_on: source.day("2021-01-01", "2026-03-31"),
    }),
  );
  const deliveries = times(1200, (i): Row => {
    const ordered = source.moment("2025-10-01", "2026-06-15");
    const status = source.chance(0.07) ? "cancelled" : "delivered";
    const restaurant = source.pick([1, 2, 3, 4, 5, 6, 7]);
    const minutes = source.between(14, 75);
    return {
      delivery_id: 30_001 + i,
      restaurant_id: restaurant === 7 && stamp(ordered).startsWith("2026-05") ? 1 : restaurant,
      courier_id: `K${source.between(1, 24)}`,
      ordered_at: stamp(ordered),
      promised_at: stamp(new Date(ordered.getTime() + 45 * 60_000)),
      delivered_at: status === "delivered" ? stamp(new Date(ordered.getTime() + minutes * 60_000)) : null,
      status,
      order_total: source.amount(9, 95),
      tip: status === "delivered" && source.chance(0.5) ? source.amount(0.5, 9) : 0,
      distance_km: source.between(4, 84) / 10,
    };
  });
  return { restaurants, couriers, deliveries };
}
