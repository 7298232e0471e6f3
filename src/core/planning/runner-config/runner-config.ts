import type { FileOptionValues, OptionValues } from "../options.ts";

/** What one `.github/runner.yml` says, or what several of them say together. */
export type RunnerConfig = {
  /** By name in lower case, as labels are compared. */
  readonly runners: ReadonlyMap<string, RunnerDefinition>;
  /** Keys of the whole file. */
  readonly file: FileOptionValues;
};

/** One entry of `runners`. What it leaves open is the operator's to choose. */
export type RunnerDefinition = {
  /** As the file spells it. */
  readonly name: string;
  readonly values: OptionValues;
  /** Line of its name, 1-based. */
  readonly line: number;
};
