/** Courses of a university and how students did in them. */
import { type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makeCampus(): Tables {
  const source = new Source(163);
  const courses = [
    "Algebra",
    "Statistics",
    "Databases",
    "Ethics",
    "Genetics",
    "Microeconomics",
    "Drawing",
    "Logic",
  ].map(
    (course_name, i): Row => ({
      course_id: 100 + i,
      course_name,
      faculty:
        ["Science", "Science", "Engineering", "Humanities", "Science", "Business", "Humanities", "Humanities"][i] ??
        null,
      credits: [6, 5, 6, 3, 5, 5, 2, 4][i] ?? null,
      max_students: source.between(20, 120),
    }),
  );
  const students = times(
    180,
    (i): Row => ({
      student_no: 20_001 + i,
      programme: source.pick(["bachelor", "master", "exchange"]),
      home_country: source.pick(["Poland", "Turkey", "India", "Chile"]),
      date_of_birth: source.day("1995-01-01", "2007-12-31"),
      enrolled_on: source.day("2022-09-01", "2026-02-28"),
      scholarship: source.chance(0.2),
    }),
  );
  const enrolments = times(900, (i): Row => {
    const graded = source.chance(0.85);
    const grade = graded ? source.between(35, 100) : null;
    return {
      enrolment_id: i + 1,
      student_no: 20_001 + source.between(0, 170),
      course_id: 100 + source.pick([0, 1, 2, 4, 5, 3, 6]),
      term: source.pick(["autumn 2024", "spring 2025", "autumn 2025", "spring 2026"]),
      grade,
      passed: grade !== null && grade >= 50,
      exam_date: graded ? source.day("2025-01-10", "2026-06-10") : null,
    };
  });
  return { courses, students, enrolments };
}
