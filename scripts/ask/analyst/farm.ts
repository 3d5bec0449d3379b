/** Fields of a farm, what was harvested and sprayed. */
import { type Row, Source, type Tables, times } from "../seeded-rows.ts";

export function makeFarm(): Tables {
  const source = new Source(211);
  const names = [
    "Long Acre",
    "Mill Meadow",
    "Top Field",
    "Church Piece",
    "Brook Bottom",
    "Far Hill",
    "Oak Patch",
    "Sand Pit",
  ];
  const fields = names.map(
    (field_name, i): Row => ({
      field_code: `F${String(i + 1).padStart(2, "0")}`,
      field_name,
      hectares: source.between(20, 240) / 10,
      soil: ["clay", "loam", "sand"][i % 3] ?? null,
      county: ["Kent", "Essex"][i % 2] ?? null,
      irrigated: i % 4 === 1,
    }),
  );
  const harvests = times(
    260,
    (i): Row => ({
      harvest_id: i + 1,
      field_code: `F0${source.between(1, 7)}`,
      crop: source.pick(["wheat", "barley", "potatoes", "sugar beet", "peas"]),
      harvested_on: source.day("2022-05-01", "2026-06-12"),
      tonnes: source.amount(2, 90),
      moisture_pct: source.between(90, 220) / 10,
      price_per_tonne: source.amount(90, 310),
    }),
  );
  const sprayings = times(
    140,
    (i): Row => ({
      spraying_id: i + 1,
      field_code: `F0${source.between(1, 6)}`,
      sprayed_on: source.day("2024-03-01", "2026-06-10"),
      product: source.pick(["fungicide", "herbicide", "insecticide"]),
      litres: source.amount(5, 120),
    }),
  );
  return { fields, harvests, sprayings };
}
