/**
 * Writes tables as analysts get them from farms, call centres, insurers, …, for the question set test/ask/questions/analyst.json:
 *
 *   node scripts/ask/make-analyst-tables.ts DIR
 *
 * makes DIR/<database>/<table>.csv. The rows come from a seeded generator, so that every run writes the same ones.
 */
import { makeAgency } from "./analyst/agency.ts";
import { makeBank } from "./analyst/bank.ts";
import { makeBikeshare } from "./analyst/bikeshare.ts";
import { makeCalls } from "./analyst/calls.ts";
import { makeCinema } from "./analyst/cinema.ts";
import { makeFarm } from "./analyst/farm.ts";
import { makeInsurance } from "./analyst/insurance.ts";
import { makeInventory } from "./analyst/inventory.ts";
import { makePermits } from "./analyst/permits.ts";
import { makePodcasts } from "./analyst/podcasts.ts";
import { makeRealestate } from "./analyst/realestate.ts";
import { makeRecruiting } from "./analyst/recruiting.ts";
import { makeRequests } from "./analyst/requests.ts";
import { makeRetail } from "./analyst/retail.ts";
import { writeDatabases } from "./seeded-rows.ts";

/** Writes all tables below a folder. */
export function makeAnalystTables(folder: string): void {
  writeDatabases(folder, {
    farm: makeFarm(),
    bikeshare: makeBikeshare(),
    recruiting: makeRecruiting(),
    realestate: makeRealestate(),
    calls: makeCalls(),
    retail: makeRetail(),
    agency: makeAgency(),
    insurance: makeInsurance(),
    requests: makeRequests(),
    podcasts: makePodcasts(),
    permits: makePermits(),
    inventory: makeInventory(),
    cinema: makeCinema(),
    bank: makeBank(),
  });
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  const folder = process.argv[2];
  if (folder === undefined) {
    console.error("Usage: node scripts/ask/make-analyst-tables.ts DIR");
    process.exit(2);
  }
  makeAnalystTables(folder);
}
