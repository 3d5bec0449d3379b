/** Payslips. */
import { type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makePayroll(): Tables {
  const source = new Source(113);
  const teams = ["Warehouse", "Bakery", "Transport", "Office", "Night Shift"].map(
    (team_name, i): Row => ({ team_id: i + 1, team_name, site: i % 2 === 0 ? "Malmo" : "Lund" }),
  );
  const staff = times(
    95,
    (i): Row => ({
      staff_no: `N${String(i + 1).padStart(3, "0")}`,
      team_id: source.pick([1, 2, 3, 4, 5]),
      role: source.pick(["packer", "driver", "baker", "clerk", "supervisor"]),
      contract: source.pick(["full-time", "part-time", "temp"]),
      started_on: source.day("2016-01-01", "2025-01-01"),
      ended_on: source.chance(0.2) ? source.day("2025-06-01", "2026-06-10") : null,
      hourly_rate: source.amount(14, 38),
    }),
  );
  const months = times(17, (i) => new Date(Date.UTC(2025, i, 1)).toISOString().slice(0, 10));
  const payslips = staff.flatMap((person, at) =>
    months
      .filter((month) => person.ended_on == null || month < String(person.ended_on))
      .map((month): Row => {
        const overtime = at % 9 === 0 ? 0 : source.pick([0, 0, 0, 4, 9, 18]);
        const hours = person.contract === "full-time" ? 160 : source.between(60, 110);
        const gross = Math.round((hours + overtime * 1.5) * Number(person.hourly_rate) * 100) / 100;
        const tax = Math.round(gross * source.between(18, 34)) / 100;
        return {
          payslip_id: `${String(person.staff_no)}-${month.slice(0, 7)}`,
          staff_no: person.staff_no ?? null,
          pay_month: month,
          gross_pay: gross,
          tax,
          net_pay: Math.round((gross - tax) * 100) / 100,
          overtime_hours: overtime,
        };
      }),
  );
  return { teams, staff, payslips };
}
