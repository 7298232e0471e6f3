import type { Execution } from "./execution.ts";
import type { Repository } from "./repository.ts";

/** Supply: one machine with one just-in-time runner. */
export type RunnerState = "launching" | "booting" | "idle" | "busy" | "ended";

/** One `runner#<name>`. Nothing ties it to a job before GitHub does. Times are milliseconds since the epoch. */
export type Runner = {
  readonly schema: 1;
  readonly version: number;
  readonly name: string;
  readonly state: RunnerState;
  readonly repository: Repository;
  readonly pool: string;
  readonly labels: readonly string[];
  readonly execution: Execution;
  readonly region: string;
  /** The queued job in whose name it was launched: a name only, GitHub may give it any job of the pool. */
  readonly namedForJobId: number;
  readonly launchNumber: number;
  readonly createdAtMs: number;
  /** The provider has been called this often with the same bytes; the last call began at `calledAtMs`. */
  readonly calls: number;
  readonly calledAtMs: number;
  readonly machineId: string | undefined;
  /** Random id of the host process that claimed it. */
  readonly claimId: string | undefined;
  readonly claimedAtMs: number | undefined;
  /** How many JIT configs were minted for it; GitHub's name is the runner's name + `-` + this number. */
  readonly mints: number;
  readonly githubRunnerId: number | undefined;
  readonly listeningAtMs: number | undefined;
  readonly jobId: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly logGroup: string | undefined;
  readonly logStream: string | undefined;
  readonly exitCode: number | undefined;
  readonly peakMemoryMb: number | undefined;
  /** The host said that its listener has ended, and how. A hint: GitHub and the cloud decide. */
  readonly hostEndedAtMs: number | undefined;
  readonly outcome: string | undefined;
  /** Why it ended (or is about to), as a short sentence part: `job completed`, `not claimed within 90 s`. */
  readonly cause: string | undefined;
  readonly endedAtMs: number | undefined;
  /** When reap looks at it next; undefined once it has ended. */
  readonly dueAtMs: number | undefined;
};
