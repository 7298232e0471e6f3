import { describe, expect, test } from "@jest/globals";
import { parseWorkflowFile } from "../../../src/sandbox/workflow/parse.ts";

const PATH = ".github/workflows/ci.yml";

test("a workflow as plain JSON, its expressions as they are written", async () => {
  const text = `name: CI
on: {push: {branches: [main]}, workflow_dispatch: null}
env: {VERSION: 1.10, COMMIT: "\${{ github.sha }}", EMPTY: null, YES: true}
defaults: {run: {shell: bash}}
concurrency: {group: "\${{ github.ref }}", cancel-in-progress: true}
jobs:
  lint:
    runs-on: mayfly
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - id: check
        name: "Check \${{ github.ref }}"
        if: always()
        run: |
          echo "\${{ github.actor }}"
          echo two
        env: {A: "\${{ env.VERSION }}"}
        working-directory: sub
        shell: sh
        continue-on-error: true
        timeout-minutes: 5
  test:
    name: "Test \${{ matrix.os }}"
    needs: lint
    if: "\${{ github.ref == 'refs/heads/main' }}"
    runs-on: [self-hosted, "mayfly/\${{ matrix.os }}"]
    strategy:
      fail-fast: false
      max-parallel: 2
      matrix: {os: [a, b], include: [{os: a, x: 1}]}
    env: {J: job}
    defaults: {run: {working-directory: sub}}
    outputs: {o: "\${{ steps.x.outputs.o }}"}
    timeout-minutes: \${{ fromJSON('7') }}
    continue-on-error: \${{ matrix.os == 'b' }}
    steps: [{run: "true"}]
  dynamic:
    needs: [lint, test]
    runs-on: {group: octo, labels: [mayfly]}
    strategy: {matrix: "\${{ fromJSON(needs.lint.outputs.m) }}"}
    steps: [{run: "true"}]
`;
  const { errors, workflow } = await parseWorkflowFile(PATH, text);
  expect(errors).toEqual([]);
  expect(JSON.parse(JSON.stringify(workflow))).toEqual({
    name: "CI",
    path: PATH,
    on: ["push", "workflow_dispatch"],
    env: { VERSION: "1.1", COMMIT: "${{ github.sha }}", EMPTY: "", YES: "true" },
    defaults: { run: { shell: "bash" } },
    concurrency: { group: "${{ github.ref }}", "cancel-in-progress": true },
    jobs: [
      {
        key: "lint",
        line: 7,
        needs: [],
        runsOn: "mayfly",
        failFast: true,
        env: {},
        defaults: { run: {} },
        outputs: {},
        notSupported: [],
        steps: [
          { uses: "actions/checkout@v4", with: { "fetch-depth": "0" }, env: {} },
          {
            id: "check",
            name: "Check ${{ github.ref }}",
            if: "always()",
            run: 'echo "${{ github.actor }}"\necho two\n',
            env: { A: "${{ env.VERSION }}" },
            workingDirectory: "sub",
            shell: "sh",
            continueOnError: true,
            timeoutMinutes: 5,
          },
        ],
      },
      {
        key: "test",
        line: 23,
        name: "Test ${{ matrix.os }}",
        needs: ["lint"],
        if: "${{ github.ref == 'refs/heads/main' }}",
        runsOn: ["self-hosted", "mayfly/${{ matrix.os }}"],
        failFast: false,
        maxParallel: 2,
        matrix: { os: ["a", "b"], include: [{ os: "a", x: 1 }] },
        env: { J: "job" },
        defaults: { run: { workingDirectory: "sub" } },
        outputs: { o: "${{ steps.x.outputs.o }}" },
        timeoutMinutes: "${{ fromJSON('7') }}",
        continueOnError: "${{ matrix.os == 'b' }}",
        notSupported: [],
        steps: [{ run: "true", env: {} }],
      },
      {
        key: "dynamic",
        line: 38,
        needs: ["lint", "test"],
        runsOn: { group: "octo", labels: ["mayfly"] },
        matrix: "${{ fromJSON(needs.lint.outputs.m) }}",
        failFast: true,
        env: {},
        defaults: { run: {} },
        outputs: {},
        notSupported: [],
        steps: [{ run: "true", env: {} }],
      },
    ],
  });
});

test.each([
  ["on: push", ["push"]],
  ["on: [push, pull_request]", ["push", "pull_request"]],
  ["on: {schedule: [{cron: '0 0 * * *'}], push: }", ["schedule", "push"]],
])("%s", async (on, events) => {
  const { workflow } = await parseWorkflowFile(PATH, `${on}\njobs: {a: {runs-on: x, steps: [{run: y}]}}`);
  expect(workflow?.on).toEqual(events);
  expect(workflow?.name).toBe(PATH);
});

test("what the sandbox leaves undone is said", async () => {
  const { workflow } = await parseWorkflowFile(
    PATH,
    `on: push
jobs:
  a: {runs-on: x, container: node, services: {db: {image: postgres}}, environment: prod, concurrency: one, steps: [{run: y}]}
  b: {uses: ./.github/workflows/other.yml}
  c: {runs-on: x, strategy: "\${{ fromJSON('{}') }}", steps: [{run: y}]}
  d: {runs-on: x, steps: [{run: y}]}
`,
  );
  const said = workflow?.jobs.map((job) => job.notSupported.map((text) => text.split(" ")[0]));
  expect(said).toEqual([["container", "services"], ["uses"], ["strategy"], []]);
});

test("what a job may have to wait for, as it is written; nothing where nothing is", async () => {
  const { errors, workflow } = await parseWorkflowFile(
    PATH,
    `on: push
jobs:
  a: {runs-on: x, environment: prod, concurrency: one, steps: [{run: y}]}
  b:
    runs-on: x
    environment: {name: "\${{ github.ref_name }}", url: "https://example.com"}
    concurrency: {group: "\${{ github.ref }}", cancel-in-progress: true}
    steps: [{run: y}]
  c: {runs-on: x, environment: , steps: [{run: y}]}
  d: {runs-on: x, steps: [{run: y}]}
`,
  );
  expect(errors).toEqual([]);
  const holds = workflow?.jobs.map(({ concurrency, environment }) => ({ concurrency, environment }));
  expect(holds).toEqual([
    { concurrency: "one", environment: "prod" },
    {
      concurrency: { group: "${{ github.ref }}", "cancel-in-progress": true },
      environment: { name: "${{ github.ref_name }}", url: "https://example.com" },
    },
    {},
    {},
  ]);
  for (const job of workflow?.jobs.slice(2) ?? []) expect(Object.keys(job)).not.toContain("environment");
});

describe("errors with their place, and no workflow", () => {
  test.each([
    ["an unknown key", "on: push\njobs:\n  a: {runs-on: x, stepz: []}", "Unexpected value 'stepz'", 3],
    ["an unknown context", 'on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{run: "${{ foo.x }}"}]', "'foo'", 5],
    [
      "an unknown need",
      "on: push\njobs:\n  a: {runs-on: x, steps: [{run: y}]}\n  b: {needs: c, runs-on: x, steps: [{run: y}]}",
      "unknown job 'c'",
      4,
    ],
    [
      "a cycle",
      "on: push\njobs:\n  r: {runs-on: x, steps: [{run: y}]}\n  a: {needs: b, runs-on: x, steps: [{run: y}]}\n  b: {needs: a, runs-on: x, steps: [{run: y}]}",
      "cycle",
      4,
    ],
    ["broken YAML", "on: push\njobs:\n  a: [\n", "Flow sequence", 4],
    [
      "a key twice",
      "on: push\njobs:\n  a: {runs-on: x, steps: [{run: y}]}\n  a: {runs-on: x, steps: [{run: y}]}",
      "'a' is already defined",
      4,
    ],
    ["an empty file", "", "Expected", 1],
  ])("%s", async (_name, text, message, line) => {
    const { errors, workflow } = await parseWorkflowFile(PATH, text);
    expect(workflow).toBeUndefined();
    expect(errors.map((error) => error.message).join("; ")).toContain(message);
    expect(errors.find((error) => error.message.includes(message))?.line).toBe(line);
  });

  test("never more than a page of them", async () => {
    const { errors } = await parseWorkflowFile(PATH, "[".repeat(100_000));
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(20);
  });
});
