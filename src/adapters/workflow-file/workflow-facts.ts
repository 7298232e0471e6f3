import type { Position, Range, YamlDocument } from "../../core/ports.ts";
import type { WorkflowJobFacts, WorkflowsFacts } from "../../core/planning/workflows/workflow-facts.ts";
import { yamlReader } from "../yaml/yaml-reader.ts";
import { jobNeeds } from "./job-needs.ts";
import type { Reading } from "./job-needs.ts";
import { labelSetsOf } from "./label-sets.ts";
import { plainValue } from "./plain-value.ts";
import { readDocument } from "./read-document.ts";
import type { WorkflowDocument } from "./read-document.ts";
import { rememberScripts } from "./remember-scripts.ts";

type File = { readonly path: string; readonly text: string };
type Unread = WorkflowsFacts["unread"][number];

/**
 * What the jobs of all workflow files of a repository need. A reusable workflow among the files is read as any other;
 * one of another repository, or one that is not there, is noted as unread. Never rejects.
 */
export async function workflowFacts(files: readonly File[]): Promise<WorkflowsFacts> {
  const jobs: WorkflowJobFacts[] = [];
  const unread: Unread[] = [];
  const scriptNeeds = rememberScripts();
  const paths = new Set(files.map(({ path }) => path));
  for (const file of files) {
    const document = await readDocument(file.path, file.text);
    const [error] = document.errors;
    if (error !== undefined || document.plain === undefined) {
      unread.push({
        path: file.path,
        reason: `line ${error?.line ?? 1}: ${error?.message ?? "The file is no mapping"}`,
      });
      continue;
    }
    jobs.push(...jobsOf(file, document, document.plain, scriptNeeds));
    unread.push(...unreadCalls(file, document, document.plain, paths));
  }
  return { jobs, unread };
}

function jobsOf(
  { path, text }: File,
  { jobLines }: WorkflowDocument,
  plain: Readonly<Record<string, unknown>>,
  scriptNeeds: Reading["scriptNeeds"],
): WorkflowJobFacts[] {
  const lines = linesOf(text);
  const reading: Reading = { scriptNeeds, ...placesIn(lines) };
  const jobs = plainValue.record(plain["jobs"]);
  return [...jobLines].map(([key, line]) => {
    const job = plainValue.record(Object.hasOwn(jobs, key) ? jobs[key] : undefined);
    const timeout = plainValue.number(job["timeout-minutes"]);
    return {
      path,
      key,
      name: plainValue.text(job["name"]),
      line,
      labelSets: labelSetsOf(job),
      runsOn: rangeOfRunsOn(key, job, lines),
      needs: jobNeeds(job, ["jobs", key], plain, reading),
      timeoutMinutes: typeof timeout === "string" ? "unknown" : timeout,
    };
  });
}

function rangeOfRunsOn(key: string, job: Readonly<Record<string, unknown>>, lines: Lines): Range {
  const runsOn = job["runs-on"];
  if (runsOn === undefined) return lines.rangeOf(["jobs", key], "key");
  const labels = plainValue.isRecord(runsOn) ? runsOn["labels"] : undefined;
  const path = ["jobs", key, "runs-on"];
  return labels === undefined ? rangeOfValue(path, runsOn, lines) : rangeOfValue([...path, "labels"], labels, lines);
}

/** A block ends where its last value ends: the library counts a comment behind it too. */
function rangeOfValue(path: readonly (string | number)[], value: unknown, lines: Lines): Range {
  const range = lines.rangeOf(path, "value");
  const last = Array.isArray(value) ? value.length - 1 : Object.keys(plainValue.record(value)).at(-1);
  const isBlock = typeof value === "object" && !["[", "{", "*"].includes(lines.characterAt(range));
  if (!isBlock || last === undefined || last === -1) return range;
  const { endLine, endColumn } = lines.rangeOf([...path, last], "value");
  return { ...range, endLine, endColumn };
}

/** Positions, and what stands there. */
type Lines = Pick<YamlDocument, "rangeOf"> & { characterAt(position: Position): string };

function linesOf(text: string): Lines {
  const positions = yamlReader().read(text);
  const lines = text.split("\n");
  return {
    rangeOf: (path, part) => positions.rangeOf(path, part),
    characterAt: ({ line, column }) => lines[line - 1]?.charAt(column - 1) ?? "",
  };
}

/** Texts after `|` keep their lines; lines of other styles are folded, so that only the first one is sure. */
function placesIn(lines: Lines): Pick<Reading, "lineOf" | "lineWithin"> {
  return {
    lineOf: (path) => lines.rangeOf(path, "key").line,
    lineWithin(path, line) {
      const start = lines.rangeOf(path, "value");
      return lines.characterAt(start) === "|" ? start.line + 1 + line : start.line;
    },
  };
}

/** Jobs that call a workflow whose text is not here: which labels its jobs have is unknown. */
function unreadCalls(
  { path }: File,
  { jobLines }: WorkflowDocument,
  plain: Readonly<Record<string, unknown>>,
  paths: ReadonlySet<string>,
): Unread[] {
  const jobs = plainValue.record(plain["jobs"]);
  return [...jobLines].flatMap(([key, line]) => {
    const uses = plainValue.text(plainValue.record(Object.hasOwn(jobs, key) ? jobs[key] : undefined)["uses"]);
    if (uses === undefined) return [];
    const isHere = uses.startsWith("./");
    if (isHere && paths.has(uses.slice(2))) return [];
    const why = isHere ? "which is not among the workflow files" : "a workflow that is not read from here";
    return [{ path, reason: `line ${line}: the job ${key} calls ${uses}, ${why}` }];
  });
}
