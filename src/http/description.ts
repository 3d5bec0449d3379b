/** The opening of the API's description, as Markdown. */
export const API_INTRODUCTION = `Files in, an API out: upload tabular files, then query, profile, chart, version, compare and export them.

1. \`POST /data/upload\` opens an upload and answers with a presigned URL for each file; \`PUT\` the bytes there.
2. \`POST /uploads/{upload_id}/status\` confirms them: they are parsed. \`GET /jobs/{id}\` says how far that is.
3. \`POST /data/sessions\` opens a session over their tables; \`POST /data/query\` asks it, in SQL or in plain language.

Each request carries a key: \`Authorization: Bearer …\`. Errors are problem documents (RFC 9457) whose \`detail\` says what to do.`;

/** The groups of operations in the order in which they are wanted. */
export const API_TAGS = [
  { name: "Uploads", description: "Put files in; see their tables, columns, first rows and what was set aside" },
  { name: "Sessions", description: "Ask tables in SQL or plain language" },
  { name: "Analysis", description: "Statistics, insights and charts" },
  { name: "Exports", description: "Whole tables or query results as files" },
  { name: "Jobs", description: "Progress of everything that takes a while" },
  { name: "Projects", description: "What datasets, models and experiments belong to" },
  { name: "Datasets", description: "Versions with statistics, quality, rows, comparison and drift" },
  { name: "Lineage", description: "What was made from what, also as OpenLineage events" },
  { name: "Experiments", description: "Trials that a dataset's version was used for" },
  { name: "Models", description: "What was trained, and on which data" },
  { name: "Deployments", description: "Where models are in use" },
  { name: "Files", description: "One file at a time, with parser options and SQL transforms" },
  { name: "Organizations", description: "Whose members share files" },
  { name: "CSV sessions", description: "Plain CSV files under a session id of your own" },
  { name: "Keys", description: "API keys with scopes and expiry" },
  { name: "Service", description: "Whether it is up" },
  { name: "Sign-in", description: "Tokens for clients that sign in with a name and a key" },
];
