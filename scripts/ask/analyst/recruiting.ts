/** Open positions, candidates (under the names of animals) and their applications. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

const COLOURS = ["Red", "Blue", "Green", "Grey", "Black", "White", "Brown", "Amber", "Silver", "Golden"];
const ANIMALS = ["Heron", "Otter", "Lynx", "Kestrel", "Badger", "Marten", "Stoat", "Plover"];

export function makeRecruiting(): Tables {
  const source = new Source(227);
  const positions = times(26, (i): Row => {
    const posted = source.day("2025-01-01", "2026-05-20");
    const low = source.between(32, 80) * 1000;
    return {
      position_id: 500 + i,
      job_title: source.pick(["Data Engineer", "Accountant", "Sales Rep", "Nurse", "Product Manager", "Designer"]),
      department: source.pick(["Tech", "Finance", "Sales", "Care"]),
      office: source.pick(["Zurich", "Geneva", "Basel"]),
      posted_on: posted,
      closed_on: source.chance(0.6) ? laterDay(posted, source.between(10, 24)) : null,
      min_salary: low,
      max_salary: low + source.between(4, 30) * 1000,
    };
  });
  const candidates = times(
    80,
    (i): Row => ({
      candidate_id: i + 1,
      full_name: `${COLOURS[i % 10] ?? ""} ${ANIMALS[Math.floor(i / 10)] ?? ""}`,
      source: source.pick(["referral", "LinkedIn", "job board", "agency"]),
      years_experience: source.between(0, 22),
      willing_to_relocate: source.chance(0.4),
    }),
  );
  const applications = times(420, (i): Row => {
    const applied = source.day("2025-01-05", "2026-06-10");
    const interviewed = source.chance(0.55) ? laterDay(applied, source.between(3, 28)) : null;
    const hired = interviewed !== null && source.chance(0.25) ? laterDay(interviewed, source.between(4, 40)) : null;
    return {
      application_id: i + 1,
      position_id: 500 + source.between(0, 23),
      candidate_id: source.between(1, 72),
      applied_on: applied,
      interviewed_on: interviewed,
      hired_on: hired,
      outcome: hired === null ? source.pick(["rejected", "withdrawn", "in process"]) : "hired",
      test_score: interviewed === null ? null : source.between(30, 100),
    };
  });
  return { positions, candidates, applications };
}
