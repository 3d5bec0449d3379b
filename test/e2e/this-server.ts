import { inject } from "vitest";

const servers = inject("servers");

/** The server of the worker process that runs this file: one process keeps to one server. */
export const server = servers[(Number(process.env["VITEST_POOL_ID"]) - 1) % servers.length]!;
