import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { decide } from "../errors/decide.ts";
import type { Job } from "../model/job.ts";
import { poolKey } from "../model/pool.ts";
import type { RunTrust } from "../model/run.ts";
import type { Runner } from "../model/runner.ts";
import { matchesGlob } from "../planning/glob.ts";
import type { PolicyRole } from "../planning/policy/policy.ts";
import type { Credentials } from "../ports.ts";
import type { HostAnswer } from "./claim.ts";
import { findRunTrust } from "./run-trust.ts";

type Denied = { readonly name: string; readonly denied: string };
type Granted = { readonly name: string; readonly region: string } & Credentials;

/**
 * Credentials of the role that the job's runner names, or why it gets none: only a job of the runner's own label set, of
 * a repository, a branch and an event that the operator's policy names, and never one of a fork. An answer with a
 * status: not known yet.
 */
export async function roleFor(
  core: Core,
  runner: Runner,
  job: Job,
  name: string,
): Promise<Granted | Denied | HostAnswer> {
  const role = core.policy.roles?.get(name);
  if (role === undefined) return { name, denied: "the operator's policy does not define it" };
  if (core.roles === undefined) return { name, denied: "this Mayfly gives no credentials" };
  if (poolKey(job.repository.id, runner.labels) !== job.pool)
    return { name, denied: "the job's labels are not those of its runner" };
  const run = await findRunTrust(core, job.repository, job);
  const denied = whyNot(role, job, run);
  if (denied !== undefined) return { name, denied };
  return await assume(core, runner, job, { name, role });
}

function whyNot({ repositories, branches, events }: PolicyRole, job: Job, run: RunTrust): string | undefined {
  const { owner, name } = job.repository;
  const repository = `${owner}/${name}`.toLowerCase();
  if (!repositories.some((glob) => matchesGlob(repository, glob.toLowerCase(), "/"))) {
    return `the operator's policy does not give it to ${owner}/${name}`;
  }
  if (run.trust.kind !== "trusted") return "the run is of a stranger";
  if (run.event === undefined || !events.includes(run.event)) {
    return `the operator's policy does not give it to runs of ${run.event ?? "an unknown event"}`;
  }
  if (run.branch === undefined || !branches.some((glob) => matchesGlob(run.branch ?? "", glob, "/"))) {
    return `the operator's policy does not give it to the branch ${run.branch ?? "(unknown)"}`;
  }
  return undefined;
}

async function assume(
  core: Core,
  { region }: Runner,
  job: Job,
  { name, role }: { readonly name: string; readonly role: PolicyRole },
): Promise<Granted | Denied | HostAnswer> {
  const { repository, runId, id } = job;
  try {
    const credentials = await core.roles?.assume({
      roleArn: role.arn,
      sessionName: `mayfly-${runId}-${id}`,
      tags: {
        "mayfly:repository": `${repository.owner}/${repository.name}`,
        "mayfly:run": String(runId),
        "mayfly:job": String(id),
      },
      seconds: role.minutes * 60,
    });
    if (credentials === undefined) return { name, denied: "this Mayfly gives no credentials" };
    core.log.info("role credentials given", { job: id, role: name, run: runId, repository: repository.id });
    return { name, region, ...credentials };
  } catch (error) {
    if (!isCallError(error)) throw error;
    const decision = decide(error, 1, core.random.next());
    core.log.error("role could not be assumed", { job: id, role: name, detail: decision.detail });
    if (decision.outcome === "refuse")
      return { name, denied: "AWS does not let Mayfly assume it; the operator's log says why" };
    return { status: 503, retryAfterSeconds: Math.min(10, decision.afterSeconds) };
  }
}
