import type { RunFacts } from "../../core/ports.ts";
import { integer } from "./answer-fields.ts";

type WorkflowRun = {
  readonly id: number;
  readonly run_attempt?: number;
  readonly status: string | null;
  readonly conclusion: string | null;
  readonly path: string;
  readonly event: string;
};

/** A run as GitHub gives it, alone or in a list; throws when it lacks what is always there. */
export function runFacts(run: WorkflowRun): RunFacts {
  return {
    id: integer(run.id),
    runAttempt: run.run_attempt ?? 1,
    status: run.status ?? "queued",
    conclusion: run.conclusion ?? undefined,
    path: withoutRef(run.path),
    event: run.event,
  };
}

/** GitHub may give `.github/workflows/ci.yml@main` or `…@refs/heads/main`. */
function withoutRef(path: string): string {
  return path.replace(/(\.ya?ml)@.*$/i, "$1");
}
