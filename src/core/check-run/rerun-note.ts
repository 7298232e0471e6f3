import type { Run } from "../model/run.ts";
import { inertMarkdown } from "./markdown.ts";
import { sentence } from "./sentence.ts";

/** What became of the re-run of a run attempt's lost jobs, as a paragraph; none while there is nothing to say. */
export function rerunNote({ rerun, runAttempt }: Run): string[] {
  if (rerun === undefined || rerun.outcome === "asked") return [];
  const jobs = rerun.jobs.length === 1 ? "the lost job" : `the ${rerun.jobs.length} lost jobs`;
  if (rerun.outcome === "done") {
    return [`Mayfly has re-run ${jobs} once, as attempt ${runAttempt + 1} of the run; on EC2 on on-demand capacity.`];
  }
  const why = sentence(inertMarkdown((rerun.detail ?? "GitHub gave no reason").slice(0, 500)));
  const need = rerun.outcome === "refused" ? " (for the next time: Mayfly needs the permission `actions: write`)" : "";
  return [`Mayfly could not re-run ${jobs}: ${why}\nWhat to do: re-run by hand${need}.`];
}
