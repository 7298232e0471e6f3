import { describe, expect, test } from "@jest/globals";
import { anything, assert, constantFrom, property } from "fast-check";
import { intake } from "../../../src/core/pipeline/intake.ts";
import { readClaim, readHostEvent } from "../../../src/core/pipeline/host-request.ts";
import { jobFacts } from "../../helpers/records.ts";
import { jobPayload, runPayload } from "../../helpers/world/github.ts";

const settings = { labelPrefix: "mayfly", installations: undefined };
const deliver = (event: string, payload: unknown): ReturnType<typeof intake> =>
  intake({ id: "guid", event, payload }, settings);

describe("intake", () => {
  test("a job of ours becomes one message with the facts that are needed and nothing else", () => {
    const { entries } = deliver("workflow_job", jobPayload("queued", jobFacts(7)));
    expect(entries).toEqual([
      {
        group: "71",
        message: {
          kind: "job",
          action: "queued",
          delivery: "guid",
          repository: { id: 71, owner: "octo", name: "demo", installationId: 5, private: true },
          job: jobFacts(7),
        },
      },
    ]);
  });

  test.each([
    ["another event", "issues", jobPayload("queued", jobFacts(1))],
    ["an unknown action", "workflow_job", jobPayload("teleported", jobFacts(1))],
    ["somebody else's label", "workflow_job", jobPayload("queued", jobFacts(1, { labels: ["ubuntu-latest"] }))],
    ["a run that begins", "workflow_run", { ...(runPayload(1) as object), action: "requested" }],
    ["no installation", "workflow_job", { ...(jobPayload("queued", jobFacts(1)) as object), installation: undefined }],
    ["nothing", "workflow_job", undefined],
  ])("%s is ignored with a reason", (_, event, payload) => {
    const { entries, ignored } = deliver(event, payload);
    expect(entries).toEqual([]);
    expect(ignored).toEqual(expect.any(String));
  });

  test("an event that names one of our runners is ours whatever its labels", () => {
    const job = jobFacts(1, { labels: ["gpu"], runnerName: "mayfly-5-1-1" });
    expect(deliver("workflow_job", jobPayload("in_progress", job)).entries).toHaveLength(1);
  });

  test.each([
    ["Organization", true],
    ["User", false],
    [undefined, undefined],
  ])("an owner of type %s: an organisation's repository is %s", (type, ownedByOrganization) => {
    const payload = jobPayload("queued", jobFacts(1)) as { repository: object };
    payload.repository = { ...payload.repository, owner: { login: "octo", type } };
    const { entries } = deliver("workflow_job", payload);
    expect(entries[0]?.message).toMatchObject({ repository: { owner: "octo", ownedByOrganization } });
  });

  test("a runner is told with GitHub's ids of it and of its group", () => {
    const job = jobFacts(1, { runnerName: "mayfly-5-1-1", runnerId: 23, runnerGroupId: 7 });
    expect(deliver("workflow_job", jobPayload("in_progress", job)).entries[0]?.message).toMatchObject({ job });
  });

  test("an empty runner name is none, whichever way GitHub spells it", () => {
    const payload = jobPayload("completed", jobFacts(1, { runnerName: "" }));
    expect(deliver("workflow_job", payload).entries[0]?.message).toMatchObject({ job: { runnerName: undefined } });
  });

  test("the end of a run carries the workflow file's path without its ref", () => {
    const payload = runPayload(9) as { workflow_run: { path: string } };
    payload.workflow_run.path = ".github/workflows/ci.yml@main";
    expect(deliver("workflow_run", payload).entries[0]?.message).toMatchObject({
      kind: "run",
      runId: 9,
      path: ".github/workflows/ci.yml",
    });
  });

  test("whatever arrives, it never throws", () => {
    assert(
      property(
        constantFrom("workflow_job", "workflow_run", "push", "pull_request", "x"),
        anything(),
        (event, payload) => {
          const { entries, ignored } = deliver(event, payload);
          expect(entries.length > 0).toBe(ignored === undefined);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("pushes and pull requests", () => {
  const from = {
    repository: { id: 71, name: "demo", owner: { login: "octo" }, private: true, default_branch: "main" },
    installation: { id: 5 },
  };
  const push = (changes: Record<string, unknown>) =>
    deliver("push", { ...from, ref: "refs/heads/main", forced: false, commits: [], ...changes });

  test.each<[string, Record<string, unknown>, readonly string[] | string]>([
    ["a changed runner.yml", { commits: [{ modified: [".github/runner.yml"] }] }, [".github/runner.yml"]],
    ["an added workflow", { commits: [{ added: [".github/workflows/a.yml"] }] }, [".github/workflows"]],
    [
      "a removed one, once",
      { commits: [{ removed: [".github/runner.yml"] }, { modified: [".github/runner.yml"] }] },
      [".github/runner.yml"],
    ],
    ["a forced push", { forced: true }, [".github/runner.yml", ".github/workflows"]],
    [
      "more commits than GitHub names",
      { commits: Array.from({ length: 2048 }, () => ({})) },
      [".github/runner.yml", ".github/workflows"],
    ],
    ["other files", { commits: [{ modified: ["src/runner.yml", 7, null] }] }, "no file that plans rest on"],
    [
      "another branch",
      { ref: "refs/heads/x", commits: [{ modified: [".github/runner.yml"] }] },
      "no push to the default branch",
    ],
    ["a tag of that name", { ref: "refs/tags/main", forced: true }, "no push to the default branch"],
    ["nonsense", { commits: "all" }, "no file that plans rest on"],
  ])("%s", (_, changes, expected) => {
    const { entries, ignored } = push(changes);
    if (typeof expected === "string") expect(ignored).toBe(expected);
    else expect(entries.map(({ message }) => message)).toMatchObject([{ kind: "changed", paths: expected }]);
  });

  test.each([
    ["opened", true],
    ["synchronize", true],
    ["reopened", true],
    ["closed", false],
    ["labeled", false],
  ])("a pull request that is %s is looked at: %s", (action, looked) => {
    const { entries } = deliver("pull_request", { ...from, action, pull_request: { head: { sha: "abc" } } });
    expect(entries.map(({ message }) => message)).toMatchObject(looked ? [{ kind: "lint", headSha: "abc" }] : []);
  });

  test("a label that is nearly ours is not, and what was meant stands in the log", () => {
    const job = { id: 1, run_id: 2, head_sha: "a", labels: ["mayfly-lint"], status: "queued" };
    const { entries, ignored } = deliver("workflow_job", { ...from, action: "queued", workflow_job: job });
    expect(entries).toEqual([]);
    expect(ignored).toContain("mayfly/lint");
  });
});

describe("host requests", () => {
  const host = { runner: "mayfly-1-1", session: "s" };

  test("a claim needs its three texts", () => {
    expect(readClaim({ runner: "a", token: "b", claimId: "c" })).toEqual({ runner: "a", token: "b", claimId: "c" });
    for (const body of [
      undefined,
      null,
      [],
      {},
      { runner: "a", token: "b" },
      { runner: 1, token: "b", claimId: "c" },
    ]) {
      expect(readClaim(body)).toBeUndefined();
    }
    expect(readClaim({ runner: "a".repeat(2000), token: "b", claimId: "c" })).toBeUndefined();
  });

  test("an event keeps what has its shape and drops the rest", () => {
    const body = {
      ...host,
      type: "ended",
      exitCode: 102,
      outcome: "job-failed",
      cause: "x",
      peakMemoryMb: 80,
      more: 1,
    };
    expect(readHostEvent(body)).toMatchObject({ exitCode: 102, outcome: "job-failed", peakMemoryMb: 80 });
    expect(readHostEvent({ ...host, type: "ended", exitCode: "102", outcome: "A B" })).toMatchObject({
      exitCode: undefined,
      outcome: undefined,
    });
    expect(readHostEvent({ ...host, type: "exploded" })).toBeUndefined();
  });

  test.each<[string, unknown, object | undefined]>([
    ["all of it", { cpuPercent: 12.5, memoryMb: 900, diskMb: 0, networkInMb: 1, networkOutMb: 2 }, undefined],
    ["a part", { cpuPercent: 100 }, undefined],
    ["more than it may be", { cpuPercent: 100.1, memoryMb: 1e9, diskMb: 1.1e9 }, { memoryMb: 1e9 }],
    ["wrong values", { cpuPercent: -1, memoryMb: "7", diskMb: Number.NaN, networkInMb: null, networkOutMb: 3 }, { networkOutMb: 3 }], // prettier-ignore
    ["other names", { diskMb: 5, repository: "octo/x", constructor: 1 }, { diskMb: 5 }],
  ])("what a machine used: %s", (_, usage, kept) => {
    const event = readHostEvent({ ...host, type: "ended", usage });
    expect(event?.usage).toStrictEqual(kept ?? usage);
  });

  test.each([[undefined], [null], ["12"], [[]], [{}], [{ cpuPercent: Number.POSITIVE_INFINITY }]])(
    "%j is nothing that a machine used",
    (usage) => {
      expect(readHostEvent({ ...host, type: "ended", usage })?.usage).toBeUndefined();
    },
  );

  test("a log stream's name cannot carry a command or a link", () => {
    const event = readHostEvent({ ...host, type: "booted", logGroup: "/aws/lambda/x", logStream: "a'; rm -rf / #" });
    expect(event).toMatchObject({ logGroup: "/aws/lambda/x", logStream: undefined });
    const good = readHostEvent({ ...host, type: "booted", logStream: "2026/11/22/[$LATEST]0f" });
    expect(good?.logStream).toBe("2026/11/22/[$LATEST]0f");
  });
});
