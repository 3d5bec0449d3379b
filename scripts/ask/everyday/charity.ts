/** Donations to the campaigns of a charity. */
import { type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makeCharity(): Tables {
  const source = new Source(157);
  const campaigns = ["Clean Water", "Winter Shelter", "School Books", "Tree Planting", "Emergency Fund"].map(
    (campaign, i): Row => ({
      campaign_id: i + 1,
      campaign,
      region: ["Africa", "Europe", "Asia", "Europe", "Asia"][i] ?? null,
      goal_eur: [40_000, 90_000, 25_000, 15_000, 120_000][i] ?? null,
      launched: source.day("2024-01-01", "2025-06-30"),
    }),
  );
  const donors = times(
    130,
    (i): Row => ({
      donor_id: `D${String(i + 1).padStart(4, "0")}`,
      donor_type: source.pick(["individual", "company", "foundation"]),
      country: source.pick(["Germany", "Spain", "Ireland", "Norway"]),
      newsletter: source.chance(0.6),
      first_contact: source.day("2021-01-01", "2026-05-31"),
    }),
  );
  const donations = times(1000, (i): Row => {
    const recurring = source.chance(0.35);
    return {
      donation_id: i + 1,
      donor_id: `D${String(source.between(1, 118)).padStart(4, "0")}`,
      campaign_id: source.pick([1, 2, 3, 4]),
      donated_on: source.day("2024-06-01", "2026-06-14"),
      amount_eur: source.amount(5, 900),
      payment_method: source.pick(["card", "bank transfer", "paypal"]),
      recurring,
      gift_aid: source.chance(0.5) ? "yes" : "no",
    };
  });
  return { campaigns, donors, donations };
}
