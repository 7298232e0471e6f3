import type { RateBucket } from "../state.ts";
import type { World } from "../world.ts";
import { problem, type Answer } from "./answer.ts";
import type { Identity } from "./call.ts";

export type RateResource = "core" | "actions_runner_registration";

const HOUR_MS = 3_600_000;

/** Requests an hour; registrations have a bucket of their own (OpenAPI example of `rate-limit/get`). */
export const RATE_LIMITS: Readonly<Record<RateResource, number>> = { core: 5_000, actions_runner_registration: 10_000 };

/** Counts one request of the caller against a resource. */
export function charge(world: World, identity: Identity, resource: RateResource): void {
  bucket(world, identity, resource).used += 1;
}

/** What GitHub answers when the resource is used up, or undefined. */
export function exhausted(world: World, identity: Identity, resource: RateResource): Answer | undefined {
  if (bucket(world, identity, resource).used <= RATE_LIMITS[resource]) return undefined;
  return problem(403, "API rate limit exceeded for installation.", rateHeaders(world, identity, resource));
}

/** The `x-ratelimit-*` headers of an answer. */
export function rateHeaders(world: World, identity: Identity, resource: RateResource): Record<string, string> {
  const { limit, used, remaining, reset } = rateJson(world, identity, resource);
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-used": String(used),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(reset),
    "x-ratelimit-resource": resource,
  };
}

/** A resource as `rate-limit/get` shows it; `reset` in seconds since the epoch. */
export function rateJson(world: World, identity: Identity, resource: RateResource) {
  const limit = RATE_LIMITS[resource];
  const { used, resetAtMs } = bucket(world, identity, resource);
  return {
    limit,
    used: Math.min(used, limit),
    remaining: Math.max(0, limit - used),
    reset: Math.ceil(resetAtMs / 1000),
  };
}

function bucket(world: World, identity: Identity, resource: RateResource): RateBucket {
  const key = `${identity.kind === "app" ? "app" : identity.installation.id}#${resource}`;
  const known = world.state.buckets.get(key);
  if (known !== undefined && known.resetAtMs > world.now()) return known;
  const fresh = { used: 0, resetAtMs: world.now() + HOUR_MS };
  world.state.buckets.set(key, fresh);
  return fresh;
}
