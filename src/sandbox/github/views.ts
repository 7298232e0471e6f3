import type { PullRequestRecord } from "./pull-request-record.ts";
import type { CheckRunRecord, DeliveryRecord, JobRecord, RunnerRecord, RunRecord } from "./state.ts";
import { delivered } from "./webhooks/courier.ts";

type RunInternals =
  | "workflow"
  | "eventPayload"
  | "pullRequest"
  | "jobIds"
  | "holds"
  | "carried"
  | "earlierAttempts"
  | "approvedJobs"
  | "concurrency"
  | "begun";

export type RunView = Readonly<Omit<RunRecord, RunInternals>>;
export type PullRequestView = Readonly<Omit<PullRequestRecord, "changes">>;
export type JobView = Readonly<Omit<JobRecord, "log">>;
export type RunnerView = Readonly<Omit<RunnerRecord, "accessToken" | "poll" | "jobId">> & { readonly busy: boolean };
export type CheckRunView = Readonly<Omit<CheckRunRecord, "annotations">> & {
  readonly annotations: readonly Readonly<CheckRunRecord["annotations"][number]>[];
};
export type DeliveryView = {
  /** Above 2^53, hence text. */
  readonly id: string;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly redelivery: boolean;
  /** Undefined while it is under way. */
  readonly ok: boolean | undefined;
  readonly status: string | undefined;
  readonly payload: unknown;
};

/** A run as it stands now. */
export function runView(record: RunRecord): RunView {
  const {
    workflow: _workflow,
    eventPayload: _payload,
    pullRequest: _pullRequest,
    jobIds: _ids,
    holds: _holds,
    carried: _carried,
    ...rest
  } = record;
  const { earlierAttempts: _earlier, approvedJobs: _approved, concurrency: _concurrency, begun: _begun, ...run } = rest;
  return run;
}

/** A pull request as it stands now. */
export function pullRequestView({ changes: _changes, ...pullRequest }: PullRequestRecord): PullRequestView {
  return pullRequest;
}

/** A job as it stands now. */
export function jobView({ log: _log, ...job }: JobRecord): JobView {
  return job;
}

/** A registered runner as it stands now, without its secret. */
export function runnerView({ accessToken: _token, poll: _poll, jobId, ...runner }: RunnerRecord): RunnerView {
  return { ...runner, busy: jobId !== undefined };
}

/** A check run of the App as it stands now. */
export function checkRunView(checkRun: CheckRunRecord): CheckRunView {
  return { ...checkRun, annotations: [...checkRun.annotations] };
}

/** A delivery as it stands now. */
export function deliveryView(delivery: DeliveryRecord): DeliveryView {
  const { id, guid, event, action, redelivery, outcome, payload } = delivery;
  return {
    id: String(id),
    guid,
    event,
    action,
    redelivery,
    ok: outcome === undefined ? undefined : delivered(outcome),
    status: outcome?.status,
    payload: JSON.parse(payload) as unknown,
  };
}
