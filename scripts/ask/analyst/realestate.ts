/** Houses and flats for sale. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makeRealestate(): Tables {
  const source = new Source(229);
  const agents = ["Blue Heron", "Grey Otter", "Red Lynx", "Brown Kestrel", "White Badger", "Black Marten"].map(
    (agent_name, i): Row => ({
      agent_id: i + 1,
      agent_name,
      branch: ["Riverside", "Market Street"][i % 2] ?? null,
      commission_pct: [1.5, 2, 2.5][i % 3] ?? null,
    }),
  );
  const streets = ["Elm", "Oak", "Station", "Park", "Chapel", "Victoria"];
  const listings = times(310, (i): Row => {
    const listed = source.day("2024-01-01", "2026-06-10");
    const sold = laterDay(listed, source.between(12, 210));
    const asking = source.between(120, 900) * 1000;
    const isSold = sold < "2026-06-14" && source.chance(0.8);
    return {
      listing_id: 7000 + i,
      agent_id: source.pick([1, 2, 3, 4, 5]),
      address: `${i + 1} ${source.pick(streets)} Street`,
      town: source.pick(["Ashford", "Dunwick", "Melbury", "Holt"]),
      property_type: source.pick(["flat", "terraced house", "detached house", "bungalow"]),
      bedrooms: source.between(1, 6),
      living_area_sqm: source.between(35, 260),
      asking_price: asking,
      sale_price: isSold ? Math.round((asking * source.between(88, 106)) / 100) : null,
      listed_date: listed,
      sale_date: isSold ? sold : null,
      garden: source.chance(0.5) ? "yes" : "no",
    };
  });
  const viewings = times(
    900,
    (i): Row => ({
      viewing_id: i + 1,
      listing_id: 7000 + source.between(0, 295),
      viewing_date: source.day("2024-02-01", "2026-06-14"),
      buyer_interest: source.pick(["low", "medium", "high"]),
    }),
  );
  return { agents, listings, viewings };
}
