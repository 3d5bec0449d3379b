import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyLocalMigrations } from "../../scripts/local/apply-migrations.ts";
import { ROOT } from "../../scripts/local/run-wrangler.ts";

const TEMPLATE = `${ROOT}.eider/migrated-state`;

/** A new folder for a server's state, its database migrated: that takes wrangler seconds, so it is done once and copied. */
export function createState(): string {
  applyLocalMigrations(TEMPLATE);
  const state = mkdtempSync(join(tmpdir(), "eider-e2e-"));
  cpSync(TEMPLATE, state, { recursive: true });
  return state;
}
