import { yamlReader } from "../../../../src/adapters/yaml/yaml-reader.ts";
import type { PastJob } from "../../../../src/core/planning/history.ts";
import { defaultPrices } from "../../../../src/core/planning/machines/prices.ts";
import { plan } from "../../../../src/core/planning/plan/plan.ts";
import type { JobToPlan, PlanInput, PlanOutcome } from "../../../../src/core/planning/plan-types.ts";
import { openPolicy } from "../../../../src/core/planning/policy/policy.ts";
import { readPolicy } from "../../../../src/core/planning/policy/read-policy.ts";
import { readRunnerConfig } from "../../../../src/core/planning/runner-config/read-runner-config.ts";
import type { WorkflowJobFacts } from "../../../../src/core/planning/workflows/workflow-facts.ts";

export const nowMs = Date.UTC(2026, 10, 22, 12);

/** What a plan rests on, as people write it. */
export type Written = {
  readonly labels: readonly string[];
  readonly file?: string;
  readonly policy?: string | undefined;
  readonly job?: Partial<JobToPlan>;
  readonly workflows?: readonly Partial<WorkflowJobFacts>[];
  readonly history?: readonly PastJob[];
  readonly more?: Partial<PlanInput>;
};

/** The input of a plan for jobs on an installation with one size of Lambda and x64 machines. */
export function planInputOf({ labels, file = "", policy, job, workflows, history = [], more }: Written): PlanInput {
  const { config, problems } = readRunnerConfig(file, yamlReader());
  if (config === undefined) throw new Error(JSON.stringify(problems));
  const read = policy === undefined ? { policy: openPolicy } : readPolicy(policy, yamlReader());
  if (read.policy === undefined) throw new Error(JSON.stringify(read));
  const at = { line: 3, column: 14, endLine: 3, endColumn: 20 };
  const jobs = workflows?.map((changes, index): WorkflowJobFacts => {
    const named = { path: ".github/workflows/ci.yml", key: `job${index}`, name: undefined, line: 2, runsOn: at };
    return { ...named, labelSets: [["mayfly"]], needs: [], timeoutMinutes: 10, ...changes };
  });
  return {
    job: { labels, trust: { kind: "trusted" }, approved: false, publicRepository: false, ...job },
    workflows: jobs && { jobs, unread: [] },
    config,
    policy: read.policy,
    history: { jobs: history },
    prices: defaultPrices,
    offers: { lambda: { archs: ["x64"], memoryMb: [3008] }, ec2: { archs: ["x64"] } },
    labelPrefix: "mayfly",
    nowMs,
    ...more,
  };
}

export function planned(written: Written): PlanOutcome {
  return plan(planInputOf(written));
}
