import type { Execution } from "../../model/execution.ts";
import type { MachineSpec } from "../../model/machine.ts";

/** What a repository's `.github/runner.yml` says. */
export type RunnerConfig = {
  /** By name in lower case, as labels are compared. */
  readonly runners: ReadonlyMap<string, RunnerDefinition>;
};

/** One entry of `runners`. What it leaves open is the operator's to choose. */
export type RunnerDefinition = {
  /** As the file spells it. */
  readonly name: string;
  readonly execution: Execution | undefined;
  readonly spec: MachineSpec;
  /** Line of its name, 1-based. */
  readonly line: number;
};
