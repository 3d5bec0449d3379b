import type { Caller, Services } from "../core/services.ts";
import type { Environment } from "../environment.ts";

/** What each request carries through Hono. */
export interface AppEnv {
  Bindings: Environment;
  Variables: {
    requestId: string;
    services: Services;
    /** Set by `authenticate`; routes behind it may rely on it. */
    caller: Caller;
  };
}
