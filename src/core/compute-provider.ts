import type { Execution } from "./model/execution.ts";
import type { Candidate, MachineSpec } from "./model/machine.ts";
import type { Offer } from "./planning/plan-types.ts";

/** Launches, ends and lists machines of one execution. */
export type ComputeProvider = {
  readonly traits: ComputeTraits;
  /**
   * Kinds of machine that would do, best first; each is tried when the one before has no room. Pure. Without this
   * function there is nothing to choose.
   */
  candidates?(spec: MachineSpec): readonly Candidate[];
  /** Region that such a machine is launched in. Pure, and never throws. Undefined: the installation's own. */
  regionOf?(spec: MachineSpec): string | undefined;
  /**
   * Asks for one machine. Deterministic: the same request gives the same bytes, so that a lost reply is answered by
   * calling again. Resolves when the request was accepted.
   */
  launch(request: LaunchRequest): Promise<{ readonly machineId: string | undefined }>;
  /** Ends the machine if the cloud can be told to; ending it twice, or one that is unknown, is no error. */
  terminate(machine: {
    readonly runnerName: string;
    readonly machineId: string | undefined;
    readonly region: string;
  }): Promise<void>;
  /**
   * Machines of one region that are there now and, as long as the cloud remembers them, those that have ended; only
   * those of `runnerName` when it is given. May lag behind launches by some seconds. Undefined when the cloud has no
   * such list.
   */
  list(where: { readonly region: string; readonly runnerName?: string | undefined }): Promise<Machine[] | undefined>;
  /**
   * The id of the machine of this region that made this proof, undefined when the proof is not genuine or comes from
   * another region. A provider that has this function wants a proof with each claim.
   */
  identify?(proof: MachineProof, region: string): Promise<string | undefined>;
};

export type ComputeTraits = {
  readonly execution: Execution;
  /** A runner that has not claimed so long after its launch is ended. */
  readonly claimWithinSeconds: number;
  /** The longest that a machine lives after its launch. */
  readonly lifetimeSeconds: number;
  /** A job is told about a start slower than this. */
  readonly usualStartSeconds: number;
  /**
   * Where nobody can end a machine from outside: it may live so long after its registration at GitHub is gone, until
   * its listener hears of that.
   */
  readonly lingerSeconds?: number | undefined;
  /** Regions that its machines may be in; undefined: the installation's own only. */
  readonly regions?: readonly string[] | undefined;
  /**
   * Machines of a region write their log there, each to the stream of its runner's name; undefined when they name it
   * themselves.
   */
  readonly logGroups?: Readonly<Record<string, string>> | undefined;
  /** What it can launch. */
  readonly offer: Offer;
  /** Launch calls that the cloud allows in each region: a bucket of `burst` calls that fills at `perSecond`. */
  readonly launchRate?: Rate | undefined;
};

/** A token bucket. */
export type Rate = { readonly burst: number; readonly perSecond: number };

export type Machine = {
  readonly runnerName: string;
  readonly machineId: string;
  /** It has ended or is ending; why, as the cloud says. */
  readonly ended?: string | undefined;
};

/** What a machine shows to prove which one it is, as its cloud's metadata service gave it. */
export type MachineProof = { readonly document: string; readonly signature: string };

export type LaunchRequest = {
  readonly runnerName: string;
  readonly repositoryId: number;
  /** As `regionOf` had it when the runner's record was made. */
  readonly region: string;
  readonly spec: MachineSpec;
  /** What to launch, where there is a choice, and its number (from 1): another number is another request. */
  readonly candidate: Candidate | undefined;
  readonly candidateNumber: number;
  /** HMAC of the runner's name: proves to the host channel that a machine is this runner. */
  readonly claimToken: string;
  /** Base URL of the host channel, without a slash at its end. */
  readonly hostUrl: string;
  /** A machine that starts later than this does not claim. Milliseconds since the epoch. */
  readonly claimByMs: number;
  /** A machine does not live longer than this. Milliseconds since the epoch. */
  readonly endByMs: number;
};
