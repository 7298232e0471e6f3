import type { PushRequest } from "../../../sandbox/github/actions/push.ts";
import type { PullRequestRequest } from "../../../sandbox/github/actions/open-pull-request.ts";
import type { AssumedRole } from "../../../sandbox/aws/sts/options.ts";
import type { CheckRunView, JobView, RunView } from "../../../sandbox/github/views.ts";

/** The outside world of the sandbox as it stands at one moment, counted by the stand-ins and not by Mayfly. */
export type WorldView = {
  readonly runs: readonly Pick<RunView, "id" | "repositoryId" | "attempt" | "name" | "errors">[];
  readonly jobs: readonly Pick<JobView, "id" | "name" | "labels" | "hosted" | "status" | "conclusion">[];
  /** Runners that are registered at GitHub. */
  readonly runnersLeft: number;
  /** Machines that have not ended, and how many there ever were. */
  readonly machinesLeft: number;
  readonly launches: number;
  /** GitHub will do nothing by itself. */
  readonly githubIdle: boolean;
  /** Answered requests by operation. */
  readonly githubCalls: Readonly<Record<string, number>>;
  readonly awsCalls: Readonly<Record<string, number>>;
  /** What broke GitHub's API description. */
  readonly violations: readonly string[];
};

export type CheckRun = CheckRunView;

/**
 * Stand-ins for GitHub and AWS with their machines, as the sandbox needs them. Everything in it can be sent as JSON,
 * because they live in a process of their own: the world goes on when Mayfly's process dies.
 */
export type World = {
  look(): Promise<WorldView>;
  /** Those of the App. */
  checkRuns(): Promise<CheckRun[]>;
  /** Commits the files and starts the workflows that the push triggers. */
  push(request: PushRequest): Promise<Pick<RunView, "name" | "errors">[]>;
  /** Somebody opens a pull request, from a branch or from a fork; resolves with the workflow runs that it triggers. */
  openPullRequest(request: PullRequestRequest): Promise<Pick<RunView, "id" | "name" | "errors">[]>;
  /** Who got credentials of which role. */
  assumedRoles(): Promise<readonly AssumedRole[]>;
  /** Path of the text file that keeps a log stream. */
  logFile(group: string, stream: string): Promise<string>;
  /** Ends the machines with everything in them, then the stand-ins. */
  stop(): Promise<void>;
};
