/** Production runs and stops of machines. */
import { type Row, Source, stamp, type Tables, times } from "../seeded-rows.ts";

export function makeFactory(): Tables {
  const source = new Source(167);
  const machines = times(
    14,
    (i): Row => ({
      machine_id: `M${String(i + 1).padStart(2, "0")}`,
      line: ["A", "B", "C"][i % 3] ?? null,
      maker: source.pick(["Brandt", "Kiyama", "Orsted"]),
      installed_year: source.between(2008, 2024),
      max_output_per_hour: source.between(80, 400),
    }),
  );
  const runs = times(1100, (i): Row => {
    const units = source.between(200, 3200);
    return {
      run_id: i + 1,
      machine_id: `M${String(source.between(1, 13)).padStart(2, "0")}`,
      run_date: source.day("2025-06-01", "2026-06-14"),
      shift: source.pick(["early", "late", "night"]),
      product: source.pick(["bolt", "bracket", "hinge", "valve"]),
      units_produced: units,
      units_rejected: Math.round(units * source.between(0, 6) * 0.01),
      energy_kwh: source.amount(20, 480),
    };
  });
  const stops = times(
    400,
    (i): Row => ({
      stop_id: i + 1,
      machine_id: `M${String(source.between(1, 11)).padStart(2, "0")}`,
      stopped_at: stamp(source.moment("2025-06-01", "2026-06-14")),
      minutes_down: source.between(3, 260),
      cause: source.pick(["jam", "tool change", "power", "no material"]),
    }),
  );
  return { machines, runs, stops };
}
