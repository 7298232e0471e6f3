import { randomBytes } from "node:crypto";
import type { Candidate } from "../../src/core/model/machine.ts";
import type { LaunchRequest } from "../../src/core/ports.ts";
import { machineSpec } from "../../test/helpers/machine-spec.ts";

/** Of each machine, GB. */
export const diskGb = 33;

/** What the core would ask for: a machine for this runner. */
export function launchRequest(candidate: Candidate | undefined, runnerName: string): LaunchRequest {
  return {
    runnerName,
    repositoryId: 4711,
    region: "eu-central-1",
    spec: machineSpec({ diskGb }),
    candidate,
    candidateNumber: 1,
    claimToken: randomBytes(32).toString("hex"),
    hostUrl: "https://host.example/base",
    claimByMs: Date.now() + 300_000,
    endByMs: Date.now() + 21_600_000,
  };
}
