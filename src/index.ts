import { composeServices } from "./compose.ts";
import { consumeJobs } from "./core/jobs/consume-jobs.ts";
import { maintain } from "./core/maintenance/maintain.ts";
import type { JobMessage } from "./core/services.ts";
import type { Environment } from "./environment.ts";
import { createApp } from "./http/app.ts";

export { Session } from "./objects/session.ts";
export { Workbench } from "./objects/workbench.ts";

const app = createApp((env, request, context) =>
  composeServices(env, { origin: new URL(request.url).origin, waitUntil: (work) => context.waitUntil(work) }),
);

export default {
  fetch: app.fetch,

  async queue(batch, env, context) {
    const services = composeServices(env, { origin: "", waitUntil: (work) => context.waitUntil(work) });
    await consumeJobs(services, batch);
  },

  async scheduled(_event, env, context) {
    const services = composeServices(env, { origin: "", waitUntil: (work) => context.waitUntil(work) });
    await maintain(services);
  },
} satisfies ExportedHandler<Environment, JobMessage>;
