/** One sheet of sales with spaces in its headings. */
import { laterDay, type Row, Source, type Tables, times } from "../seeded-rows.ts";

const GOODS = [
  ["Espresso Machine", "Kitchen", 249],
  ["Toaster", "Kitchen", 39],
  ["Kettle", "Kitchen", 29],
  ["Garden Hose", "Outdoor", 24],
  ["Lawn Mower", "Outdoor", 310],
  ["Tent", "Outdoor", 129],
  ["Bed Sheet", "Bedroom", 45],
  ["Pillow", "Bedroom", 19],
] as const;

export function makeRetail(): Tables {
  const source = new Source(239);
  const sales = times(1100, (i): Row => {
    const [product, category, price] = source.pick(GOODS);
    const ordered = source.day("2022-01-01", "2024-12-31");
    const quantity = source.between(1, 9);
    const discount = source.pick([0, 0, 0.1, 0.2]);
    const amount = Math.round(quantity * price * (1 - discount) * 100) / 100;
    return {
      "Order ID": `SO-${1000 + i}`,
      "Order Date": ordered,
      "Ship Date": laterDay(ordered, source.between(0, 9)),
      "Customer Name": `Customer ${String.fromCharCode(65 + source.between(0, 25))}${source.between(1, 3)}`,
      Segment: source.pick(["Consumer", "Corporate", "Home Office"]),
      Region: source.pick(["North", "South", "East", "West"]),
      Category: category,
      Product: product,
      Quantity: quantity,
      Discount: discount,
      "Sales Amount": amount,
      Profit: Math.round(amount * source.between(-10, 35)) / 100,
    };
  });
  return { sales };
}
