/** Calls of a support line, in one table with names as programs write them. */
import { type Row, Source, stamp, type Tables, times } from "../seeded-rows.ts";

export function makeCalls(): Tables {
  const source = new Source(233);
  const calls = times(900, (i): Row => {
    const abandoned = source.chance(0.09);
    return {
      callId: 1 + i,
      callStart: stamp(source.moment("2025-11-01", "2026-06-15")),
      queue: source.pick(["Billing", "Technical", "Orders", "Complaints"]),
      agentName: abandoned ? null : source.pick(["Heron", "Otter", "Lynx", "Kestrel", "Badger", "Marten"]),
      language: source.pick(["English", "French", "Dutch"]),
      waitSeconds: source.between(2, 600),
      talkSeconds: abandoned ? 0 : source.between(30, 1500),
      isAbandoned: abandoned,
      resolved: abandoned ? false : source.chance(0.75),
      csatScore: abandoned || source.chance(0.5) ? null : source.between(1, 5),
    };
  });
  return { calls };
}
