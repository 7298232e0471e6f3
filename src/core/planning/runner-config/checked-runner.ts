import type { OptionValues } from "../options.ts";
import type { Policy } from "../policy/policy.ts";
import type { Path, ProblemList } from "./problem-list.ts";

/** Keys of one runner whose values are fine by themselves, to be held against each other and the operator's policy. */
export type CheckedRunner = {
  /** For sentences: `` `build` ``. */
  readonly title: string;
  readonly values: OptionValues;
  /** As the file has them: also those with a wrong value, and lists with the places of their entries. */
  readonly written: ReadonlyMap<string, unknown>;
  readonly path: Path;
  readonly problems: ProblemList;
  readonly policy: Policy;
};
