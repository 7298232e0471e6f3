import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { readLabels } from "../../src/core/planning/labels.ts";
import { repositoryFiles, textOf } from "./repository.ts";

type Step = {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
  readonly env?: Record<string, string>;
};
type WorkflowJob = {
  readonly "runs-on": string | string[];
  readonly needs?: string | string[];
  readonly permissions?: Record<string, string>;
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

  test("only the job that opens issues may write, issues alone, and it runs nothing that npm installs", () => {
    const jobs = workflows.flatMap((file) => Object.entries(read(file).jobs).map(([key, job]) => ({ file, key, job })));
    const [writer, ...others] = jobs.filter(({ job }) => job.permissions !== undefined);
    expect(others).toEqual([]);
    expect(writer).toMatchObject({ file: ".github/workflows/simulate.yml", key: "report" });
    expect(writer?.job.permissions).toEqual({ contents: "read", issues: "write" });
    expect(writer?.job.steps.flatMap(({ run }) => run ?? [])).toEqual([".ci/report-seed.sh"]);
    const withToken = jobs.filter(({ job }) => /github\.token|secrets\./i.test(JSON.stringify(job)));
    expect(withToken.map(({ key }) => key)).toEqual(["report"]);
  });

  test("our own use one version of each action, and no expression becomes part of a script", () => {
    const own = workflows.filter((file) => file.startsWith(".github/")).map((file) => read(file));
    const steps = own.flatMap(({ jobs }) => Object.values(jobs).flatMap((job) => job.steps));
    const actions = new Set(steps.flatMap(({ uses }) => uses ?? []));
    expect(new Set([...actions].map((action) => action.split("@")[0])).size).toBe(actions.size);
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
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

  test("the simulation runs every night and by hand, one at a time, within a time longer than its own", () => {
    const { on, concurrency, jobs } = read(".github/workflows/simulate.yml");
    expect(Object.keys(on).toSorted()).toEqual(["schedule", "workflow_dispatch"]);
    expect(on["schedule"]).toEqual([{ cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/) }]);
    expect(concurrency).toMatchObject({ "cancel-in-progress": false });
    expect(jobs["simulate"]?.steps.flatMap(({ run }) => run ?? [])).toEqual(["npm ci", ".ci/simulate.sh"]);
    const [, minutes] = /\btimeout [^\n]* (\d+)m npm run/.exec(textOf(".ci/simulate.sh")) ?? [];
    expect(jobs["simulate"]?.["timeout-minutes"]).toBeGreaterThan(Number(minutes) + 5);
    expect(jobs["report"]?.needs).toBe("simulate");
  });
});

describe("the sample workflow", () => {
  const { jobs } = read("examples/hello-mayfly/.github/workflows/ci.yml");

  test.each(Object.entries(jobs))("%s asks for a runner of ours in a way that Mayfly takes", (_, job) => {
    const labels = [job["runs-on"]].flat().map((label) => label.replaceAll(/\$\{\{[^}]*\}\}/g, "1"));
    expect(readLabels(labels, "mayfly", { runners: new Map(), labelOverrides: undefined }).kind).toBe("ours");
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
