import { inject } from "vitest";

const servers = inject("servers");

/** The server of the worker process that runs this file. */
export const server = servers[(Number(process.env["VITEST_POOL_ID"]) - 1) % servers.length]!;
