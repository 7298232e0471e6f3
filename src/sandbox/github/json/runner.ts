import { groupOf } from "../runners/runner-home.ts";
import type { RunnerRecord } from "../state.ts";

/** A self-hosted runner as the API shows it. Only the labels that it was registered with, all of them custom. */
export function runnerJson(runner: RunnerRecord): Record<string, unknown> {
  return {
    id: runner.id,
    name: runner.name,
    os: runner.os,
    status: runner.status,
    busy: runner.jobId !== undefined,
    ephemeral: true,
    runner_group_id: groupOf(runner).id,
    labels: runner.labels.map((name, index) => ({ id: runner.id * 100 + index, name, type: "custom" })),
  };
}
