import { setTimeout as pause } from "node:timers/promises";
import type { FakeGitHub } from "../../src/sandbox/github/start.ts";
import type { SoakPlan } from "./soak-plan.ts";

/** So many jobs at most are queued or running at a time: as much as one process works off without falling behind. */
const mostOpen = 100;

/** Pushes workflow runs of one matrix each, in turn to one repository of every installation. */
export function workload(
  github: Pick<FakeGitHub, "addInstallation" | "pushRepository">,
  { jobs, runs, installations }: SoakPlan,
  open: () => number,
): { drive(): Promise<void> } {
  const owner = (index: number): string => `org-${index + 1}`;
  for (let index = 0; index < installations; index += 1) github.addInstallation({ account: owner(index) });
  return {
    async drive() {
      for (let run = 0; run < runs; run += 1) {
        const size = Math.floor((jobs * (run + 1)) / runs) - Math.floor((jobs * run) / runs);
        while (open() + size > mostOpen) await pause(20);
        await github.pushRepository({
          owner: owner(run % installations),
          name: "service",
          private: true,
          files: { ".github/workflows/ci.yml": workflow(size) },
        });
      }
    },
  };
}

/** Half of the jobs may swap runners with the jobs of other runs, half have a label set of their run's own. */
function workflow(size: number): string {
  const numbers = Array.from({ length: size }, (_, index) => index);
  const matrix = (from: number, to: number): string => `{ part: [${numbers.slice(from, to).join(", ")}] }`;
  const half = Math.ceil(size / 2);
  return `
on: push
jobs:
  test: { runs-on: mayfly, timeout-minutes: 10, strategy: { matrix: ${matrix(0, half)} }, steps: [{ run: make test }] }
  build:
    runs-on: mayfly/lambda/run=\${{ github.run_id }}
    strategy: { matrix: ${matrix(half, size)} }
    steps: [{ run: make build }]
`;
}
