import type { Policy } from "./planning/policy/policy.ts";
import type { Ports } from "./ports.ts";
import type { Settings } from "./settings.ts";

/** What every step of the pipeline gets as its first argument. */
export type Core = Omit<Ports, "policy"> & {
  readonly settings: Settings;
  /** As it is now. */
  readonly policy: Policy;
};

export const done = { outcome: "done" } as const;

/** Puts the message back for so many seconds. */
export function again(
  afterSeconds: number,
  reason: string,
): { outcome: "again"; afterSeconds: number; reason: string } {
  return { outcome: "again", afterSeconds, reason };
}
