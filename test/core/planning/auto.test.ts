import { describe, expect, test } from "@jest/globals";
import { decideAuto } from "../../../src/core/planning/auto.ts";
import type { AutoInput } from "../../../src/core/planning/auto.ts";
import type { History, PastJob } from "../../../src/core/planning/history.ts";
import { labelSetOf } from "../../../src/core/planning/labels.ts";
import type { Need, WorkflowJobFacts } from "../../../src/core/planning/workflows/workflow-facts.ts";

const day = 24 * 60 * 60 * 1000;
const nowMs = Date.parse("2026-11-23T12:00:00Z");
const path = ".github/workflows/ci.yml";

function job(key: string, facts: Partial<WorkflowJobFacts> = {}): WorkflowJobFacts {
  return {
    path,
    key,
    name: undefined,
    line: 10,
    labelSets: [["mayfly"]],
    runsOn: { line: 11, column: 14, endLine: 11, endColumn: 20 },
    needs: [],
    timeoutMinutes: 10,
    ...facts,
  };
}

function need(kind: Need["kind"], detail: string, line = 12): Partial<WorkflowJobFacts> {
  return { needs: [{ kind, detail, line }] };
}

function past(seconds: readonly number[], more: Partial<PastJob> = {}): History {
  return { jobs: seconds.map((one) => ({ execution: "ec2", seconds: one, atMs: nowMs - day, ...more })) };
}

const base: AutoInput = {
  labelSet: ["mayfly"],
  labelPrefix: "mayfly",
  workflows: { jobs: [job("lint")], unread: [] },
  safeActions: [],
  history: { jobs: [] },
  nowMs,
  lambda: { usd: 0.0025 },
  ec2: { usd: 0.0031, machine: "c7i.large" },
};

const withJobs = (...jobs: WorkflowJobFacts[]): Partial<AutoInput> => ({ workflows: { jobs, unread: [] } });
const decide = (input: Partial<AutoInput>) => decideAuto({ ...base, ...input });

describe("Lambda", () => {
  const cost = "about $0.0025 against $0.0031 on c7i.large";
  test.each<[string, Partial<AutoInput>, string]>([
    [
      "jobs that say that they end in time",
      withJobs(job("a", { timeoutMinutes: 13 }), job("b", { timeoutMinutes: 5 })),
      `2 jobs use this label, none needs Docker or sudo, all end within 13 min, ${cost}`,
    ],
    ["one job", {}, `1 job uses this label, it needs neither Docker nor sudo, it ends within 10 min, ${cost}`],
    [
      "jobs that were short",
      {
        ...withJobs(job("a", { timeoutMinutes: undefined }), job("b", { timeoutMinutes: "unknown" }), job("c")),
        history: past(Array.from({ length: 23 }, (_, index) => 19 + index)),
      },
      `3 jobs use this label, none needs Docker or sudo, p95 40 s over 23 runs, ${cost}`,
    ],
    [
      "a long time limit, of which the jobs need little",
      { ...withJobs(job("a", { timeoutMinutes: 60 })), history: past([599]) },
      `1 job uses this label, it needs neither Docker nor sudo, p95 9 min 59 s over 1 run, ${cost}`,
    ],
    [
      "long jobs that say that they end in time",
      { history: past([700]) },
      `1 job uses this label, it needs neither Docker nor sudo, p95 11 min 40 s over 1 run, ${cost}`,
    ],
    [
      "actions that Mayfly knows",
      withJobs(job("a", need("unknown-action", "actions/checkout@v4"))),
      `1 job uses this label, it needs neither Docker nor sudo, it ends within 10 min, ${cost}`,
    ],
    [
      "actions that the operator knows",
      { ...withJobs(job("a", need("unknown-action", "Some/Action@v1"))), safeActions: ["some/*"] },
      `1 job uses this label, it needs neither Docker nor sudo, it ends within 10 min, ${cost}`,
    ],
    [
      "needs of jobs with other labels",
      withJobs(job("a"), job("b", { labelSets: [["mayfly/ec2"]], ...need("docker", "docker ps") })),
      `1 job uses this label, it needs neither Docker nor sudo, it ends within 10 min, ${cost}`,
    ],
    [
      "needs of jobs with more labels: they cannot take its runner",
      withJobs(job("a"), job("b", { labelSets: [["mayfly", "self-hosted"]], ...need("docker", "docker ps") })),
      `1 job uses this label, it needs neither Docker nor sudo, it ends within 10 min, ${cost}`,
    ],
    [
      "needs of jobs of a group without labels",
      withJobs(job("a"), job("b", { labelSets: [[]], ...need("docker", "docker ps") })),
      `1 job uses this label, it needs neither Docker nor sudo, it ends within 10 min, ${cost}`,
    ],
    [
      "labels in another order and case, kept apart by run=",
      {
        labelSet: labelSetOf(["MAYFLY/Build/run=7", "self-hosted"], "mayfly"),
        ...withJobs(job("a", { labelSets: [["Self-Hosted", "mayfly/build/run=*"]] })),
      },
      `1 job uses this label, it needs neither Docker nor sudo, it ends within 10 min, ${cost}`,
    ],
    [
      "one of a matrix",
      withJobs(job("a", { labelSets: [["ubuntu-latest"], ["mayfly"]] })),
      `1 job uses this label, it needs neither Docker nor sudo, it ends within 10 min, ${cost}`,
    ],
    [
      "a price that is not known",
      { ec2: { usd: undefined, machine: "x" } },
      "1 job uses this label, it needs neither Docker nor sudo, it ends within 10 min",
    ],
    [
      "a death that is long ago",
      { history: past([30], { execution: "lambda", died: "time", atMs: nowMs - 14 * day }) },
      `1 job uses this label, it needs neither Docker nor sudo, it ends within 10 min, ${cost}`,
    ],
    [
      "a death on EC2",
      { history: past([30], { died: "memory" }) },
      `1 job uses this label, it needs neither Docker nor sudo, it ends within 10 min, ${cost}`,
    ],
  ])("%s", (_name, input, reason) => {
    expect(decide(input)).toEqual({ execution: "lambda", reasons: [`Lambda: ${reason}`] });
  });
});

describe("EC2", () => {
  const at = `(${path}:12)`;
  test.each<[string, Partial<AutoInput>, readonly string[]]>([
    ["no workflows", { workflows: undefined }, ["the workflow files of the default branch could not be read"]],
    ["no job", withJobs(), ["no workflow of the default branch is known to use this label"]],
    [
      "only jobs with other labels",
      withJobs(job("a", { labelSets: [["mayfly/x"]] }), job("b", { labelSets: [] })),
      ["no workflow of the default branch is known to use this label"],
    ],
    [
      "a container",
      withJobs(job("a", need("container", "container: x"))),
      [`the job \`a\` ${at} needs Docker: \`container: x\``],
    ],
    [
      "services",
      withJobs(job("e2e", need("services", "services: db"))),
      [`the job \`e2e\` ${at} needs Docker: \`services: db\``],
    ],
    ["docker", withJobs(job("a", need("docker", "docker ps"))), [`the job \`a\` ${at} needs Docker: \`docker ps\``]],
    ["sudo", withJobs(job("a", need("sudo", "sudo ls"))), [`the job \`a\` ${at} needs root: \`sudo ls\``]],
    [
      "packages",
      withJobs(job("a", need("package-manager", "apt-get update"))),
      [`the job \`a\` ${at} installs what Lambda's read-only system has no place for: \`apt-get update\``],
    ],
    [
      "a browser",
      withJobs(job("a", need("browser", "npx cypress run"))),
      [`the job \`a\` ${at} needs a browser: \`npx cypress run\``],
    ],
    [
      "an environment",
      withJobs(job("a", need("environment", "environment: production"))),
      [`the job \`a\` ${at} deploys: \`environment: production\``],
    ],
    [
      "an action that nobody knows",
      withJobs(job("a", need("unknown-action", "some/action@v1"))),
      [`the job \`a\` ${at} uses \`some/action@v1\`, which is not known to work on Lambda`],
    ],
    [
      "what only a run tells",
      withJobs(job("a", need("unknown", "${{ … }}"))),
      [`the job \`a\` ${at} runs what is not known to work on Lambda: \`\${{ … }}\``],
    ],
    [
      "one job of several",
      withJobs(job("a"), job("b", need("docker", "docker ps")), job("c")),
      [`the job \`b\` ${at} needs Docker: \`docker ps\``],
    ],
    [
      "a job with fewer labels, which GitHub may give such a runner",
      {
        labelSet: ["mayfly", "self-hosted"],
        ...withJobs(job("a", { labelSets: [["self-hosted", "mayfly"]] }), job("b", need("docker", "docker ps"))),
      },
      [`the job \`b\` ${at} needs Docker: \`docker ps\``],
    ],
    [
      "no time limit and no history",
      withJobs(job("a", { timeoutMinutes: undefined })),
      [`the job \`a\` (${path}:10) may take longer than Lambda's 15 minutes: give it \`timeout-minutes: 13\` or less`],
    ],
    [
      "a time limit that only a run tells",
      withJobs(job("a", { timeoutMinutes: "unknown" })),
      [
        `the job \`a\` (${path}:10) has a \`timeout-minutes\` that is known in a run only: give it \`timeout-minutes: 13\` or less`,
      ],
    ],
    [
      "a long time limit",
      withJobs(job("a", { timeoutMinutes: 14 })),
      [
        `the job \`a\` (${path}:10) may take 14 minutes, longer than Lambda has: give it \`timeout-minutes: 13\` or less`,
      ],
    ],
    [
      "no time limit and a long history",
      { ...withJobs(job("a", { timeoutMinutes: undefined })), history: past([10, 600]) },
      [
        `the job \`a\` (${path}:10) may take longer than Lambda's 15 minutes: give it \`timeout-minutes: 13\` or less (p95 10 min over 2 runs)`,
      ],
    ],
    [
      "labels that only a run tells",
      withJobs(job("a"), job("b", { labelSets: "unknown" })),
      [`the \`runs-on\` of the job \`b\` (${path}:11) is known in a run only and may be this label`],
    ],
    [
      "a file that cannot be read",
      { workflows: { jobs: [job("a")], unread: [{ path: "x.yml", reason: "line 3: no" }] } },
      ["x.yml may have more jobs with this label (line 3: no)"],
    ],
    [
      "a death on Lambda",
      { history: past([800], { execution: "lambda", died: "memory", atMs: nowMs - 14 * day + 1 }) },
      ["a job with this label ran out of memory on Lambda on 2026-11-09, hence no Lambda for it until 2026-11-23"],
    ],
    [
      "a death, even when the workflows cannot be read",
      { workflows: undefined, history: past([1], { execution: "lambda", died: "docker" }) },
      [
        "a job with this label missed Docker on Lambda on 2026-11-22, hence no Lambda for it until 2026-12-06",
        "the workflow files of the default branch could not be read",
      ],
    ],
    [
      "more reasons than anybody reads",
      withJobs(...["a", "b", "c", "d", "e", "f"].map((key) => job(key, need("sudo", "sudo ls")))),
      [
        ...["a", "b", "c", "d"].map((key) => `the job \`${key}\` ${at} needs root: \`sudo ls\``),
        "and 2 more reasons of this kind",
      ],
    ],
  ])("%s", (_name, input, [first, ...others]) => {
    expect(decide(input)).toEqual({ execution: "ec2", reasons: [`EC2: ${first ?? ""}`, ...others] });
  });

  test("what is certain comes before what may be", () => {
    const { reasons } = decide({
      workflows: {
        jobs: [
          job("a", { labelSets: "unknown" }),
          job("b", { ...need("docker", "docker ps"), timeoutMinutes: undefined }),
        ],
        unread: [{ path: "x.yml", reason: "no" }],
      },
      history: past([1], { execution: "lambda", died: "time" }),
    });
    expect(reasons.map((reason) => /ran out|needs Docker|may take|runs-on|x\.yml|more/.exec(reason)?.[0])).toEqual([
      "ran out",
      "needs Docker",
      "may take",
      "runs-on",
      "more",
    ]);
  });
});
