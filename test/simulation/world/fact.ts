import type { Execution } from "../../../src/core/model/execution.ts";
import type { LaunchRequest, Message } from "../../../src/core/ports.ts";
import type { SimJob } from "./github/state.ts";
import type { Machine } from "./machine.ts";

/**
 * What has just happened in the world, as it really is, whatever Mayfly believes. Invariants and the trace are made of
 * these alone.
 */
export type Fact =
  /** A webhook was accepted: from now on Mayfly has been told. */
  | { readonly kind: "told"; readonly job: SimJob; readonly status: string }
  | { readonly kind: "job"; readonly job: SimJob; readonly status: string; readonly runner: string | undefined }
  /** A machine came to be (an instance runs, an invocation was accepted and delivered). */
  | { readonly kind: "machine"; readonly machine: Machine }
  | { readonly kind: "machine-busy"; readonly machine: Machine; readonly job: SimJob }
  /** The first step of a job begins. */
  | { readonly kind: "step"; readonly machine: Machine; readonly job: SimJob }
  | { readonly kind: "machine-ended"; readonly machine: Machine; readonly why: string }
  /** Mayfly asked for a machine. `work`: the kind of message under which it asked. */
  | { readonly kind: "launch"; readonly request: LaunchRequest; readonly execution: Execution; readonly work: Work }
  | { readonly kind: "terminate"; readonly machine: Machine }
  | { readonly kind: "claim"; readonly machine: Machine; readonly status: number; readonly jit: string | undefined }
  | { readonly kind: "mint"; readonly installationId: number; readonly name: string }
  /** A call to GitHub or a cloud that reached it. `overLimit`: the documented limit that it broke. */
  | {
      readonly kind: "call";
      readonly service: string;
      readonly operation: string;
      readonly installationId: number | undefined;
      readonly work: Work;
      readonly overLimit: string | undefined;
    }
  /** Something was written where people or other processes can read it. */
  | { readonly kind: "text"; readonly where: string; readonly text: string }
  | { readonly kind: "verdict"; readonly message: Message; readonly outcome: string; readonly receives: number }
  | { readonly kind: "dead-letter"; readonly message: Message; readonly reason: string }
  /** Somebody who is not the machine tried the host channel. */
  | { readonly kind: "intruder"; readonly status: number; readonly how: string }
  /** The core met an error that is nobody's answer. */
  | { readonly kind: "bug"; readonly text: string }
  /** A fault struck the work on a pool. */
  | { readonly kind: "struck"; readonly fault: string; readonly pool: string | undefined };

/** What Mayfly was at when it did something. */
export type Work = { readonly kind: string; readonly pool: string | undefined };
