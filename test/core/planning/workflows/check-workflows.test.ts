import { describe, expect, test } from "@jest/globals";
import type { OptionValues } from "../../../../src/core/planning/options.ts";
import { openPolicy } from "../../../../src/core/planning/policy/policy.ts";
import type { RunnerConfig } from "../../../../src/core/planning/runner-config/runner-config.ts";
import { checkWorkflows } from "../../../../src/core/planning/workflows/check-workflows.ts";
import type { WorkflowCheck } from "../../../../src/core/planning/workflows/check-workflows.ts";
import type { Need, WorkflowJobFacts } from "../../../../src/core/planning/workflows/workflow-facts.ts";

const path = ".github/workflows/ci.yml";

function configOf(runners: Readonly<Record<string, OptionValues>> = {}): RunnerConfig {
  const entries = Object.entries(runners).map(
    ([name, values], index) => [name.toLowerCase(), { name, values, line: index + 2 }] as const,
  );
  return { runners: new Map(entries), file: {} };
}

function job(key: string, labels: readonly string[], facts: Partial<WorkflowJobFacts> = {}): WorkflowJobFacts {
  const line = key.charCodeAt(0) * 10;
  return {
    path,
    key,
    name: undefined,
    line,
    labelSets: [labels],
    runsOn: { line: line + 1, column: 14, endLine: line + 1, endColumn: 20 },
    needs: [],
    timeoutMinutes: undefined,
    ...facts,
  };
}

const docker: { readonly needs: readonly Need[] } = { needs: [{ kind: "docker", detail: "docker ps", line: 7 }] };

function check(jobs: readonly WorkflowJobFacts[], more: Partial<WorkflowCheck> = {}) {
  return checkWorkflows({
    config: configOf(),
    workflows: { jobs, unread: [] },
    policy: openPolicy,
    labelPrefix: "mayfly",
    ...more,
  });
}

describe("what a runs-on asks for", () => {
  const ok: readonly string[] = [];
  test.each<[string, readonly string[], RunnerConfig | undefined, readonly string[]]>([
    ["others' labels", ["ubuntu-latest"], configOf(), ok],
    ["the plain label", ["mayfly"], configOf(), ok],
    ["built in", ["self-hosted", "mayfly/ec2/run=*"], configOf(), ok],
    ["a runner", ["mayfly/Build"], configOf({ build: {} }), ok],
    [
      "a runner's labels",
      ["self-hosted", "x64", "gpu"],
      configOf({ g: { labels: ["x64", "gpu", "self-hosted"] } }),
      ok,
    ],
    ["a group", [], configOf(), ok],
    ["an override", ["mayfly/cpu=4"], configOf(), ok],
    ["no such runner", ["mayfly/x"], configOf(), ["MF-CONFIG-WORKFLOW-RUNNER error"]],
    [
      "another case of no such runner",
      ["mayfly/BIULD/run=*"],
      configOf({ build: {} }),
      ["MF-CONFIG-WORKFLOW-RUNNER error"],
    ],
    ["no such runner, perhaps", ["mayfly/x"], undefined, ok],
    ["an unknown key", ["mayfly/size=4"], configOf(), ["MF-CONFIG-WORKFLOW-LABEL error"]],
    ["a bad value", ["mayfly/cpu=four"], configOf(), ["MF-CONFIG-WORKFLOW-LABEL error"]],
    ["a bad value, even when the file is broken", ["mayfly/cpu=four"], undefined, ["MF-CONFIG-WORKFLOW-LABEL error"]],
    ["a contradiction", ["mayfly", "windows"], configOf(), ["MF-CONFIG-WORKFLOW-LABEL error"]],
    ["a stranger beside it", ["mayfly", "gpu"], configOf(), ["MF-CONFIG-WORKFLOW-LABEL error"]],
    ["two of ours", ["mayfly", "mayfly/ec2"], configOf(), ["MF-CONFIG-WORKFLOW-LABEL error"]],
    ["a hyphen", ["mayfly-lint"], configOf(), ["MF-CONFIG-NEAR-MISS warning"]],
    ["a comma", ["self-hosted, mayfly"], configOf(), ["MF-CONFIG-NEAR-MISS warning"]],
  ])("%s", (_name, labels, config, expected) => {
    const findings = check([job("a", labels)], { config }).filter(({ code }) => code !== "MF-CONFIG-UNUSED");
    expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual(expected);
  });

  test("a finding is at the runs-on of its job, and says what was meant", () => {
    const asks = job("a", ["mayfly/biuld"]);
    const [finding] = check([asks], { config: configOf({ build: {} }) });
    expect(finding).toEqual({
      path,
      code: "MF-CONFIG-WORKFLOW-RUNNER",
      severity: "error",
      range: asks.runsOn,
      message: expect.stringMatching(/^There is no such runner: .*biuld.*did you mean .*build.*\? Define it .*\.$/),
    });
  });

  test("a near miss says what to write", () => {
    expect(check([job("a", ["mayfly-lint"])])[0]?.message).toMatch(/mayfly\/lint/);
  });

  test("each set of labels of a matrix counts, what is said twice is said once", () => {
    const matrix = job("a", [], { labelSets: [["mayfly"], ["mayfly/x/run=1"], ["mayfly/y"], ["mayfly/size=1"]] });
    expect(check([matrix]).map(({ code }) => code)).toEqual([
      "MF-CONFIG-WORKFLOW-RUNNER",
      "MF-CONFIG-WORKFLOW-RUNNER",
      "MF-CONFIG-WORKFLOW-LABEL",
    ]);
    const twice = job("a", [], { labelSets: [["mayfly/x"], ["Mayfly/X"]] });
    expect(check([twice])).toHaveLength(1);
  });

  test("what the organisation defines is defined", () => {
    const jobs = [job("a", ["mayfly/theirs"])];
    expect(check(jobs, { inherited: configOf({ theirs: {} }) })).toEqual([]);
    expect(check(jobs)).toHaveLength(1);
  });

  test("what the policy does not allow in labels is refused", () => {
    const policy = { ...openPolicy, labelOverrides: [] };
    expect(check([job("a", ["mayfly/cpu=4"])], { policy }).map(({ code }) => code)).toEqual([
      "MF-CONFIG-WORKFLOW-LABEL",
    ]);
  });
});

describe("runners without a use", () => {
  const config = configOf({ default: {}, Build: {}, lint: {}, gpu: { labels: ["self-hosted", "gpu"] } });
  const unused = (jobs: readonly WorkflowJobFacts[], more: Partial<WorkflowCheck> = {}) =>
    check(jobs, { config, ...more }).map(({ runner }) => runner);

  test("are told by name, for the file of runners; `default` never is", () => {
    const [first, ...others] = check([job("a", ["mayfly/lint"])], { config });
    expect(first).toEqual({
      path: ".github/runner.yml",
      code: "MF-CONFIG-UNUSED",
      severity: "notice",
      range: undefined,
      runner: "Build",
      message: "No workflow uses the runner `Build`.",
    });
    expect(others.map(({ runner }) => runner)).toEqual(["gpu"]);
  });

  test("are not those that a label or a set of labels means", () => {
    const jobs = [job("a", ["MAYFLY/BUILD"]), job("b", ["mayfly/lint/run=*"]), job("c", ["gpu", "self-hosted"])];
    expect(unused(jobs)).toEqual([]);
  });

  test.each([
    ["a contradicting label", ["mayfly/Build", "windows"], ["lint", "mac"]],
    ["a wrong value", ["mayfly/build/cpu=four"], ["lint", "mac"]],
    ["being two", ["mayfly/lint", "mayfly/build/run=*"], ["mac"]],
    ["a set that contradicts", ["self-hosted", "MacOS"], ["Build", "lint"]],
  ])("are not those that labels name which are refused for %s", (_, labels, others) => {
    const runners = configOf({ Build: {}, lint: {}, mac: { labels: ["self-hosted", "macos"] } });
    const [refused, ...findings] = check([job("a", labels)], { config: runners });
    expect(refused?.code).toBe("MF-CONFIG-WORKFLOW-LABEL");
    expect(findings.map(({ runner }) => runner)).toEqual(others);
  });

  test("are not known when something is unknown", () => {
    expect(unused([job("a", [], { labelSets: "unknown" })])).toEqual([]);
    expect(unused([], { workflows: { jobs: [], unread: [{ path, reason: "no" }] } })).toEqual([]);
    expect(unused([], { config: undefined })).toEqual([]);
    expect(unused([])).toEqual(["Build", "lint", "gpu"]);
  });

  test("are those of the repository's own file", () => {
    const inherited = configOf({ theirs: {}, build: {} });
    expect(unused([], { config: configOf({ build: {} }), inherited })).toEqual(["build"]);
  });
});

describe("jobs that send others with the same label to EC2", () => {
  const codes = (jobs: readonly WorkflowJobFacts[], more: Partial<WorkflowCheck> = {}) =>
    check(jobs, more).map(({ code }) => code);
  const shared = ["MF-CONFIG-SHARED-LABEL"];

  test("are told where they ask for the label", () => {
    const e2e = job("e", ["mayfly/run=*"], docker);
    const jobs = [job("a", ["mayfly"]), e2e, job("b", ["Mayfly"]), job("c", ["ubuntu-latest"], docker)];
    expect(check(jobs)).toEqual([
      {
        path,
        code: "MF-CONFIG-SHARED-LABEL",
        severity: "notice",
        range: e2e.runsOn,
        message:
          "All jobs with the label `mayfly` go to EC2, because `e` needs Docker: `docker ps` (line 7). 2 others would do " +
          "on Lambda: give the jobs that need EC2 a label of their own.",
      },
    ]);
  });

  test("are named, the first ones", () => {
    const jobs = [job("a", ["mayfly"]), ..."bcdefg".split("").map((key) => job(key, ["mayfly"], docker))];
    const [finding, ...others] = check(jobs);
    expect(others).toEqual([]);
    expect(finding?.message).toMatch(
      /because `b` needs .*\. So it is with `c` \(.*:990\), `d` \(.*\), `e` \(.*\), 2 more\. One other would do on Lambda/,
    );
  });

  test.each<[string, readonly WorkflowJobFacts[], Partial<WorkflowCheck>, readonly string[]]>([
    ["alone", [job("a", ["mayfly"], docker)], {}, []],
    ["all of them", [job("a", ["mayfly"], docker), job("b", ["mayfly"], docker)], {}, []],
    ["none of them", [job("a", ["mayfly"]), job("b", ["mayfly"])], {}, []],
    ["another label", [job("a", ["mayfly"]), job("b", ["mayfly", "self-hosted"], docker)], {}, []],
    ["EC2 by name", [job("a", ["mayfly/ec2"]), job("b", ["mayfly/ec2"], docker)], {}, []],
    [
      "EC2 by the file",
      [job("a", ["mayfly"]), job("b", ["mayfly"], docker)],
      { config: configOf({ default: { execution: "ec2" } }) },
      [],
    ],
    [
      "EC2 by a key",
      [job("a", ["mayfly"]), job("b", ["mayfly"], docker)],
      { config: configOf({ default: { spot: "never" } }) },
      [],
    ],
    [
      "auto by the file",
      [job("a", ["mayfly"]), job("b", ["mayfly"], docker)],
      { config: configOf({ default: { execution: "auto" } }) },
      shared,
    ],
    [
      "a policy without Lambda",
      [job("a", ["mayfly"]), job("b", ["mayfly"], docker)],
      { policy: { ...openPolicy, executions: ["ec2"] } },
      [],
    ],
    ["a file that is broken", [job("a", ["mayfly"]), job("b", ["mayfly"], docker)], { config: undefined }, []],
    [
      "an action that nobody knows",
      [job("a", ["mayfly"]), job("b", ["mayfly"], { needs: [{ kind: "unknown-action", detail: "o/n@v1", line: 1 }] })],
      {},
      shared,
    ],
    [
      "an action that the operator knows",
      [job("a", ["mayfly"]), job("b", ["mayfly"], { needs: [{ kind: "unknown-action", detail: "o/n@v1", line: 1 }] })],
      { policy: { ...openPolicy, safeActions: ["o/n"] } },
      [],
    ],
    ["one job, twice in its matrix", [job("a", [], { ...docker, labelSets: [["mayfly"], ["Mayfly"]] })], {}, []],
  ])("%s", (_name, jobs, more, expected) => {
    expect(codes(jobs, more)).toEqual(expected);
  });
});
