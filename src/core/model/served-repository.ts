import type { SweepSettings } from "../settings.ts";
import type { Repository } from "./repository.ts";

/** One `repository#<id>`: a repository with a job of ours, and when sweep looks at its runs next. Times are milliseconds since the epoch. */
export type ServedRepository = {
  readonly schema: 1;
  readonly version: number;
  readonly key: string;
  readonly repository: Repository;
  /** When a job of it was last heard of. */
  readonly activeAtMs: number;
  readonly sweptAtMs: number | undefined;
  /** How many calls its last sweep took. */
  readonly calls: number;
  readonly dueAtMs: number;
  /** The last look stopped before the runs with a lower id than this one; undefined when it saw all. */
  readonly resumeBelowRunId: number | undefined;
  /** Why GitHub refused the last look. */
  readonly refused: string | undefined;
};

/** Due time of a repository that is looked at no more: the last second of the year 9999. */
export const neverMs = 253_402_300_799_000;

/** Key of the record of a repository. */
export function servedRepositoryKey(repositoryId: number): string {
  return String(repositoryId);
}

/** When the runs of a repository that is looked at now are due again, in milliseconds since the epoch. */
export function nextLookMs(
  sweep: SweepSettings,
  { activeAtMs, refused }: Pick<ServedRepository, "activeAtMs" | "refused">,
  nowMs: number,
): number {
  const quietSeconds = (nowMs - activeAtMs) / 1000;
  if (quietSeconds > sweep.forgetAfterSeconds) return neverMs;
  const seldom = refused !== undefined || quietSeconds > sweep.activeSeconds;
  return nowMs + (seldom ? sweep.idleEverySeconds : sweep.everySeconds) * 1000;
}
