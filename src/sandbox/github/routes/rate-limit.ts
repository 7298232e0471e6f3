import type { Answer } from "../rest/answer.ts";
import type { Call } from "../rest/call.ts";
import { rateJson } from "../rest/rate-limits.ts";

/** `rate-limit/get`: asking costs nothing. */
export function getRateLimit({ world, identity }: Call): Answer {
  const core = rateJson(world, identity, "core");
  const registration = rateJson(world, identity, "actions_runner_registration");
  const search = { limit: 30, used: 0, remaining: 30, reset: core.reset };
  return {
    status: 200,
    body: { resources: { core, search, actions_runner_registration: registration }, rate: core },
  };
}
