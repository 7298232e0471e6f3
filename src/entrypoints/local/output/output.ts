import type { JobReport } from "../job-reports.ts";
import type { CheckRun } from "../stand-ins/world.ts";
import type { Summary } from "../summary.ts";

/** What a person or a program is shown while the sandbox runs. */
export type Output = {
  /** Where everything listens and is kept. */
  started(facts: Readonly<Record<string, string>>): void;
  note(text: string): void;
  /** Something is wrong with Mayfly or the sandbox itself. */
  alarm(text: string): void;
  /** Called again and again with all jobs of ours; shows what has changed. */
  jobs(reports: readonly JobReport[]): void;
  checkRun(checkRun: CheckRun): void;
  summary(summary: Summary): void;
};
