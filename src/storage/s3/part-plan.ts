const MIB = 1024 * 1024;
const MIN_PART_BYTES = 8 * MIB;
/** Below the 100 MB that Cloudflare lets through in one request body. */
const USUAL_MAX_PART_BYTES = 64 * MIB;
const MAX_PARTS = 10_000;
const WANTED_PARTS = 100;

/** How a file is cut: all parts of `partBytes` (whole MiB), the last one shorter. */
export interface PartPlan {
  partBytes: number;
  partCount: number;
}

/**
 * Cuts a file into at most 10,000 equal parts of at least 8 MiB (R2 wants 5), about a hundred where that keeps them at most 64 MiB.
 * @param sizeBytes at least 1.
 */
export function planParts(sizeBytes: number): PartPlan {
  const wanted = Math.min(Math.max(sizeBytes / WANTED_PARTS, MIN_PART_BYTES), USUAL_MAX_PART_BYTES);
  const partBytes = Math.ceil(Math.max(wanted, sizeBytes / MAX_PARTS) / MIB) * MIB;
  return { partBytes, partCount: Math.max(1, Math.ceil(sizeBytes / partBytes)) };
}
