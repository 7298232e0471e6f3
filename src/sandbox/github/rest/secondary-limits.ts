import type { World } from "../world.ts";
import { problem, type Answer } from "./answer.ts";
import { bucket } from "./bucket.ts";
import type { Identity, Operation } from "./call.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** GitHub's words as its callers report them; what follows is a request id. */
export const TOO_MUCH = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
const TOO_MUCH_CONTENT =
  "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. " +
  "Please retry your request again later.";

/**
 * Counts the request against the installation's secondary limits: points of the endpoint, creation of content. The
 * answer is what GitHub says when one of them is used up. Nothing is known of such limits for the App's own JWT.
 */
export function secondaryLimit(
  world: World,
  identity: Identity,
  operation: Operation,
  method: string,
): Answer | undefined {
  if (identity.kind === "app" || operation.resource === "none") return undefined;
  const { pointsPerMinute, contentPerMinute, contentPerHour } = world.limits;
  const points = method === "GET" ? 1 : 5;
  const used = (name: string, windowMs: number, amount: number, limit: number): number | undefined => {
    const window = bucket(world, identity, name, windowMs);
    window.used += amount;
    return window.used <= limit ? undefined : (window.resetAtMs - world.now()) / 1000;
  };
  const endpoint = used(`points ${operation.id}`, MINUTE_MS, points, pointsPerMinute);
  if (endpoint !== undefined) return secondaryRefusal(world, TOO_MUCH, endpoint);
  if (operation.createsContent !== true) return undefined;
  const content =
    used("content minute", MINUTE_MS, 1, contentPerMinute) ?? used("content hour", HOUR_MS, 1, contentPerHour);
  return content === undefined ? undefined : secondaryRefusal(world, TOO_MUCH_CONTENT, content);
}

/** What GitHub answers to a caller that is to wait. */
export function secondaryRefusal(world: World, message: string, waitSeconds: number): Answer {
  return problem(world.limits.status, message, { "retry-after": String(Math.max(1, Math.ceil(waitSeconds))) });
}
