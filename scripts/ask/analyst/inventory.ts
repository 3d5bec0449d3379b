/** Items of a store and how they move. */
import { type Row, Source, stamp, type Tables, times } from "../seeded-rows.ts";

export function makeInventory(): Tables {
  const source = new Source(421);
  const names = [
    "Hex Bolt",
    "Washer",
    "Copper Pipe",
    "Drill Bit",
    "Safety Glove",
    "Work Lamp",
    "Paint Roller",
    "Tape Measure",
    "Ladder",
  ];
  const items = names.map(
    (item_name, i): Row => ({
      sku: `SKU${100 + i}`,
      item_name,
      category:
        ["fasteners", "fasteners", "plumbing", "tools", "safety", "electrical", "paint", "tools", "tools"][i] ?? null,
      supplier: source.pick(["Ferro", "Nordic Supply", "Acme"]),
      unit_cost: source.amount(0.5, 90),
      reorder_level: source.between(20, 100),
      on_hand: source.between(0, 180),
    }),
  );
  const movements = times(
    900,
    (i): Row => ({
      movement_id: i + 1,
      sku: `SKU${100 + source.between(0, 7)}`,
      moved_at: stamp(source.moment("2025-03-01", "2026-06-15")),
      movement_type: source.pick(["receipt", "issue", "issue", "adjustment"]),
      qty: source.between(1, 60),
      warehouse: source.pick(["Lyon", "Ghent", "Turin"]),
      handled_by: source.pick(["Heron", "Otter", "Lynx", "Kestrel"]),
    }),
  );
  return { items, movements };
}
