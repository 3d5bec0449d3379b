/** Visits to clinics. */
import { type Row, Source, stamp, type Tables, times } from "../seeded-rows.ts";

export function makeClinic(): Tables {
  const source = new Source(101);
  const clinics = ["Harbour", "Old Town", "Riverside", "Station", "Hilltop"].map(
    (name, i): Row => ({
      clinic_id: i + 1,
      clinic_name: `${name} Clinic`,
      city: ["Graz", "Graz", "Linz", "Linz", "Salzburg"][i] ?? null,
      rooms: source.between(3, 14),
    }),
  );
  const patients = times(
    160,
    (i): Row => ({
      patient_no: `P${String(1000 + i)}`,
      birth_date: source.day("1932-01-01", "2015-12-31"),
      sex: source.chance(0.52) ? "F" : "M",
      insurance: source.pick(["public", "private", "none"]),
      registered_on: source.day("2021-01-01", "2026-05-31"),
    }),
  );
  const visits = times(1400, (i): Row => {
    const status = source.pick(["completed", "completed", "no-show", "cancelled"]);
    return {
      visit_id: 70_001 + i,
      patient_no: `P${String(1000 + source.between(0, 148))}`,
      clinic_id: source.pick([1, 2, 3, 4, 5]),
      scheduled_at: stamp(source.moment("2024-01-01", "2026-06-14")),
      specialty: source.pick(["general practice", "dermatology", "cardiology", "orthopedics"]),
      duration_minutes: status === "completed" ? source.between(8, 75) : null,
      status,
      fee: status === "completed" ? source.amount(25, 190) : 0,
    };
  });
  return { clinics, patients, visits };
}
