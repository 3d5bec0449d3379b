/** Building permits, in one table. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makePermits(): Tables {
  const source = new Source(419);
  const permits = times(500, (i): Row => {
    const filed = source.day("2023-01-01", "2026-05-20");
    const decided = laterDay(filed, source.between(4, 120));
    const isDecided = decided < "2026-06-10" && source.chance(0.8);
    const status = isDecided ? source.pick(["approved", "approved", "rejected"]) : "pending";
    return {
      permit_number: `BP-${10000 + i}`,
      filed_date: filed,
      approved_date: status === "approved" ? decided : null,
      status,
      permit_type: source.pick(["renovation", "new building", "demolition", "solar"]),
      neighborhood: source.pick(["Eastgate", "Old Port", "Hillcrest", "Mission"]),
      contractor: source.pick(["Brick & Co", "Stonewell", "UrbanFix", "SunUp"]),
      estimated_cost: source.between(3, 900) * 1000,
      fee: source.amount(80, 2500),
      units_added: source.pick([0, 0, 1, 2, 8]),
      inspector: source.chance(0.2) ? null : source.pick(["Heron", "Otter", "Lynx"]),
    };
  });
  return { permits };
}
