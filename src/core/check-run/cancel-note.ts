import type { Run } from "../model/run.ts";
import { inertMarkdown } from "./markdown.ts";
import { sentence } from "./sentence.ts";

/** What became of the cancelling of a run that gets no machines, as a paragraph; none while there is nothing to say. */
export function cancelNote({ cancel }: Run): string[] {
  if (cancel === undefined || cancel.outcome === "asked") return [];
  if (cancel.outcome === "done") {
    return [
      "Mayfly has cancelled the run, because its jobs would wait in GitHub's queue for a day and get no machine.",
    ];
  }
  const why = sentence(inertMarkdown((cancel.detail ?? "GitHub gave no reason").slice(0, 500)));
  const need = cancel.outcome === "refused" ? " (Mayfly could do that with the permission `actions: write`)" : "";
  return [`Mayfly could not cancel the run: ${why}\nIt waits for 24 hours unless somebody cancels it${need}.`];
}
