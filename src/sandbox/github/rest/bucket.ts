import type { RateBucket } from "../state.ts";
import type { World } from "../world.ts";
import type { Identity } from "./call.ts";

/** What the caller has used of something within the window that runs now; a new window begins with its first use. */
export function bucket(world: World, identity: Identity, name: string, windowMs: number): RateBucket {
  const key = `${callerKey(identity)}#${name}`;
  const known = world.state.buckets.get(key);
  if (known !== undefined && known.resetAtMs > world.now()) return known;
  const fresh = { used: 0, resetAtMs: world.now() + windowMs };
  world.state.buckets.set(key, fresh);
  return fresh;
}

/** Whose limits a request counts against: all tokens of an installation share them. */
export function callerKey(identity: Identity): string {
  return identity.kind === "app" ? "app" : String(identity.installation.id);
}
