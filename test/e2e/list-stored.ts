import { openLocalBucketIndex } from "../../scripts/local/local-state.ts";

/** The keys of what R2 holds under `wrangler dev`: objects, and uploads in parts that are neither completed nor aborted. */
export function listStored(state: string, prefix = ""): string[] {
  const index = openLocalBucketIndex(state);
  try {
    return index
      .prepare("SELECT key FROM _mf_objects UNION ALL SELECT key FROM _mf_multipart_uploads WHERE state = 0")
      .all()
      .map(({ key }) => String(key))
      .filter((key) => key.startsWith(prefix));
  } finally {
    index.close();
  }
}
