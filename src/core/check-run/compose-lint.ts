import type { Annotation, CheckRun } from "../ports.ts";
import type { Problem, ProblemSeverity } from "../planning/runner-config/problem.ts";
import { inertMarkdown } from "./markdown.ts";
import { visibleText } from "./visible-text.ts";

const levels: Readonly<Record<ProblemSeverity, Annotation["level"]>> = {
  error: "failure",
  warning: "warning",
  notice: "notice",
};

/** GitHub takes 50 annotations a request; the summary says how many more there are. */
const mostAnnotations = 50;

/** The check run of a `.github/runner.yml` that a pull request would bring: every problem on its line. Pure. */
export function composeLint(path: string, headSha: string, problems: readonly Problem[]): CheckRun {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const more = problems.length - mostAnnotations;
  const counted = `${problems.length === 1 ? "1 problem" : `${problems.length} problems`}, ${errors} of them errors`;
  const verdict =
    errors === 0
      ? "It can be merged."
      : "Once it is merged, its last good version stays in use, or the operator's defaults.";
  return {
    name: `Mayfly / ${path}`,
    headSha,
    externalId: `lint-${headSha}`,
    status: "completed",
    conclusion: errors > 0 ? "failure" : "success",
    title: problems.length === 0 ? "no problems" : counted,
    summary:
      `\`${path}\` of this commit is checked here and not used: jobs are planned by the default branch's. ${verdict}` +
      (more > 0 ? `\n\n${more} more problems are not shown.` : ""),
    text: problems.length === 0 ? undefined : listed(problems),
    annotations: problems.slice(0, mostAnnotations).map((problem) => annotate(path, problem)),
  };
}

function listed(problems: readonly Problem[]): string {
  const lines = problems
    .slice(0, mostAnnotations)
    .map(({ line, column, code, message }) => `- ${line}:${column} ${code} ${inertMarkdown(message)}`);
  return lines.join("\n").slice(0, 60_000).toWellFormed();
}

function annotate(path: string, { line, endLine, severity, code, message }: Problem): Annotation {
  return {
    path,
    startLine: line,
    endLine: Math.max(line, endLine),
    level: levels[severity],
    title: code,
    message: visibleText(message),
  };
}
