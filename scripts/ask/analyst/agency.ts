/** Clients, projects and hours of an agency; every table has an id and a name. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makeAgency(): Tables {
  const source = new Source(241);
  const clients = [
    "Northwind Bank",
    "Petal Foods",
    "Orbit Telecom",
    "Delta Rail",
    "Cobalt Energy",
    "Maple Media",
    "Quarry Stone",
  ].map(
    (name, i): Row => ({
      id: i + 1,
      name,
      sector: ["finance", "food", "telecom", "transport", "energy", "media", "construction"][i] ?? null,
      country: ["Ireland", "Denmark", "Portugal"][i % 3] ?? null,
    }),
  );
  const projects = times(32, (i): Row => {
    const start = source.day("2024-06-01", "2026-04-30");
    const end = laterDay(start, source.between(40, 300));
    return {
      id: i + 1,
      client_id: source.between(1, 6),
      name: `${["Website", "App", "Campaign", "Rebrand", "Audit"][i % 5] ?? ""} ${i + 1}`,
      manager: source.pick(["Plover", "Stoat", "Wren", "Ibis"]),
      budget: source.between(8, 180) * 1000,
      start_date: start,
      end_date: end < "2026-06-10" ? end : null,
      status: end < "2026-06-10" ? source.pick(["done", "done", "cancelled"]) : source.pick(["active", "on hold"]),
    };
  });
  const time_entries = times(
    1100,
    (i): Row => ({
      id: i + 1,
      project_id: source.between(1, 29),
      consultant: source.pick(["Heron", "Otter", "Lynx", "Kestrel", "Badger", "Marten", "Crane"]),
      work_date: source.day("2025-01-01", "2026-06-14"),
      hours: source.between(1, 16) / 2,
      billable: source.chance(0.8),
      hourly_rate: source.pick([90, 110, 140]),
    }),
  );
  return { clients, projects, time_entries };
}
