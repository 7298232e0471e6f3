import type { World } from "../world.ts";
import { problem, type Answer } from "./answer.ts";
import { bucket } from "./bucket.ts";
import type { Identity } from "./call.ts";

export type RateResource = "core" | "actions_runner_registration";

const HOUR_MS = 3_600_000;

/** Counts one request of the caller against a resource. */
export function charge(world: World, identity: Identity, resource: RateResource): void {
  bucket(world, identity, resource, HOUR_MS).used += 1;
}

/** What GitHub answers when the resource is used up, or undefined. */
export function exhausted(world: World, identity: Identity, resource: RateResource): Answer | undefined {
  if (bucket(world, identity, resource, HOUR_MS).used <= limitOf(world, identity, resource)) return undefined;
  const subject = identity.kind === "app" ? "App" : `installation ID ${identity.installation.id}`;
  return problem(
    world.limits.status,
    `API rate limit exceeded for ${subject}.`,
    rateHeaders(world, identity, resource),
  );
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
  const limit = limitOf(world, identity, resource);
  const { used, resetAtMs } = bucket(world, identity, resource, HOUR_MS);
  return {
    limit,
    used: Math.min(used, limit),
    remaining: Math.max(0, limit - used),
    reset: Math.ceil(resetAtMs / 1000),
  };
}

/** Registrations have a bucket of their own. Without a limit there still is a number to show. */
function limitOf({ limits }: World, { kind }: Identity, resource: RateResource): number {
  const core = kind === "app" ? limits.appPerHour : limits.corePerHour;
  return Math.min(Number.MAX_SAFE_INTEGER, resource === "core" ? core : limits.registrationsPerHour);
}
