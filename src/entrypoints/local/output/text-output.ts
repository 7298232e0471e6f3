import { counted } from "./counted.ts";
import { styleText } from "node:util";
import { placeOf } from "../../../core/check-run/placement.ts";
import { duration } from "../../../core/check-run/duration.ts";
import { visibleText } from "../../../core/check-run/visible-text.ts";
import { catalogue } from "../../../core/errors/catalogue.ts";
import type { JobReport } from "../job-reports.ts";
import { checkRunText } from "./check-run-text.ts";
import type { Output } from "./output.ts";

/**
 * Live progress for a person: a line for each change of a job, then the check run as GitHub would show it. Names, labels
 * and reasons are other people's: of what they chose, nothing hidden and nothing that moves a cursor is written.
 */
export function textOutput(write: (line: string) => void, nowMs: () => number): Output {
  const startedAtMs = nowMs();
  const shown = new Map<number, string>();
  const say = (text: string): void => write(`${text}\n`);
  const stamp = (): string => `${((nowMs() - startedAtMs) / 1000).toFixed(1)} s`.padStart(8);
  return {
    started(facts) {
      const width = Math.max(...Object.keys(facts).map((key) => key.length));
      for (const [key, value] of Object.entries(facts)) say(`  ${key.padEnd(width)}  ${visibleText(value)}`);
      say("");
    },
    alarm: (text) => say(`${stamp()}  ${styleText("red", visibleText(text))}`),
    note: (text) => say(`${stamp()}  ${visibleText(text)}`),
    jobs(reports) {
      const names = reports.map(({ job }) => visibleText(job.name) || "–");
      const width = Math.max(12, ...names.map((name) => name.length));
      for (const [index, report] of reports.entries()) {
        const text = describe(report);
        if (shown.get(report.job.id) === text) continue;
        shown.set(report.job.id, text);
        say(`${stamp()}  ${styleText("bold", (names[index] ?? "").padEnd(width))}  ${text}`);
      }
    },
    checkRun: (checkRun) => say(`\n${checkRunText(checkRun)}`),
    summary({ jobs, completed, lost, launches, runnersLeft, machinesLeft, githubCalls, awsCalls }) {
      const sum = (calls: Record<string, number>): number => Object.values(calls).reduce((all, one) => all + one, 0);
      say(
        `\n${counted(jobs, "job")} of Mayfly: ${completed} completed, ${lost} lost, on ${counted(launches, "machine")}; ` +
          `${counted(runnersLeft, "runner")} and ${counted(machinesLeft, "machine")} left; ` +
          `${sum(githubCalls)} calls to GitHub, ${sum(awsCalls)} to AWS.`,
      );
    },
  };
}

function describe({ job, runner }: JobReport): string {
  const where = runner === undefined ? "" : ` on ${visibleText(placeOf(job, runner))}`;
  const { reason } = job;
  switch (job.state) {
    case "running":
      return `running${where}, runner ${visibleText(job.runnerName ?? "of somebody else")}`;
    case "completed": {
      const ran = job.startedAtMs === undefined ? "" : ` in ${duration((job.completedAtMs ?? 0) - job.startedAtMs)}`;
      const how = visibleText(job.conclusion ?? "ended");
      return `${styleText(job.conclusion === "success" ? "green" : "red", how)}${ran}${where}`;
    }
    case "launching":
      return `launching (${visibleText(job.plan?.reasons.join("; ") ?? "")})`;
    default: {
      const why =
        reason === undefined
          ? ""
          : `: ${reason.code}, ${catalogue[reason.code].message} (${visibleText(reason.detail)})`;
      return `${job.state}${why}`;
    }
  }
}
