import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { listening, running, said, startRig, untilGoOn, type Rig } from "./rig.ts";
import { until } from "../helpers/until.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => await rig.close());

const waits = "while :; do sleep 0.05; done";
/** A listener that leaves when it is interrupted, as the real one does. */
const idle = `trap 'echo Exiting...; exit 0' INT\n${listening}\n${waits}`;
/** One with a job, which cancels that when it is interrupted. */
const busy = `trap 'echo "Job build completed with result: Canceled"; exit 103' INT\n${listening}\n${running}\n${waits}`;
const deaf = `trap '' INT\n${listening}\n${running}\n${waits}`;

describe("idle", () => {
  test("for too long: interrupted, ended as idle", async () => {
    const { channel, off } = await rig.boot({ listener: idle, grant: { idleSeconds: 1 } });
    const console = await off();
    expect(console).toContain("Exiting...");
    expect(channel.events.at(-1)).toMatchObject({ exitCode: 0, outcome: "idle", cause: "No job came in time." });
  });

  test("does not count while a job runs", async () => {
    const { channel, off } = await rig.boot({ listener: said(100, "Succeeded", "sleep 2"), grant: { idleSeconds: 1 } });
    await off();
    expect(channel.events.at(-1)).toMatchObject({ outcome: "job-succeeded" });
  });
});

describe("the end of the lifetime", () => {
  test("interrupts the listener before, so that the job is cancelled in order", async () => {
    const { channel, off } = await rig.boot({
      listener: busy,
      settings: { MAYFLY_END_BY_MS: Date.now() + 5_000 },
      grant: { shutdownSeconds: 3 },
    });
    await off();
    expect(channel.events.at(-1)).toMatchObject({
      exitCode: 103,
      outcome: "deadline",
      cause: "The machine reached the end of its lifetime.",
    });
  });

  test("kills a listener that does not stop; an earlier end in the claim's answer counts", async () => {
    const { channel, off, known } = await rig.boot({
      listener: deaf,
      grant: { endByMs: Date.now() + 4_000, shutdownSeconds: 1 },
    });
    // long before the end that the settings name
    await until(() => channel.answers.includes("ended 204"), known, 10_000);
    await off();
    expect(channel.events.at(-1)).toMatchObject({ exitCode: null, outcome: "deadline" });
  });

  test("a later end in the claim's answer does not count", async () => {
    const { channel, off, known } = await rig.boot({
      listener: busy,
      settings: { MAYFLY_END_BY_MS: Date.now() + 4_000 },
      grant: { endByMs: Date.now() + 60_000, shutdownSeconds: 2 },
    });
    await until(() => channel.answers.includes("ended 204"), known, 10_000);
    await off();
    expect(channel.events.at(-1)).toMatchObject({ outcome: "deadline" });
  });
});

describe("a spot interruption", () => {
  const atMs = Date.UTC(2026, 10, 23, 10, 0, 0);
  const notice = "AWS takes this spot instance back at 2026-11-23T10:00:00Z.";

  test("in mid-job: told once, logged at once, the job is left to run", async () => {
    const { instance, channel, logs, off, goOn, known } = await rig.boot({
      listener: said(100, "Succeeded", untilGoOn),
      settings: { MAYFLY_SHIP_SECONDS: 600 },
    });
    await until(() => channel.answers.includes("job-started 204"), known);
    instance.announceInterruption(atMs);
    await until(() => logs.lines().some(({ message }) => message === `mayfly: ${notice}`), known);
    await until(() => channel.answers.includes("notice 204"), known);
    await goOn();
    await off();
    expect(channel.events.filter(({ type }) => type === "notice")).toEqual([
      expect.objectContaining({ cause: notice }),
    ]);
    expect(channel.events.at(-1)).toMatchObject({ outcome: "job-succeeded" });
  });

  test("that takes the listener: ended as that", async () => {
    const { instance, channel, off, known } = await rig.boot({
      listener: `${listening}\n${running}\nwhile [ ! -e $HOME/../../run/mayfly/notice ]; do sleep 0.05; done\nsleep 1\nkill -KILL $$`,
    });
    await until(() => channel.answers.includes("job-started 204"), known);
    instance.announceInterruption(atMs);
    await off();
    expect(channel.events.at(-1)).toMatchObject({ exitCode: null, outcome: "spot-interruption", cause: notice });
  });

  test("while idle: ends at once", async () => {
    const { instance, channel, off, known } = await rig.boot({ listener: idle });
    await until(() => channel.answers.includes("listening 204"), known);
    instance.announceInterruption(atMs);
    await off();
    expect(channel.events.at(-1)).toMatchObject({ exitCode: 0, outcome: "spot-interruption", cause: notice });
  });

  test("with the order to shut down: reported although the job still runs", async () => {
    const { instance, channel, off, known } = await rig.boot({
      // what systemd does to the program when the machine shuts down
      listener: `${listening}\n${running}\nwhile [ ! -e $HOME/../../run/mayfly/notice ]; do sleep 0.05; done\nsleep 1\nkill -TERM $PPID\n${waits}`,
    });
    await until(() => channel.answers.includes("job-started 204"), known);
    instance.announceInterruption(atMs);
    await off();
    expect(channel.events.at(-1)).toMatchObject({ exitCode: null, outcome: "spot-interruption", cause: notice });
  });
});
