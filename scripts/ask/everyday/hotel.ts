/** Stays in hotels. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makeHotel(): Tables {
  const source = new Source(139);
  const hotels = ["Seaview", "Park Inn", "Grand Central", "Alpine Lodge"].map(
    (hotel_name, i): Row => ({
      hotel_id: i + 1,
      hotel_name,
      city: ["Split", "Zagreb", "Zagreb", "Bled"][i] ?? null,
      stars: 3 + (i % 3),
    }),
  );
  const rooms = times(
    60,
    (i): Row => ({
      room_id: i + 1,
      hotel_id: 1 + (i % 4),
      room_type: source.pick(["single", "double", "suite"]),
      nightly_rate: source.amount(55, 320),
      has_balcony: source.chance(0.4),
    }),
  );
  const stays = times(950, (i): Row => {
    const arrival = source.day("2025-01-01", "2026-06-10");
    const nights = source.between(1, 9);
    const cancelled = source.chance(0.12);
    return {
      stay_id: 80_001 + i,
      room_id: source.between(1, 57),
      guest_country: source.pick(["Croatia", "Germany", "Italy", "Slovenia", "Poland"]),
      booked_via: source.pick(["website", "agency", "phone"]),
      check_in: arrival,
      check_out: laterDay(arrival, nights),
      nights,
      guests: source.between(1, 4),
      total_paid: cancelled ? 0 : source.amount(60, 2400),
      cancelled,
      review_score: cancelled || source.chance(0.4) ? null : source.between(1, 10),
    };
  });
  return { hotels, rooms, stays };
}
