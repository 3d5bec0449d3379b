/** Policies of an insurer and the claims made on them. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makeInsurance(): Tables {
  const source = new Source(251);
  const policies = times(
    180,
    (i): Row => ({
      policy_no: `P-${2000 + i}`,
      policy_type: source.pick(["car", "home", "travel", "life"]),
      state: source.pick(["Ohio", "Texas", "Nevada", "Maine"]),
      holder_age: source.between(18, 84),
      annual_premium: source.amount(120, 2400),
      start_date: source.day("2021-01-01", "2026-06-01"),
      broker: source.chance(0.3) ? null : source.pick(["Hart & Co", "Pinnacle", "Bluefin"]),
    }),
  );
  const claims = times(520, (i): Row => {
    const incident = source.day("2024-01-01", "2026-06-01");
    const reported = laterDay(incident, source.between(0, 20));
    const settled = laterDay(reported, source.between(5, 120));
    const status = settled < "2026-06-14" ? source.pick(["paid", "paid", "denied"]) : "open";
    const claimed = source.amount(80, 18_000);
    return {
      claim_no: `C${30_000 + i}`,
      policy_no: `P-${2000 + source.between(0, 160)}`,
      cause: source.pick(["collision", "theft", "water damage", "fire", "illness"]),
      incident_date: incident,
      reported_date: reported,
      settled_date: status === "open" ? null : settled,
      claimed_amount: claimed,
      paid_amount: status === "paid" ? Math.round(claimed * source.between(50, 100)) / 100 : 0,
      status,
    };
  });
  return { policies, claims };
}
