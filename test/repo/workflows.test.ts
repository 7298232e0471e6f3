import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { readLabels } from "../../src/core/planning/labels.ts";
import { repositoryFiles, textOf } from "./repository.ts";

type Step = { readonly uses?: string; readonly run?: string; readonly with?: Record<string, unknown> };
type WorkflowJob = {
  readonly "runs-on": string | string[];
  readonly needs?: string | string[];
  readonly strategy?: { readonly matrix: Record<string, unknown[]> };
  readonly "timeout-minutes"?: number;
  readonly steps: readonly Step[];
};
type Workflow = {
  readonly on: Record<string, unknown>;
  readonly permissions: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Record<string, WorkflowJob>;
};

const read = (file: string): Workflow => parse(textOf(file)) as Workflow;
const workflows = repositoryFiles().filter((file) => /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/.test(file));

describe("workflows", () => {
  test("there is our own and the sample", () => {
    expect(workflows).toEqual(
      expect.arrayContaining([".github/workflows/ci.yml", "examples/hello-mayfly/.github/workflows/ci.yml"]),
    );
  });

  test.each(workflows)("%s: least permissions, actions pinned by commit with the version beside it", (file) => {
    expect(read(file).permissions).toEqual({ contents: "read" });
    const uses = textOf(file).split("\n").filter((line) => /^\s*(?:- )?uses:/.test(line)); // prettier-ignore
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test.each(workflows)("%s: no checkout leaves its token behind", (file) => {
    const steps = Object.values(read(file).jobs).flatMap((job) => job.steps);
    const checkouts = steps.filter((step) => step.uses?.startsWith("actions/checkout@"));
    expect(checkouts.length).toBeGreaterThan(0);
    for (const step of checkouts) expect(step.with).toMatchObject({ "persist-credentials": false });
  });

  test("CI runs .ci/run for pushes and pull requests, within a time, one at a time", () => {
    const { on, concurrency, jobs } = read(".github/workflows/ci.yml");
    expect(Object.keys(on).toSorted()).toEqual(["pull_request", "push"]);
    expect(concurrency).toBeDefined();
    expect(Object.values(jobs).flatMap((job) => job.steps.flatMap((step) => step.run ?? []))).toEqual([".ci/run"]);
    for (const job of Object.values(jobs)) {
      expect(job["runs-on"]).toBe("ubuntu-24.04");
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
    }
  });
});

describe("the sample workflow", () => {
  const { jobs } = read("examples/hello-mayfly/.github/workflows/ci.yml");

  test.each(Object.entries(jobs))("%s asks for a runner of ours in a way that Mayfly takes", (_, job) => {
    const labels = [job["runs-on"]].flat().map((label) => label.replaceAll(/\$\{\{[^}]*\}\}/g, "1"));
    expect(readLabels(labels, "mayfly").kind).toBe("ours");
  });

  test("shows a plain job, a matrix of three, one that needs them, and one that fails by its own step", () => {
    const matrices = Object.values(jobs).flatMap((job) => Object.values(job.strategy?.matrix ?? {}));
    expect(matrices.map((entries) => entries.length)).toEqual([3]);
    expect(jobs["report"]?.needs).toEqual(["lint", "test"]);
    const failing = Object.entries(jobs).filter(([, job]) =>
      job.steps.some((step) => /\bexit 1$/m.test(step.run ?? "")),
    );
    expect(failing.map(([key]) => key)).toContain("flaky");
    expect(jobs["report"]?.needs).not.toContain("flaky");
  });

  test("uses nothing that the stand-in runner would have to skip", () => {
    const used = Object.values(jobs).flatMap((job) => job.steps.flatMap((step) => step.uses ?? []));
    for (const uses of used) expect(uses).toMatch(/^actions\/checkout@/);
  });
});
