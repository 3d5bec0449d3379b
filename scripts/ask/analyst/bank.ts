/** Customers of a bank, their accounts and what is booked on them. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

const GIVEN = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Theta", "Kappa"];
const FAMILY = ["Stone", "River", "Field", "Marsh", "Hill"];

export function makeBank(): Tables {
  const source = new Source(331);
  const customers = times(
    120,
    (i): Row => ({
      customer_id: i + 1,
      first_name: GIVEN[i % 8] ?? null,
      last_name: FAMILY[i % 5] ?? null,
      segment: source.pick(["retail", "business", "private"]),
      city: source.pick(["Ghent", "Bruges", "Namur"]),
      birth_date: source.day("1940-01-01", "2006-01-01"),
      customer_since: source.day("2010-01-01", "2026-05-30"),
    }),
  );
  const accounts = times(210, (i): Row => {
    const opened = source.day("2012-01-01", "2026-05-01");
    return {
      account_no: `BE${9000 + i}`,
      customer_id: source.between(1, 110),
      account_type: source.pick(["checking", "savings", "loan"]),
      balance: source.amount(-4000, 60000),
      opened_on: opened,
      closed_on: source.chance(0.15) ? laterDay(opened, source.between(100, 900)) : null,
    };
  });
  const transactions = times(
    1200,
    (i): Row => ({
      txn_id: i + 1,
      account_no: `BE${9000 + source.between(0, 195)}`,
      booked_on: source.day("2025-01-01", "2026-06-14"),
      amount: source.amount(1, 900),
      direction: source.chance(0.6) ? "debit" : "credit",
      merchant_category: source.pick(["groceries", "travel", "rent", "restaurants"]),
    }),
  );
  return { customers, accounts, transactions };
}
