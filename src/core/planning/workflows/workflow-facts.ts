import type { Range } from "../../ports.ts";

/** What one job of a workflow file says about the machine that it needs, as far as the file tells without a run. */
export type WorkflowJobFacts = {
  /** Path of the workflow file in its repository. */
  readonly path: string;
  readonly key: string;
  readonly name: string | undefined;
  /** Line of the job's key, 1-based. */
  readonly line: number;
  /**
   * One entry for each set of labels that the job (with its matrix) asks for, as written, without expressions left in
   * them, except behind `run=`; `unknown` when one of them needs a run to be known. Empty for a job that calls a
   * reusable workflow.
   */
  readonly labelSets: readonly (readonly string[])[] | "unknown";
  /** Where the value of `runs-on` stands; the job's key when there is none. */
  readonly runsOn: Range;
  /** Reasons against Lambda, in the order of the file. */
  readonly needs: readonly Need[];
  /** `unknown`: an expression. */
  readonly timeoutMinutes: number | "unknown" | undefined;
};

/** Something of a job that Lambda cannot give, or of which nobody knows whether it can. */
export type Need = {
  readonly kind:
    | "container"
    | "services"
    | "docker"
    | "sudo"
    | "package-manager"
    | "browser"
    | "environment"
    | "unknown-action"
    | "unknown";
  /**
   * What says so, on one line, for a sentence: `services: postgres`, `sudo apt-get install jq`. For an unknown action
   * it is the reference as written, `docker/build-push-action@v6`; whether somebody knows it is decided later.
   */
  readonly detail: string;
  readonly line: number;
};

/** All workflow files of a repository's default branch. */
export type WorkflowsFacts = {
  readonly jobs: readonly WorkflowJobFacts[];
  /** Files, or called workflows, that could not be read: what they ask for is unknown. */
  readonly unread: readonly { readonly path: string; readonly reason: string }[];
};
