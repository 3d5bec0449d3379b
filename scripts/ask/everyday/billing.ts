/** Subscriptions and invoices of a software company. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

const STEMS = ["Alder", "Birch", "Cedar", "Elm", "Hazel", "Juniper", "Larch", "Maple", "Oak", "Pine"];
const TRADES = ["Labs", "Studio", "Systems", "Foods", "Energy", "Works", "Health"];

export function makeBilling(): Tables {
  const source = new Source(149);
  const accounts = times(
    70,
    (i): Row => ({
      account_id: 500 + i,
      account_name: `${STEMS[i % 10]} ${TRADES[Math.floor(i / 10)]}`,
      industry: source.pick(["software", "retail", "energy", "health"]),
      country: source.pick(["Sweden", "Denmark", "Finland"]),
      employees: source.between(4, 900),
      created_at: source.day("2022-01-01", "2026-05-31"),
    }),
  );
  const subscriptions = accounts.flatMap((account, at) =>
    at % 14 === 0
      ? []
      : times(source.between(1, 2), (): Row => {
          const start = source.day(String(account.created_at), "2026-06-10");
          const end = laterDay(start, source.between(30, 900));
          return {
            account_id: account.account_id ?? null,
            plan: source.pick(["starter", "team", "business"]),
            seats: source.between(1, 120),
            mrr: source.amount(19, 1900),
            started_on: start,
            cancelled_on: source.chance(0.3) && end < "2026-06-14" ? end : null,
          };
        }),
  );
  const invoices = times(900, (i): Row => {
    const issued = source.day("2024-06-01", "2026-06-12");
    const paid = laterDay(issued, source.between(3, 50));
    return {
      invoice_no: `INV-${String(i + 1).padStart(4, "0")}`,
      account_id: 500 + source.between(0, 66),
      issued_on: issued,
      due_date: laterDay(issued, 30),
      paid_on: paid < "2026-06-14" && !source.chance(0.06) ? paid : null,
      amount: source.amount(19, 4800),
    };
  });
  return { accounts, subscriptions: subscriptions.map((row, i) => ({ subscription_id: i + 1, ...row })), invoices };
}
