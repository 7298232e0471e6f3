import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { hmacSigner } from "../../../src/adapters/signer.ts";
import type { Core } from "../../../src/core/core.ts";
import { claim as claimOf } from "../../../src/core/pipeline/claim.ts";
import { openHostChannel, tokenOf } from "./rig.ts";
import type { HostChannel } from "./rig.ts";

let channel: HostChannel;

beforeEach(async () => {
  channel = await openHostChannel();
});

afterEach(async () => {
  await channel.close();
});

/** Nothing of any runner has changed and GitHub was not asked. */
async function leavesAlone(attack: () => Promise<void>): Promise<void> {
  const { records, minted, world } = channel;
  const [before, mintedBefore, queued] = [await records(), minted(), (await world.queue.receive(100)).length];
  await attack();
  expect(await records()).toEqual(before);
  expect([minted(), queued, await world.queue.receive(100)]).toEqual([mintedBefore, 0, []]);
}

describe("a claim without the one right token gets nothing and changes nothing", () => {
  const cases: [string, (own: string, other: string) => object, number][] = [
    ["a wrong token", () => ({ token: "0".repeat(64) }), 401],
    ["another runner's token", (_, other) => ({ token: tokenOf(other) }), 401],
    ["the token in capital letters", (own) => ({ token: tokenOf(own).toUpperCase() }), 401],
    ["a part of the token", (own) => ({ token: tokenOf(own).slice(0, 63) }), 401],
    ["more than the token", (own) => ({ token: `${tokenOf(own)}0` }), 401],
    ["the digest of the wrong purpose", (own) => ({ token: signed(`session:${own}:one`) }), 401],
    ["the digest of nothing", () => ({ token: signed("claim:") }), 401],
    ["a huge token", () => ({ token: "0".repeat(20_000) }), 400],
    ["a token in a list", (own) => ({ token: [tokenOf(own)] }), 400],
    ["no token", () => ({ token: undefined }), 400],
    ["a runner that never was", () => ({ runner: "mayfly-9-1", token: tokenOf("mayfly-9-1") }), 410],
    ["a runner's name at GitHub", (own) => ({ runner: `${own}-1` }), 401],
    ["a name that would break a line", (own) => ({ runner: `${own}\n`, token: tokenOf(`${own}\n`) }), 400],
    ["a name with the purpose in it", (own) => ({ runner: `${own}:one`, token: signed(`session:${own}:one`) }), 400],
    ["no claim id", () => ({ claimId: "" }), 400],
    ["a claim id that is a text of another's", () => ({ claimId: "one two" }), 400],
  ];
  test.each(cases)("%s", async (_, changes, status) => {
    const [own, other] = [await channel.launch(), await channel.launch()];
    await leavesAlone(async () => {
      expect((await channel.claim(own, changes(own, other))).status).toBe(status);
    });
    expect((await channel.claim(own)).status).toBe(200);
  });

  test("a prototype from the wire is no prototype", async () => {
    const own = await channel.launch();
    const fields = JSON.stringify({ runner: own, token: tokenOf(own), claimId: "one" });
    await leavesAlone(async () => {
      expect((await channel.send("/host/claim", `{"__proto__":${fields}}`)).status).toBe(400);
      expect((await channel.send("/host/claim", `[${fields}]`)).status).toBe(400);
    });
  });

  test("whether there is such a runner is not told to those without a token", async () => {
    const own = await channel.launch();
    const wrong = { token: "0".repeat(64) };
    expect(await channel.claim("mayfly-9-1", wrong)).toEqual(await channel.claim(own, wrong));
    expect(await channel.event("mayfly-9-1", "0", "listening")).toEqual(await channel.event(own, "0", "listening"));
  });
});

function signed(text: string): string {
  return createHmac("sha256", "host key").update(text).digest("hex");
}

describe("a right token at the wrong time", () => {
  test("after the time to claim: 410, for ever", async () => {
    const own = await channel.launch();
    channel.world.clock.advance(91);
    await leavesAlone(async () => {
      expect((await channel.claim(own)).status).toBe(410);
    });
  });

  test("after the record has ended: 410, and nothing is minted", async () => {
    const own = await channel.launch();
    await channel.session(own);
    await channel.world.run(200);
    expect((await channel.records())[own]?.state).toBe("ended");
    await leavesAlone(async () => {
      expect((await channel.claim(own)).status).toBe(410);
      expect((await channel.claim(own, { claimId: "two" })).status).toBe(410);
    });
  });

  test("used again by another process: 409, whatever its runner does", async () => {
    const own = await channel.launch();
    const session = await channel.session(own);
    await leavesAlone(async () => {
      expect((await channel.claim(own, { claimId: "two" })).status).toBe(409);
    });
    await channel.event(own, session, "listening");
    await leavesAlone(async () => {
      expect((await channel.claim(own, { claimId: "two" })).status).toBe(409);
      expect((await channel.claim(own)).status).toBe(409);
    });
  });
});

describe("an event speaks for its own runner only", () => {
  test.each(["booted", "listening", "job-started", "notice", "ended"])("%s", async (type) => {
    const [own, other, unclaimed] = [await channel.launch(), await channel.launch(), await channel.launch()];
    const session = await channel.session(own);
    const otherSession = await channel.session(other);
    const facts = { cause: "x", outcome: "crashed", logGroup: "/g", logStream: "s", exitCode: 1 };
    await leavesAlone(async () => {
      for (const [runner, proof] of [
        [own, otherSession],
        [unclaimed, session],
        [own, "0".repeat(64)],
        [own, tokenOf(own)],
        [own, session.toUpperCase()],
        [unclaimed, signed(`session:${unclaimed}:`)],
        [unclaimed, signed(`session:${unclaimed}:undefined`)],
        ["mayfly-9-1", signed("session:mayfly-9-1:one")],
      ]) {
        expect([runner, proof, (await channel.event(runner ?? "", proof, type, facts)).status]).toEqual([
          runner,
          proof,
          401,
        ]);
      }
    });
    const before = await channel.records();
    expect((await channel.event(own, session, type, facts)).status).toBe(204);
    const { [own]: changed, ...rest } = await channel.records();
    const { [own]: was, ...restBefore } = before;
    expect(rest).toEqual(restBefore);
    if (type !== "job-started") expect(changed).not.toEqual(was);
  });

  test("with a claim the claim's token is worth nothing any more; before it, it may only tell the end", async () => {
    const [own, other] = [await channel.launch(), await channel.launch()];
    const withToken = async (runner: string, type: string, token = tokenOf(runner)): Promise<number> =>
      (await channel.event(runner, undefined, type, { token })).status;
    await channel.session(own);
    await leavesAlone(async () => {
      expect(await withToken(own, "ended")).toBe(401);
      expect(await withToken(other, "ended", tokenOf(own))).toBe(401);
      for (const type of ["booted", "listening", "notice", "job-started"]) {
        expect([type, await withToken(other, type)]).toEqual([type, 401]);
      }
    });
    expect(await withToken(other, "ended")).toBe(204);
  });

  test("the session of an earlier runner of the same job is not the session of the next one", async () => {
    const first = await channel.launch();
    const session = await channel.session(first);
    await channel.event(first, session, "ended", { outcome: "crashed" });
    await channel.world.run(60);
    const second = first.replace(/-1$/, "-2");
    const before = await channel.world.store.runners.read(second);
    expect(before).toBeDefined();
    expect((await channel.event(second, session, "ended")).status).toBe(401);
    expect(await channel.world.store.runners.read(second)).toEqual(before);
  });

  test("a runner that has ended hears so, and nothing of it changes but its host's last word, once", async () => {
    const own = await channel.launch();
    const session = await channel.session(own);
    await channel.world.run(200);
    const before = (await channel.records())[own];
    expect(before?.state).toBe("ended");
    for (const type of ["booted", "listening", "notice", "job-started"]) {
      expect((await channel.event(own, session, type, { cause: "x", logGroup: "/g" })).status).toBe(410);
    }
    expect((await channel.records())[own]).toEqual(before);
    expect((await channel.event(own, session, "ended", { cause: "first" })).status).toBe(204);
    expect((await channel.event(own, session, "ended", { cause: "second" })).status).toBe(204);
    const { hostEndedAtMs, version, cause, ...rest } = (await channel.records())[own] ?? {};
    expect([typeof hostEndedAtMs, version, cause]).toEqual(["number", (before?.version ?? 0) + 1, "first"]);
    expect({ ...before, ...rest }).toEqual(before);
  });

  test("what it may say is short, of the right type and harmless, or it is not kept", async () => {
    const own = await channel.launch();
    const session = await channel.session(own);
    await channel.event(own, session, "booted", { logGroup: "/x'; touch /tmp/x; '", logStream: "a\nb" });
    await channel.event(own, session, "ended", {
      exitCode: "1; true",
      outcome: "IDLE\n",
      peakMemoryMb: -1,
      cause: `${"c".repeat(299)}\ud83d\ude00`,
      jobId: 7,
      machineId: "i-1",
      state: "ended",
    });
    expect((await channel.records())[own]).toMatchObject({
      logGroup: undefined,
      logStream: undefined,
      exitCode: undefined,
      outcome: undefined,
      peakMemoryMb: undefined,
      cause: `${"c".repeat(299)}\ufffd`,
      jobId: undefined,
      machineId: undefined,
    });
  });
});

describe("an instance", () => {
  test("claims with its own identity only", async () => {
    const { world } = channel;
    world.ec2.bootSeconds = 1000;
    const [own, other] = [await channel.launch("mayfly/ec2"), await channel.launch("mayfly/ec2")];
    const identity = { document: world.ec2.machines[0]?.instanceId, signature: "genuine" };
    await leavesAlone(async () => {
      expect((await channel.claim(own)).status).toBe(401);
      expect((await channel.claim(own, { identity: { ...identity, signature: "forged" } })).status).toBe(401);
      expect((await channel.claim(own, { identity: { ...identity, document: "i-1" } })).status).toBe(401);
      expect((await channel.claim(own, { identity: { ...identity, document: "x".repeat(9000) } })).status).toBe(401);
      expect((await channel.claim(other, { identity })).status).toBe(401);
    });
    expect((await channel.claim(own, { identity })).status).toBe(200);
  });
});

describe("a flood of wrong claims", () => {
  test("reads no record and asks nobody, and the right one comes through", async () => {
    const own = await channel.launch();
    const { store, github, logged } = channel.world;
    const reads = [
      jest.spyOn(store.runners, "read"),
      jest.spyOn(store.jobs, "read"),
      jest.spyOn(store.runners, "list"),
    ];
    const [calls, lines] = [{ ...github.faults.calls }, logged.length];
    for (let round = 0; round < 20; round += 1) {
      const wrong = Array.from({ length: 25 }, (_, at) => ({ token: signed(`${round}-${at}`), claimId: `c${at}` }));
      const answers = await Promise.all(wrong.map(async (changes) => await channel.claim(own, changes)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    }
    expect(reads.map((spy) => spy.mock.calls)).toEqual([[], [], []]);
    expect([github.faults.calls, logged.length]).toEqual([calls, lines]);
    expect((await channel.claim(own)).status).toBe(200);
  });

  test("nor does one of forged events", async () => {
    const own = await channel.launch();
    expect((await channel.claim(own)).status).toBe(200);
    const { store, github } = channel.world;
    const reads = jest.spyOn(store.runners, "read");
    const calls = { ...github.faults.calls };
    for (const session of [
      "one",
      `one.${"0".repeat(64)}`,
      `.${signed(`session:${own}:one`)}`,
      signed(`session:${own}:one`),
    ]) {
      const event = JSON.stringify({ runner: own, session, type: "ended", outcome: "idle" });
      expect((await channel.send("/host/event", event)).status).toBe(401);
    }
    const token = JSON.stringify({ runner: own, token: signed(`claim:${own}:`), type: "ended" });
    expect((await channel.send("/host/event", token)).status).toBe(401);
    expect([reads.mock.calls, github.faults.calls]).toEqual([[], calls]);
  });

  test("costs one signature of a name each, whatever the token is", async () => {
    const real = hmacSigner(Buffer.alloc(32, 7));
    const texts: string[] = [];
    // without a store, a clock or GitHub: nothing else is touched
    const core = {
      signer: { ...real, sign: (text: string) => (texts.push(text), real.sign(text)) },
    } as unknown as Core;
    const tokens = ["", "0", "0".repeat(64), "ü".repeat(64), real.sign("session:mayfly-1-1:one")];
    for (const token of tokens) {
      expect(await claimOf(core, { runner: "mayfly-1-1", token, claimId: "one" })).toEqual({ status: 401 });
    }
    expect(texts).toEqual(tokens.map(() => "claim:mayfly-1-1"));
  });
});
