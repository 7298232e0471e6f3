import { afterEach, describe, expect, test } from "@jest/globals";

import { jobActions, startRig, until, type Rig } from "./rig.ts";
import { ci, job, listedJobs, listedRuns, outcome, runNext, takeNext } from "./workflow-file.ts";

let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

const CANCELLED = "Canceling since a higher priority waiting request for deploy exists";
const runStates = () => rig.github.runs().map(({ status, conclusion }) => conclusion ?? status);

describe("a workflow's group", () => {
  const workflow = (...more: string[]) => ci(job("a"), `concurrency: {group: deploy${more.join("")}}`);

  test("lets one run go on and one wait; an older one that waits is cancelled without ever having had a job", async () => {
    rig = await startRig();
    await rig.push(workflow());
    const taken = await takeNext(rig);
    const second = await rig.push(workflow());
    expect(runStates()).toEqual(["in_progress", "pending"]);
    expect(await listedRuns(rig, "status=pending")).toEqual([second.runs[0]?.id]);
    expect(await listedJobs(rig, `${second.runs[0]?.id}/jobs`)).toEqual([]);
    await rig.push(workflow());
    expect(runStates()).toEqual(["in_progress", "cancelled", "pending"]);
    expect(await takeNext(rig)).toBeUndefined();
    await taken?.runner.run(taken.message);
    expect(runStates()).toEqual(["success", "cancelled", "queued"]);
    expect(await runNext(rig)).toBe("a");
    expect(runStates()).toEqual(["success", "cancelled", "success"]);
    expect(rig.github.jobs()).toHaveLength(2);
  });

  test("with cancel-in-progress ends the run that goes on, and the newcomer waits until that has happened", async () => {
    rig = await startRig();
    await rig.push(workflow());
    const taken = await takeNext(rig);
    await rig.push(workflow(", cancel-in-progress: true"));
    expect(runStates()).toEqual(["in_progress", "pending"]);
    expect((await taken?.runner.post(`/jobs/${taken.message.jobId}/steps`, { steps: [] }))?.json).toEqual({ cancel: true }); // prettier-ignore
    await taken?.runner.run(taken.message, "cancelled");
    expect(runStates()).toEqual(["cancelled", "queued"]);
    // nobody has this one: it ends at once
    await rig.push(workflow(", cancel-in-progress: '${{ github.ref == ''refs/heads/main'' }}'"));
    expect(runStates()).toEqual(["cancelled", "cancelled", "queued"]);
    expect(await runNext(rig)).toBe("a");
  });

  test("is another one in another repository or by another name, the same in capitals", async () => {
    rig = await startRig();
    const named = (group: string) => ci(job("a"), `concurrency: ${group}`);
    await rig.push(named("deploy"));
    await rig.push(named("deploy"), { name: "other" });
    await rig.push(named("'deploy-${{ github.run_number }}'"));
    await rig.push(named("DEPLOY"));
    expect(runStates()).toEqual(["queued", "queued", "queued", "pending"]);
  });

  test("a run that waits can be cancelled like any other", async () => {
    rig = await startRig();
    await rig.push(workflow());
    const { runs } = await rig.push(workflow());
    const cancel = await rig.call("POST", `/repos/octo/repo/actions/runs/${runs[0]?.id}/cancel`, await rig.token());
    expect([cancel.status, ...runStates()]).toEqual([202, "queued", "cancelled"]);
    await until("told", () =>
      rig.received.some(({ event, payload }) => event === "workflow_run" && payload.action === "completed"),
    );
    await runNext(rig);
    expect(await takeNext(rig)).toBeUndefined();
  });

  test("with queue: max keeps all that wait, in their order", async () => {
    rig = await startRig();
    for (let turn = 0; turn < 4; turn += 1) await rig.push(workflow(", queue: max"));
    expect(runStates()).toEqual(["queued", "pending", "pending", "pending"]);
    await runNext(rig);
    expect(runStates()).toEqual(["success", "queued", "pending", "pending"]);
  });
});

describe("a job's group", () => {
  const deploy = (...rest: string[]) => job("deploy", "concurrency: deploy", ...rest);

  test("holds a job back that the App has heard of as queued; the API says pending; then it is handed out", async () => {
    rig = await startRig();
    await rig.push(ci(deploy()));
    const taken = await takeNext(rig);
    const { runs } = await rig.push(ci(deploy() + job("free")));
    await until("told", () => jobActions(rig).filter((item) => item.endsWith("queued")).length === 3);
    const told = rig.received.find(({ payload }) => payload.workflow_job?.run_id === runs[0]?.id && payload.workflow_job?.name === "deploy"); // prettier-ignore
    expect([told?.payload.action, told?.payload.workflow_job?.status]).toEqual(["queued", "queued"]);
    expect(await listedJobs(rig, `${runs[0]?.id}/jobs`)).toEqual(["deploy#1: pending", "free#1: queued"]);
    expect([await runNext(rig), await takeNext(rig)]).toEqual(["free", undefined]);
    // a run in progress with a job that no runner can have
    expect(runStates()).toEqual(["in_progress", "in_progress"]);
    await taken?.runner.run(taken.message);
    expect(await listedJobs(rig, `${runs[0]?.id}/jobs`)).toEqual(["deploy#1: queued", "free#1: success"]);
    expect(await runNext(rig)).toBe("deploy");
    await until("idle", () => rig.github.idle());
    expect(jobActions(rig).filter((item) => item === "deploy queued")).toHaveLength(2);
  });

  test("may also be told when it may go on, and only then", async () => {
    rig = await startRig({ habits: { tellsHeldJobs: false } });
    await rig.push(ci(deploy()));
    const taken = await takeNext(rig);
    await rig.push(ci(deploy()));
    await until("idle but for one", () => rig.github.deliveries().every(({ ok }) => ok === true));
    expect(jobActions(rig).filter((item) => item === "deploy queued")).toHaveLength(1);
    await taken?.runner.run(taken.message);
    await until("told", () => jobActions(rig).filter((item) => item === "deploy queued").length === 2);
  });

  test("an older job that waits is cancelled without a runner, with GitHub's reason", async () => {
    rig = await startRig();
    await rig.push(ci(deploy()));
    const taken = await takeNext(rig);
    await rig.push(ci(deploy()));
    await rig.push(ci(deploy()));
    expect(outcome(rig)).toEqual(["deploy: in_progress", "deploy: cancelled", "deploy: pending"]);
    expect(runStates()).toEqual(["in_progress", "cancelled", "queued"]);
    expect(rig.github.jobs()[1]?.annotations).toEqual([{ level: "failure", message: CANCELLED }]);
    expect(rig.github.jobs()[1]?.runnerName ?? "").toBe("");
    await taken?.runner.run(taken.message, "failure");
    expect(await runNext(rig)).toBe("deploy");
    expect(runStates()).toEqual(["failure", "cancelled", "success"]);
  });

  test("with cancel-in-progress ends the job that runs; the rest of its run goes on", async () => {
    rig = await startRig();
    await rig.push(ci(deploy() + job("after", "needs: deploy", "if: always()")));
    const taken = await takeNext(rig);
    await rig.push(ci(job("deploy", "concurrency: {group: deploy, cancel-in-progress: true}")));
    expect((await taken?.runner.post(`/jobs/${taken.message.jobId}/steps`, { steps: [] }))?.json).toEqual({ cancel: true }); // prettier-ignore
    expect(await takeNext(rig)).toBeUndefined();
    await taken?.runner.run(taken.message, "cancelled");
    expect(outcome(rig)).toEqual(["deploy: cancelled", "deploy: queued", "after: queued"]);
  });

  test("runs the entries of a matrix one after the other only if their names differ by nothing: two are left", async () => {
    rig = await startRig();
    await rig.push(ci(deploy("strategy: {matrix: {n: [1, 2, 3]}}")));
    expect(outcome(rig)).toEqual(["deploy (1): queued", "deploy (2): cancelled", "deploy (3): pending"]);
    await runNext(rig);
    expect(await runNext(rig)).toBe("deploy (3)");
    await rig.push(ci(job("own", "strategy: {matrix: {n: [1, 2]}}", "concurrency: 'g-${{ matrix.n }}'")));
    expect(outcome(rig).slice(3)).toEqual(["own (1): queued", "own (2): queued"]);
  });

  test("that is its own workflow's would never go on: it is cancelled", async () => {
    rig = await startRig();
    await rig.push(ci(deploy(), "concurrency: deploy"));
    expect(outcome(rig)).toEqual(["deploy: cancelled"]);
    expect(rig.github.jobs()[0]?.annotations[0]?.message).toContain("deadlock for concurrency group 'deploy'");
    expect(runStates()).toEqual(["cancelled"]);
  });

  test("is shared with workflows", async () => {
    rig = await startRig();
    await rig.push(ci(deploy()));
    await rig.push(ci(job("a"), "concurrency: deploy"));
    expect(runStates()).toEqual(["queued", "pending"]);
    await runNext(rig);
    expect(runStates()).toEqual(["success", "queued"]);
  });

  test("whose name cannot be evaluated fails the job, that of a workflow the run", async () => {
    rig = await startRig();
    await rig.push(ci(job("a", "concurrency: '${{ fromJSON(github.sha) }}'")));
    await rig.push(ci(job("a"), "concurrency: '${{ fromJSON(github.sha) }}'"));
    expect(runStates()).toEqual(["failure", "startup_failure"]);
  });
});
