import { checkRunJson, jobCheckRunJson } from "../json/check-run.ts";
import { checkSuiteId } from "../actions/check-suite.ts";
import { invalid, notFound, problem, type Answer } from "../rest/answer.ts";
import type { RepositoryCall } from "../rest/call.ts";
import { page } from "../rest/page.ts";
import type { CheckRunRecord, JobRecord } from "../state.ts";
import { runOf, type World } from "../world.ts";
import { annotationRecords, annotationsProblem, jobAnnotations, type AnnotationInput } from "./annotations.ts";

type Output = { title?: string; summary?: string; text?: string; annotations?: AnnotationInput[] };
type Input = {
  name?: string;
  head_sha?: string;
  details_url?: string;
  external_id?: string;
  status?: CheckRunRecord["status"];
  conclusion?: string;
  started_at?: string;
  completed_at?: string;
  output?: Output;
};

/** Not in the API description in bytes, only in characters: GitHub stores no more of a summary or a text. */
const MAX_TEXT_LENGTH = 65_535;

/** `checks/create`. */
export function createCheckRun(call: RepositoryCall): Answer {
  const { world, repository } = call;
  const input = call.body as Input;
  const headSha = input.head_sha ?? "";
  if (!repository.commits.has(headSha)) return problem(422, `No commit found for SHA: ${headSha}`);
  const wrong = inputProblem(input);
  if (wrong !== undefined) return wrong;
  const checkRun: CheckRunRecord = {
    id: world.ids.next("job"),
    repositoryId: repository.id,
    headSha,
    checkSuiteId: checkSuiteId(world, repository, headSha, world.state.app.slug),
    name: input.name ?? "",
    externalId: "",
    detailsUrl: undefined,
    status: "queued",
    conclusion: null,
    startedAtMs: world.now(),
    completedAtMs: undefined,
    title: null,
    summary: null,
    text: null,
    annotations: [],
  };
  apply(world, checkRun, input);
  world.state.checkRuns.set(checkRun.id, checkRun);
  tell(world, checkRun, "created");
  return { status: 201, body: checkRunJson(world, checkRun) };
}

/** `checks/update`: annotations are appended, everything else is replaced. */
export function updateCheckRun(call: RepositoryCall): Answer {
  const { world } = call;
  const found = find(call);
  if (found === undefined) return notFound();
  if (!("externalId" in found)) {
    return problem(403, "Invalid app_id `15368` - check run can only be modified by the GitHub App that created it.");
  }
  const input = call.body as Input;
  const wrong = inputProblem(input);
  if (wrong !== undefined) return wrong;
  apply(world, found, input);
  tell(world, found, "updated");
  return { status: 200, body: checkRunJson(world, found) };
}

/** `checks/get`: ours, or one that GitHub Actions keeps for a job. */
export function getCheckRun(call: RepositoryCall): Answer {
  const found = find(call);
  return found === undefined ? notFound() : { status: 200, body: json(call.world, found) };
}

/** `checks/list-for-ref`: those of every App, newest first; `latest` keeps the newest of each name in a suite. */
export function listCheckRunsForRef(call: RepositoryCall): Answer {
  const { world, repository, query } = call;
  const ref = call.path.ref ?? "";
  const sha = repository.branches.get(ref.replace(/^(refs\/)?heads\//, "")) ?? ref;
  if (!repository.commits.has(sha)) return problem(422, `No commit found for SHA: ${ref}`);
  const [name, status, app] = [query.get("check_name"), query.get("status"), query.get("app_id")];
  const all = everyCheckRun(world)
    .filter((item) => item.repositoryId === repository.id && shaOf(world, item) === sha)
    .filter((item) => name === null || item.name === name)
    .filter((item) => status === null || item.status === status)
    .filter((item) => app === null || Number(app) === ("externalId" in item ? world.state.app.id : 15_368))
    .toSorted((one, other) => other.id - one.id);
  const kept = query.get("filter") === "all" ? all : latest(all);
  return page(call, kept, (items, total) => ({
    total_count: total,
    check_runs: items.map((item) => json(world, item)),
  }));
}

/** `checks/list-annotations`. */
export function listAnnotations(call: RepositoryCall): Answer {
  const found = find(call);
  if (found === undefined) return notFound();
  const annotations = "externalId" in found ? found.annotations : jobAnnotations(found);
  const blob = `https://github.com/${call.repository.owner}/${call.repository.name}/blob/${shaOf(call.world, found)}`;
  return page(call, annotations, (items) => items.map((item) => ({ ...item, blob_href: `${blob}/${item.path}` })));
}

function inputProblem(input: Input): Answer | undefined {
  if (input.status === "completed" && input.conclusion === undefined) {
    return invalid("CheckRun", "conclusion", "is required when status is completed");
  }
  if (input.status !== undefined && input.status !== "completed" && input.conclusion !== undefined) {
    return invalid("CheckRun", "status", "must be completed when there is a conclusion");
  }
  const { output } = input;
  if (output === undefined) return undefined;
  if ((output.summary ?? "").length > MAX_TEXT_LENGTH) return invalid("CheckRun", "output.summary", "is too long");
  if ((output.text ?? "").length > MAX_TEXT_LENGTH) return invalid("CheckRun", "output.text", "is too long");
  return annotationsProblem(output.annotations ?? []);
}

function apply(world: World, checkRun: CheckRunRecord, input: Input): void {
  checkRun.name = input.name ?? checkRun.name;
  checkRun.externalId = input.external_id ?? checkRun.externalId;
  checkRun.detailsUrl = input.details_url ?? checkRun.detailsUrl;
  checkRun.startedAtMs = input.started_at === undefined ? checkRun.startedAtMs : Date.parse(input.started_at);
  applyStatus(world, checkRun, input);
  const { output } = input;
  if (output === undefined) return;
  checkRun.title = output.title ?? checkRun.title;
  checkRun.summary = output.summary ?? checkRun.summary;
  checkRun.text = output.text ?? checkRun.text;
  checkRun.annotations.push(...annotationRecords(output.annotations ?? []));
}

/** A conclusion completes the run; any other status opens it again. */
function applyStatus(world: World, checkRun: CheckRunRecord, input: Input): void {
  if (input.conclusion !== undefined) {
    checkRun.status = "completed";
    checkRun.conclusion = input.conclusion;
    checkRun.completedAtMs = input.completed_at === undefined ? world.now() : Date.parse(input.completed_at);
    return;
  }
  if (input.status === undefined) return;
  checkRun.status = input.status;
  checkRun.conclusion = null;
  checkRun.completedAtMs = undefined;
}

function find({ world, repository, path }: RepositoryCall): CheckRunRecord | JobRecord | undefined {
  const id = Number(path.check_run_id);
  const found = world.state.checkRuns.get(id) ?? world.state.jobs.get(id);
  return found?.repositoryId === repository.id ? found : undefined;
}

function everyCheckRun(world: World): (CheckRunRecord | JobRecord)[] {
  return [...world.state.checkRuns.values(), ...world.state.jobs.values()];
}

function latest(newestFirst: readonly (CheckRunRecord | JobRecord)[]): (CheckRunRecord | JobRecord)[] {
  const seen = new Set<string>();
  return newestFirst.filter((item) => {
    const key = `${"externalId" in item}#${item.name}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function shaOf(world: World, item: CheckRunRecord | JobRecord): string {
  return "externalId" in item ? item.headSha : runOf(world, item).headSha;
}

function json(world: World, item: CheckRunRecord | JobRecord): Record<string, unknown> {
  return "externalId" in item ? checkRunJson(world, item) : jobCheckRunJson(world, item);
}

function tell(world: World, { id, name, status, conclusion }: CheckRunRecord, action: "created" | "updated"): void {
  world.tell({ type: "check-run", action, id, name, status, conclusion });
}
