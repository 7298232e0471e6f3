import type { Execution } from "./execution.ts";
import type { MachineUsage } from "./machine-usage.ts";
import type { Candidate, MachineSpec } from "./machine.ts";
import type { Repository } from "./repository.ts";

/** Supply: one machine with one just-in-time runner. */
export type RunnerState = "launching" | "booting" | "idle" | "busy" | "ended";

/** One `runner#<name>`. Nothing ties it to a job before GitHub does. Times are milliseconds since the epoch. */
export type Runner = {
  readonly schema: 1;
  readonly version: number;
  readonly name: string;
  readonly state: RunnerState;
  /** For whose job it was launched. */
  readonly repository: Repository;
  /** Runner group of the repository's owner in which it is registered; undefined: it is the repository's. */
  readonly organizationRunnerGroup?: number | undefined;
  readonly pool: string;
  readonly labels: readonly string[];
  readonly execution: Execution;
  /** Of its machine. */
  readonly region: string;
  /** The machine that its job's plan settled. */
  readonly spec: MachineSpec;
  /** Caps in which it holds a slot, as slots name them. */
  readonly slots: readonly string[];
  /** The queued job in whose name it was launched: a name only, GitHub may give it any job of the pool. */
  readonly namedForJobId: number;
  readonly launchNumber: number;
  readonly createdAtMs: number;
  /** Kinds of machine to try, best first, as they were when the record was made; empty where there is no choice. */
  readonly candidates: readonly Candidate[];
  /** Which of them is asked for, from 1. */
  readonly candidateNumber: number;
  /** Candidates that were given up before this one, each with the reason, in words. */
  readonly fellBackFrom: readonly string[];
  /** Its times to claim and to live count from here. Moves only as long as surely no machine was launched. */
  readonly launchAtMs: number;
  /** The provider has been called this often for this candidate. */
  readonly calls: number;
  /** The last call: to be made from `calledAtMs` on, begun then and perhaps still under way, or over. */
  readonly call: "reserved" | "open" | "over";
  readonly calledAtMs: number;
  /** A call may have launched a machine that we have not heard of. */
  readonly unsure: boolean;
  readonly machineId: string | undefined;
  /** Random id of the host process that claimed it. */
  readonly claimId: string | undefined;
  readonly claimedAtMs: number | undefined;
  /** When its JIT config may be asked for at GitHub's rate; undefined as long as no turn is reserved. */
  readonly mintAtMs: number | undefined;
  /** How many JIT configs were minted for it; GitHub's name is the runner's name + `-` + this number. */
  readonly mints: number;
  /** When the last of them was asked for: the answer may still be on its way. */
  readonly mintedAtMs: number | undefined;
  readonly githubRunnerId: number | undefined;
  readonly listeningAtMs: number | undefined;
  readonly jobId: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly logGroup: string | undefined;
  readonly logStream: string | undefined;
  readonly exitCode: number | undefined;
  readonly peakMemoryMb: number | undefined;
  readonly usage?: MachineUsage | undefined;
  /** The host said that its listener has ended, and how. A hint: GitHub and the cloud decide. */
  readonly hostEndedAtMs: number | undefined;
  readonly outcome: string | undefined;
  /** The host passed on that its cloud will end the machine, and why. */
  readonly notice: string | undefined;
  /** The cloud says that the machine has ended, and why. A fact. */
  readonly machineEnded: string | undefined;
  /** Its end has begun: it claims nothing any more and counts as no supply. */
  readonly endingSinceMs: number | undefined;
  /** Why it ended (or is about to), as a short sentence part: `job completed`, `not claimed within 90 s`. */
  readonly cause: string | undefined;
  readonly endedAtMs: number | undefined;
  /** When reap looks at it next; undefined once it has ended. */
  readonly dueAtMs: number | undefined;
};

/** What is asked for now, of the kinds of machine that would do; undefined where there is no choice. */
export function candidateOf({
  candidates,
  candidateNumber,
}: Pick<Runner, "candidates" | "candidateNumber">): Candidate | undefined {
  return candidates[candidateNumber - 1];
}

/** Why its cloud ended the machine, or said that it would; undefined as long as it did neither. */
export function whyTaken({ notice, machineEnded }: Runner): string | undefined {
  return notice ?? machineEnded;
}
