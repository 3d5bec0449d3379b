/** What citizens ask a town to mend, in one table with names as programs write them. */
import { type Row, Source, stamp, type Tables, times } from "../seeded-rows.ts";

export function makeRequests(): Tables {
  const source = new Source(317);
  const service_requests = times(800, (i): Row => {
    const opened = source.moment("2025-01-01", "2026-06-14");
    const closed = new Date(opened.getTime() + source.between(30, 20000) * 60000);
    const done = closed < new Date("2026-06-14") && source.chance(0.85);
    return {
      RequestNo: `SR${5000 + i}`,
      Category: source.pick(["Pothole", "Street Light", "Graffiti", "Noise", "Tree"]),
      District: source.pick(["Northgate", "Riverside", "Hilltop", "Docklands"]),
      Channel: source.pick(["app", "phone", "web"]),
      Priority: source.pick(["normal", "high", "urgent"]),
      OpenedAt: stamp(opened),
      ClosedAt: done ? stamp(closed) : null,
      AssignedTeam: source.pick(["Roads", "Parks", "Lighting"]),
      RepairCost: done ? source.amount(20, 2400) : null,
      Reopened: source.chance(0.08),
    };
  });
  return { service_requests };
}
