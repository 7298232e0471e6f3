import type { FakeGitHubEvent } from "../../src/sandbox/github/event.ts";
import type { FakeGitHub } from "../../src/sandbox/github/start.ts";
import type { Launch } from "./soak-aws.ts";

export type JobAccount = {
  readonly jobs: number;
  /** Started once, ended once, as a success, and exactly one machine ran it. */
  readonly jobsServedOnce: number;
  /** Not ended, or not as a success. */
  readonly lost: number;
  /** The others, in words; the first few of them. */
  readonly notServedOnce: readonly string[];
};

export type JobLedger = {
  note(event: FakeGitHubEvent): void;
  /** Jobs that were queued and have not ended. */
  open(): number;
  ended(): number;
  /** Payload of the first `queued` delivery, as text. */
  firstQueued(github: Pick<FakeGitHub, "deliveries">): string | undefined;
  account(launches: readonly Launch[]): JobAccount;
};

type Entry = { starts: number; ends: number; conclusion: string | null };

const mostNamed = 10;

/** Keeps the books of every job that GitHub ever queued. */
export function jobLedger(): JobLedger {
  const entries = new Map<number, Entry>();
  let ended = 0;
  let sample: string | undefined;
  return {
    note(event) {
      if (event.type !== "job") return;
      const entry = entries.get(event.jobId) ?? { starts: 0, ends: 0, conclusion: null };
      entries.set(event.jobId, entry);
      if (event.action === "in_progress") entry.starts += 1;
      if (event.action !== "completed") return;
      entry.ends += 1;
      entry.conclusion = event.conclusion;
      ended += 1;
    },
    open: () => entries.size - ended,
    ended: () => ended,
    firstQueued(github) {
      sample ??= github
        .deliveries()
        .filter(({ event, action }) => event === "workflow_job" && action === "queued")
        .map(({ payload }) => JSON.stringify(payload))[0];
      return sample;
    },
    account(launches) {
      const machines = new Map<number, number>();
      for (const { life } of launches) {
        if (life?.jobId !== undefined) machines.set(life.jobId, (machines.get(life.jobId) ?? 0) + 1);
      }
      const wrong = [...entries].filter(
        ([id, { starts, ends, conclusion }]) =>
          starts !== 1 || ends !== 1 || conclusion !== "success" || machines.get(id) !== 1,
      );
      const inWords = ([id, { starts, ends, conclusion }]: [number, Entry]): string =>
        `job ${id}: ${starts} starts, ${ends} ends (${conclusion ?? "no conclusion"}), ${machines.get(id) ?? 0} machines`;
      return {
        jobs: entries.size,
        jobsServedOnce: entries.size - wrong.length,
        lost: wrong.filter(([, { conclusion }]) => conclusion !== "success").length,
        notServedOnce: wrong.slice(0, mostNamed).map(inWords),
      };
    },
  };
}
