import { afterEach, expect, test } from "@jest/globals";

import { jobActions, startRig, until, type Rig } from "./rig.ts";
import { scriptedRunner } from "./scripted-runner.ts";
import { ci, job, outcome, runNext, takeNext } from "./workflow-file.ts";

let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

test("every entry of the matrix is told as queued; those over the limit are not handed out before one ends", async () => {
  rig = await startRig();
  await rig.push(ci(job("m", "strategy: {max-parallel: 2, matrix: {n: [1, 2, 3, 4]}}")));
  await until("queued", () => jobActions(rig).length === 4);
  expect(jobActions(rig).toSorted()).toEqual(["m (1) queued", "m (2) queued", "m (3) queued", "m (4) queued"]);
  const one = await takeNext(rig);
  const two = await takeNext(rig);
  expect([one?.message.name, two?.message.name]).toEqual(["m (1)", "m (2)"]);
  expect(await takeNext(rig)).toBeUndefined();
  expect(outcome(rig)).toEqual(["m (1): in_progress", "m (2): in_progress", "m (3): queued", "m (4): queued"]);
  await two?.runner.run(two.message);
  const three = await takeNext(rig);
  expect(three?.message.name).toBe("m (3)");
  expect(await takeNext(rig)).toBeUndefined();
  await one?.runner.run(one.message);
  await three?.runner.run(three.message);
  expect(await runNext(rig)).toBe("m (4)");
  expect(rig.github.runs()[0]?.conclusion).toBe("success");
});

test("a job that was handed out counts before it has begun, and not once its runner has lost it", async () => {
  rig = await startRig({ timings: { pickUpMs: 100 } });
  await rig.push(ci(job("m", "strategy: {max-parallel: 1, matrix: {n: [1, 2]}}")));
  const dead = await scriptedRunner(rig, "dead", ["mayfly"]);
  expect((await dead.take()).name).toBe("m (1)");
  const alive = await scriptedRunner(rig, "alive", ["mayfly"]);
  const message = await alive.take();
  // either entry may be first now, but never both at a time
  await alive.post(`/jobs/${message.jobId}/start`);
  expect(await takeNext(rig)).toBeUndefined();
  expect(rig.events.some((event) => event.type === "job" && event.action === "requeued")).toBe(true);
  await alive.run(message);
});

test("a runner that waits already gets the next entry at once when one ends", async () => {
  rig = await startRig();
  await rig.push(ci(job("m", "strategy: {max-parallel: '${{ fromJSON(1) }}', matrix: {n: [1, 2]}}")));
  const one = await takeNext(rig);
  expect(one?.message.strategy["max-parallel"]).toBe(1);
  const runner = await scriptedRunner(rig, "waiting", ["mayfly"]);
  await runner.session();
  const waiting = runner.poll(10);
  await one?.runner.run(one.message);
  const { message } = await waiting;
  expect(message?.name).toBe("m (2)");
  await runner.run(message!);
});

test("the limit of one matrix is no other job's, and a limit above the number of entries is none", async () => {
  rig = await startRig();
  const matrix = (most: number): string => `strategy: {max-parallel: ${most}, matrix: {n: [1, 2]}}`;
  await rig.push(ci(job("a", matrix(1)) + job("b", matrix(9)) + job("c")));
  const taken = [await takeNext(rig), await takeNext(rig), await takeNext(rig), await takeNext(rig)];
  expect(taken.map((item) => item?.message.name)).toEqual(["a (1)", "b (1)", "b (2)", "c"]);
  expect(await takeNext(rig)).toBeUndefined();
});

test("it holds on GitHub's own runners too", async () => {
  rig = await startRig();
  const strategy = "strategy: {max-parallel: 1, matrix: {n: [1, 2, 3]}}";
  await rig.push(ci(`  h:\n    runs-on: ubuntu-latest\n    ${strategy}\n    steps: [{run: 'true'}]\n`));
  await until("idle", () => rig.github.idle());
  const events = rig.events.flatMap((event) => (event.type === "job" ? [event] : []));
  const running = events.filter(({ action }) => action === "in_progress" || action === "completed");
  expect(running.map(({ name, action }) => `${name} ${action}`)).toEqual(
    ["h (1)", "h (2)", "h (3)"].flatMap((name) => [`${name} in_progress`, `${name} completed`]),
  );
});
