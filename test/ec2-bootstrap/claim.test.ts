import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { instanceIdentity } from "../../src/sandbox/aws/ec2/instance/instance-identity.ts";
import { secrets } from "./host-channel.ts";
import { startRig, type Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => await rig.close());

describe("a refused claim", () => {
  test.each([400, 401, 409, 410])("with %d: powers off at once, starts nothing, tells nothing", async (status) => {
    const { channel, logs, off } = await rig.boot({ claim: () => ({ status }) });
    const console = await off();
    expect(channel.answers).toEqual([`claim ${status}`]);
    expect(console).toContain(`mayfly: ended, crashed: Mayfly refused the claim (${status}).`);
    expect(console).not.toContain("start the listener");
    expect(logs.requests).toEqual([]);
  });

  test("because another key signed the instance's identity", async () => {
    const { channel, off } = await rig.boot({ instance: { identity: await instanceIdentity() } });
    await off();
    expect(channel.answers).toEqual(["claim 401"]);
  });
});

describe("a claim that is not answered yet", () => {
  test.each([
    ["503 with Retry-After", { status: 503, retryAfter: 1 }, "503"],
    ["503 with a date as Retry-After", { status: 503, retryAfter: "Mon, 23 Nov 2026 10:00:00 GMT" }, "503"],
    ["500", { status: 500 }, "500"],
    ["a broken connection", null, "000"],
    ["half an answer", { status: 200, body: { jitConfig: "x" } }, "200"],
  ])("%s: asked again with the same claim id", async (_what, reply, status) => {
    const { channel, off } = await rig.boot({ claim: (n) => (n === 1 ? reply : undefined) });
    const console = await off();
    expect(console).toContain(`mayfly: no claim yet: ${status}`);
    expect(channel.claims).toHaveLength(2);
    expect(channel.claims[1]).toEqual(channel.claims[0]);
    expect(channel.events.at(-1)).toMatchObject({ outcome: "job-succeeded" });
  });

  test("Retry-After is kept: nothing is asked before", async () => {
    const times: number[] = [];
    const { off } = await rig.boot({
      claim: (n) => {
        times.push(performance.now());
        return n === 1 ? { status: 503, retryAfter: 2 } : { status: 410 };
      },
    });
    await off();
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_990);
  });

  test("until the time to claim is over: ended with the token instead of a session", async () => {
    const { channel, off } = await rig.boot({
      claim: () => null,
      settings: { MAYFLY_CLAIM_BY_MS: Date.now() + 2_500 },
    });
    await off();
    expect(channel.claims.length).toBeGreaterThan(1);
    expect(channel.events).toEqual([
      expect.objectContaining({
        type: "ended",
        token: secrets.token,
        exitCode: null,
        outcome: "crashed",
        cause: "There was no claim in time.",
      }),
    ]);
    expect(channel.events[0]).not.toHaveProperty("session");
  });

  test("nobody answers at all: powers off all the same", async () => {
    const { off } = await rig.boot({
      settings: { MAYFLY_HOST_URL: "http://127.0.0.1:9", MAYFLY_CLAIM_BY_MS: Date.now() + 1_500 },
    });
    expect(await off()).toContain("mayfly: ended, crashed: There was no claim in time.");
  });
});

describe("events", () => {
  test("are hints: a channel that fails is asked 3 times, and the job runs", async () => {
    let failures = 0;
    const { channel, off } = await rig.boot({
      event: ({ type }) => (type === "listening" && (failures += 1) > 0 ? { status: 502 } : undefined),
    });
    await off();
    expect(failures).toBe(3);
    expect(channel.events.map(({ type }) => type)).toEqual(["booted", "job-started", "ended"]);
  });

  test("410 to an event: an idle listener is stopped", async () => {
    const { channel, off } = await rig.boot({
      event: ({ type }) => (type === "listening" ? { status: 410 } : undefined),
      listener: `trap 'exit 0' INT\necho "Listening for Jobs"\nwhile :; do sleep 0.1; done`,
    });
    await off();
    expect(channel.events.at(-1)).toMatchObject({ outcome: "no-job", cause: "Mayfly no longer needs this runner." });
  });
});
