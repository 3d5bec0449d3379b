/** Sessions and events of a web shop. */
import { type Row, Source, stamp, type Tables, times } from "../seeded-rows.ts";

export function makeFunnel(): Tables {
  const source = new Source(103);
  const sessions = times(
    1100,
    (i): Row => ({
      session_id: `s${String(i + 1).padStart(5, "0")}`,
      visitor_id: source.between(1, 420),
      started_at: stamp(source.moment("2025-09-01", "2026-06-15")),
      device: source.pick(["mobile", "desktop", "tablet"]),
      channel: source.pick(["organic search", "paid ads", "email", "social", "direct"]),
      country: source.pick(["Germany", "Austria", "Switzerland", "Netherlands"]),
    }),
  );
  const products = ["Rain Jacket", "Trail Shoe", "Water Bottle", "Backpack 30 l", "Head Torch", "Camping Stove"];
  const steps = ["view", "add_to_cart", "checkout", "purchase"];
  const events: Row[] = [];
  for (const session of sessions) {
    const depth = source.pick([1, 1, 2, 3, 4, 0]);
    const product = source.pick(products);
    const start = Date.parse(`${String(session.started_at).replace(" ", "T")}Z`);
    for (const [at, step] of steps.slice(0, depth).entries())
      events.push({
        event_id: events.length + 1,
        session_id: session.session_id ?? null,
        occurred_at: stamp(new Date(start + (at + 1) * source.between(1, 9) * 60_000)),
        step,
        product,
        value: step === "purchase" ? source.amount(12, 260) : null,
      });
  }
  return { sessions, events };
}
