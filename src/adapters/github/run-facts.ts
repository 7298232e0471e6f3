import type { RunFacts } from "../../core/ports.ts";
import { integer, nonEmpty } from "./answer-fields.ts";

type WorkflowRun = {
  readonly id: number;
  readonly run_attempt?: number;
  readonly status: string | null;
  readonly conclusion: string | null;
  readonly path: string;
  readonly event: string;
  readonly head_branch: string | null;
  /** Null when the fork is gone, which GitHub's description leaves out (github/rest-api-description#1586). */
  readonly head_repository: { readonly id: number; readonly full_name: string } | null;
  readonly actor?: Person;
  readonly triggering_actor?: Person;
};

type Person = { readonly login: string } | null;

/** A run as GitHub gives it, alone or in a list; throws when it lacks what is always there. */
export function runFacts(run: WorkflowRun): RunFacts {
  const { head_repository: from } = run;
  return {
    id: integer(run.id),
    runAttempt: run.run_attempt ?? 1,
    status: run.status ?? "queued",
    conclusion: run.conclusion ?? undefined,
    path: withoutRef(run.path),
    event: run.event,
    headBranch: textOrNone(run.head_branch),
    // Half a repository must not look like none: a trusted run is told by its id
    headRepository: from === null ? undefined : { id: integer(from.id), fullName: nonEmpty(from.full_name) },
    actor: textOrNone(run.actor?.login),
    triggeringActor: textOrNone(run.triggering_actor?.login),
  };
}

function textOrNone(text: string | null | undefined): string | undefined {
  return text === null || text === "" ? undefined : text;
}

/** GitHub may give `.github/workflows/ci.yml@main` or `…@refs/heads/main`. */
function withoutRef(path: string): string {
  return path.replace(/(\.ya?ml)@.*$/i, "$1");
}
