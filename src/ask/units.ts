/** Units of measure: what a number's unit is worth in a column's unit. */
import type { Column } from "./schema.ts";
import { splitIdentifier } from "./words.ts";

const DIMENSIONS: Record<string, Record<string, number>> = {
  mass: {
    mg: 0.001,
    g: 1,
    gram: 1,
    grams: 1,
    kg: 1000,
    kgs: 1000,
    kilo: 1000,
    kilos: 1000,
    kilogram: 1000,
    kilograms: 1000,
    t: 1e6,
    tonne: 1e6,
    tonnes: 1e6,
    oz: 28.349523125,
    ounce: 28.349523125,
    ounces: 28.349523125,
    lb: 453.59237,
    lbs: 453.59237,
    pound: 453.59237,
    pounds: 453.59237,
  },
  length: {
    mm: 0.001,
    millimeter: 0.001,
    millimeters: 0.001,
    millimetres: 0.001,
    cm: 0.01,
    centimeter: 0.01,
    centimeters: 0.01,
    centimetres: 0.01,
    m: 1,
    meter: 1,
    meters: 1,
    metre: 1,
    metres: 1,
    km: 1000,
    kilometer: 1000,
    kilometers: 1000,
    kilometres: 1000,
    inch: 0.0254,
    inches: 0.0254,
    ft: 0.3048,
    feet: 0.3048,
    foot: 0.3048,
    mi: 1609.344,
    mile: 1609.344,
    miles: 1609.344,
  },
  time: {
    ms: 0.001,
    s: 1,
    sec: 1,
    secs: 1,
    second: 1,
    seconds: 1,
    min: 60,
    mins: 60,
    minute: 60,
    minutes: 60,
    h: 3600,
    hr: 3600,
    hrs: 3600,
    hour: 3600,
    hours: 3600,
    day: 86_400,
    days: 86_400,
    week: 604_800,
    weeks: 604_800,
  },
  area: {
    m2: 1,
    sqm: 1,
    ha: 1e4,
    hectare: 1e4,
    hectares: 1e4,
    km2: 1e6,
    sqft: 0.09290304,
    acre: 4046.8564224,
    acres: 4046.8564224,
  },
  volume: {
    ml: 0.001,
    cl: 0.01,
    l: 1,
    liter: 1,
    liters: 1,
    litre: 1,
    litres: 1,
    gallon: 3.785411784,
    gallons: 3.785411784,
  },
  power: { w: 0.001, watt: 0.001, watts: 0.001, kw: 1, kilowatt: 1, kilowatts: 1, mw: 1000, gw: 1e6 },
  energy: { wh: 0.001, kwh: 1, mwh: 1000, gwh: 1e6 },
  data: { kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12, byte: 1, bytes: 1 },
  speed: { knot: 1.852, knots: 1.852, kph: 1, kmh: 1, mph: 1.609344 },
};

/** Units that are taken as they stand. */
const PLAIN = new Set(
  "$ € £ % # usd eur gbp chf euro euros dollar dollars pounds bucks cents percent celsius fahrenheit c f degree degrees".split(
    " ",
  ),
);

/** Whether a word is a unit this module knows. */
export function isUnitWord(word: string): boolean {
  return PLAIN.has(word) || Object.values(DIMENSIONS).some((units) => Object.hasOwn(units, word));
}

/** The words of a column's name that may be units, the unit of a computed one first of all. */
function unitParts({ name, computed }: Column): string[] {
  return computed?.op === "span"
    ? [computed.unit]
    : splitIdentifier(name).flatMap((part) => part.match(/[a-z]+2?/g) ?? []);
}

/** Whether a column, told by its name, holds what is given in a unit ("km" of `mileage_km`). */
export function isMeasuredIn(unit: string, column: Column): boolean {
  const parts = unitParts(column);
  return Object.values(DIMENSIONS).some(
    (units) => Object.hasOwn(units, unit) && parts.some((part) => part.length > 1 && Object.hasOwn(units, part)),
  );
}

/** A number given in a unit, in the unit of a column (told by its name); unchanged when either is not known. */
export function convertToColumn(value: number, unit: string | undefined, column: Column): number {
  if (unit === undefined) return value;
  const parts = unitParts(column);
  for (const units of Object.values(DIMENSIONS)) {
    const from = Object.hasOwn(units, unit) ? units[unit] : undefined;
    const own = [...parts].reverse().find((part, i) => Object.hasOwn(units, part) && (part.length > 1 || i === 0));
    const to = own === undefined ? undefined : units[own];
    if (from !== undefined && to !== undefined) return Number(((value * from) / to).toPrecision(12));
  }
  return value;
}

/** What a column's values are to be multiplied by so that they are in a unit; undefined when it is of another kind. */
export function factorTo(unit: string, column: Column): number | undefined {
  return isMeasuredIn(unit, column) ? 1 / convertToColumn(1, unit, column) : undefined;
}
