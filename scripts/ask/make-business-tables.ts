/**
 * Writes tables shaped like those of businesses, with joins, for the question set test/ask/questions/business.json:
 *
 *   node scripts/ask/make-business-tables.ts DIR
 *
 * makes DIR/<database>/<table>.csv. The rows come from a seeded generator, so that every run writes the same ones.
 */
import { type Row, Source, type Tables, writeDatabases } from "./seeded-rows.ts";

const PLACES = [
  ["Berlin", "Germany"],
  ["Paris", "France"],
  ["Madrid", "Spain"],
  ["Vienna", "Austria"],
  ["Lyon", "France"],
  ["Hamburg", "Germany"],
  ["Rome", "Italy"],
  ["Oslo", "Norway"],
  ["Seville", "Spain"],
] as const;

const PRODUCTS = [
  ["Desk Lamp", "Lighting", 39.9],
  ["Floor Lamp", "Lighting", 89.5],
  ["Office Chair", "Furniture", 249],
  ["Standing Desk", "Furniture", 529],
  ["Bookshelf", "Furniture", 139],
  ["Filing Cabinet", "Furniture", 189],
  ["Notebook A5", "Stationery", 4.5],
  ["Gel Pen", "Stationery", 1.9],
  ["Stapler", "Stationery", 12.4],
  ["Printer Paper", "Stationery", 6.2],
  ["Laser Printer", "Electronics", 219],
  ["Monitor 27 inch", "Electronics", 299],
  ["Webcam", "Electronics", 64],
  ["USB Hub", "Electronics", 29],
  ["Wall Clock", "Decoration", 24.9],
  ["Potted Plant", "Decoration", 18],
] as const;

const STEMS = [
  "Alder",
  "Birch",
  "Cedar",
  "Elm",
  "Hazel",
  "Juniper",
  "Larch",
  "Maple",
  "Oak",
  "Pine",
  "Rowan",
  "Willow",
];
const TRADES = ["Foods", "Textiles", "Logistics", "Media", "Clinics"];

function makeShop(): Tables {
  const source = new Source(11);
  const customers = Array.from({ length: 60 }, (_, i): Row => {
    const [city, country] = source.pick(PLACES);
    return {
      customer_id: i + 1,
      company_name: `${STEMS[i % STEMS.length]} ${TRADES[Math.floor(i / STEMS.length)]}`,
      ...{ city, country },
      segment: source.pick(["Small Business", "Enterprise", "Public Sector"]),
      signup_date: source.day("2022-01-01", "2026-03-31"),
      email: source.chance(0.1) ? null : `office@${String(STEMS[i % STEMS.length]).toLowerCase()}${i + 1}.example`,
    };
  });
  const products = PRODUCTS.map(
    ([product_name, category, unit_price], i): Row => ({
      product_id: 100 + i,
      ...{ product_name, category, unit_price },
      units_in_stock: source.between(0, 220),
      discontinued: source.chance(0.2),
    }),
  );
  const orders = Array.from({ length: 900 }, (_, i): Row => {
    const placed = source.moment("2022-01-01", "2026-06-14");
    const status = source.pick(["delivered", "shipped", "pending", "cancelled"]);
    return {
      order_id: 5001 + i,
      customer_id: source.between(1, 56),
      order_date: placed.toISOString().slice(0, 10),
      status,
      sales_channel: source.pick(["online", "phone", "store"]),
      returned: source.chance(0.12),
      ship_date:
        status === "delivered" || status === "shipped"
          ? new Date(placed.getTime() + source.between(1, 9) * 86_400_000).toISOString().slice(0, 10)
          : null,
    };
  });
  const order_items = orders.flatMap((order) =>
    Array.from({ length: source.between(1, 4) }, (): Row => {
      const product = source.pick(products.slice(0, 14));
      return {
        order_id: order.order_id ?? null,
        product_id: product.product_id ?? null,
        quantity: source.between(1, 12),
        unit_price: product.unit_price ?? null,
        discount: source.pick([0, 0, 0.05, 0.1]),
      };
    }),
  );
  return {
    ...{ customers, products, orders },
    order_items: order_items.map((item, i) => ({ order_item_id: i + 1, ...item })),
  };
}

function makeStaff(): Tables {
  const source = new Source(23);
  const departments = ["Engineering", "Sales", "Support", "Marketing", "Finance", "Legal"].map(
    (department_name, i): Row => ({
      department_id: i + 1,
      department_name,
      location: ["Berlin", "Berlin", "Lisbon", "Vienna", "Vienna", "Dublin"][i] ?? null,
      annual_budget: [2_400_000, 1_800_000, 650_000, 900_000, 520_000, 310_000][i] ?? null,
    }),
  );
  const titles = ["Specialist", "Analyst", "Engineer", "Team Lead", "Director"];
  const employees = Array.from({ length: 140 }, (_, i): Row => {
    const title = source.pick(titles);
    return {
      employee_id: i + 1,
      badge: `E-${String(i + 1).padStart(3, "0")}`,
      department_id: source.pick([1, 2, 3, 4, 5]),
      job_title: title,
      gender: source.chance(0.5) ? "female" : "male",
      salary: 38_000 + titles.indexOf(title) * 14_000 + source.between(0, 12_000),
      hire_date: source.day("2012-01-01", "2026-05-31"),
      left_date: source.chance(0.2) ? source.day("2026-01-01", "2026-06-10") : null,
      remote: source.chance(0.4),
      performance_score: source.chance(0.1) ? null : source.between(1, 5),
    };
  });
  return { departments, employees };
}

function makeHelpdesk(): Tables {
  const source = new Source(37);
  const users = Array.from({ length: 200 }, (_, i): Row => {
    const churned = source.chance(0.25);
    return {
      user_id: `U${String(i + 1).padStart(4, "0")}`,
      plan: source.pick(["free", "basic", "premium"]),
      country: source.pick(["US", "DE", "FR", "BR", "JP"]),
      signed_up_at: source.day("2023-01-01", "2026-05-31"),
      monthly_fee: source.pick([0, 9, 29]),
      churned: churned ? "yes" : "no",
      referral_source: source.chance(0.15) ? null : source.pick(["search", "ads", "friend", "podcast"]),
    };
  });
  const tickets = Array.from({ length: 700 }, (_, i): Row => {
    const opened = source.moment("2024-01-01", "2026-06-14");
    const closed = source.chance(0.8);
    return {
      ticket_id: 1 + i,
      user_id: `U${String(source.between(1, 180)).padStart(4, "0")}`,
      opened_at: opened.toISOString().slice(0, 19).replace("T", " "),
      closed_at: closed
        ? new Date(opened.getTime() + source.between(1, 200) * 3_600_000).toISOString().slice(0, 19).replace("T", " ")
        : null,
      priority: source.pick(["low", "medium", "high", "urgent"]),
      topic: source.pick(["billing", "login", "bug", "feature request"]),
      satisfaction: closed && source.chance(0.7) ? source.between(1, 5) : null,
    };
  });
  return { users, tickets };
}

/** Writes all tables below a folder. */
export function makeBusinessTables(folder: string): void {
  writeDatabases(folder, { shop: makeShop(), staff: makeStaff(), helpdesk: makeHelpdesk() });
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  const folder = process.argv[2];
  if (folder === undefined) {
    console.error("Usage: node scripts/ask/make-business-tables.ts DIR");
    process.exit(2);
  }
  makeBusinessTables(folder);
}
