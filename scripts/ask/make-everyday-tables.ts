/**
 * Writes tables as people keep them in clinics, web shops, libraries, …, for the question set test/ask/questions/everyday.json
 * (some of whose questions are about the business tables):
 *
 *   node scripts/ask/make-everyday-tables.ts DIR
 *
 * makes DIR/<database>/<table>.csv. The rows come from a seeded generator, so that every run writes the same ones.
 */
import { makeAirport } from "./everyday/airport.ts";
import { makeBilling } from "./everyday/billing.ts";
import { makeCampus } from "./everyday/campus.ts";
import { makeCharity } from "./everyday/charity.ts";
import { makeClinic } from "./everyday/clinic.ts";
import { makeDelivery } from "./everyday/delivery.ts";
import { makeFactory } from "./everyday/factory.ts";
import { makeFreight } from "./everyday/freight.ts";
import { makeFunnel } from "./everyday/funnel.ts";
import { makeGym } from "./everyday/gym.ts";
import { makeHotel } from "./everyday/hotel.ts";
import { makeLibrary } from "./everyday/library.ts";
import { makeMeters } from "./everyday/meters.ts";
import { makePayroll } from "./everyday/payroll.ts";
import { writeDatabases } from "./seeded-rows.ts";

/** Writes all tables below a folder. */
export function makeEverydayTables(folder: string): void {
  writeDatabases(folder, {
    clinic: makeClinic(),
    funnel: makeFunnel(),
    meters: makeMeters(),
    library: makeLibrary(),
    payroll: makePayroll(),
    airport: makeAirport(),
    gym: makeGym(),
    delivery: makeDelivery(),
    hotel: makeHotel(),
    billing: makeBilling(),
    freight: makeFreight(),
    charity: makeCharity(),
    campus: makeCampus(),
    factory: makeFactory(),
  });
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  const folder = process.argv[2];
  if (folder === undefined) {
    console.error("Usage: node scripts/ask/make-everyday-tables.ts DIR");
    process.exit(2);
  }
  makeEverydayTables(folder);
}
