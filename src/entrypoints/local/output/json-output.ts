import { escapeHidden } from "../../../adapters/log/escape-hidden.ts";
import { isEnded } from "../../../core/check-run/compose.ts";
import { visibleText } from "../../../core/check-run/visible-text.ts";
import { jobEvent } from "../job-reports.ts";
import type { Output } from "./output.ts";

/**
 * One JSON object a line and nothing else: ended jobs as they end, check runs, the summary. Texts are what they are, but
 * JSON's escapes stand for what is hidden in them. Alarms go elsewhere.
 */
export function jsonOutput(write: (line: string) => void, alarm: (line: string) => void): Output {
  const shown = new Set<number>();
  const print = (value: unknown): void => write(`${escapeHidden(JSON.stringify(value))}\n`);
  return {
    started: () => undefined,
    note: () => undefined,
    alarm: (text) => alarm(`${visibleText(text)}\n`),
    jobs(reports) {
      for (const report of reports) {
        const { job, runner } = report;
        // Until its runner has ended, lines may still arrive in the job's log.
        const over = isEnded(job) && (runner === undefined || runner.state === "ended");
        if (!over || shown.has(job.id)) continue;
        shown.add(job.id);
        print(jobEvent(report));
      }
    },
    checkRun({ name, conclusion, title, summary, text, annotations }) {
      const shortened = annotations.map((one) => ({
        path: one.path,
        startLine: one.start_line,
        level: one.annotation_level,
        title: one.title,
        message: one.message,
      }));
      print({ event: "check_run", name, conclusion, title, summary, text, annotations: shortened });
    },
    summary: print,
  };
}
