import { describe, expect, test } from "@jest/globals";
import { appSecrets } from "../../../src/adapters/secrets/app-secrets.ts";
import type { AppSecretsOptions } from "../../../src/adapters/secrets/app-secrets.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import type { Log } from "../../../src/core/ports.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";
import { fields, hostKey, publicHalf, stored } from "./stored.ts";

const down = new CallError({ service: "secrets", operation: "GetSecretValue", kind: "unavailable", message: "down" });

function rig(more: Partial<AppSecretsOptions> = {}) {
  const clock = virtualClock();
  const logged: string[] = [];
  const note =
    (level: string) =>
    (message: string, facts?: Record<string, unknown>): void =>
      void logged.push(`${level}: ${message} ${JSON.stringify(facts)}`);
  const log: Log = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
  const kept: { text: string | Error; reads: number; gate: Promise<void> | undefined } = {
    text: stored(),
    reads: 0,
    gate: undefined,
  };
  const source = {
    name: "mayfly-prod-app",
    read: async () => {
      kept.reads += 1;
      await kept.gate;
      if (kept.text instanceof Error) throw kept.text;
      return kept.text;
    },
  };
  return { clock, logged, kept, secrets: appSecrets({ source, clock, log, ...more }) };
}

describe("the App's secrets", () => {
  test("are what is stored, ready for use", async () => {
    const { kept, secrets } = rig();
    kept.text = stored({ formerWebhookSecret: "the-one-before" });
    const { privateKey, ...others } = await secrets.read();
    expect(others).toEqual({
      appId: 4711,
      webhookSecrets: [fields.webhookSecret, "the-one-before"],
      hostKey: Buffer.from(hostKey, "hex"),
    });
    expect(publicHalf(privateKey)).toBe(publicHalf(fields.privateKey));
  });

  test("are read again after five minutes, and not before", async () => {
    const { clock, kept, secrets } = rig();
    await secrets.read();
    kept.text = stored({ appId: 4712 });
    clock.advance(299);
    expect([(await secrets.read()).appId, kept.reads]).toEqual([4711, 1]);
    clock.advance(1);
    expect([(await secrets.read()).appId, kept.reads]).toEqual([4712, 2]);
    expect((await secrets.read()).appId).toBe(4712);
    expect(kept.reads).toBe(2);
  });

  test("are read again after another time where that is said", async () => {
    const { clock, kept, secrets } = rig({ freshMs: 10_000 });
    await secrets.read();
    clock.advance(10);
    await secrets.read();
    expect(kept.reads).toBe(2);
  });

  test("many who ask at the same moment share one request, the first one and later ones", async () => {
    const { clock, kept, secrets } = rig();
    const ask = async (): Promise<void> => void (await Promise.all(Array.from({ length: 20 }, () => secrets.read())));
    await ask();
    expect(kept.reads).toBe(1);
    clock.advance(300);
    await ask();
    expect(kept.reads).toBe(2);
  });
});

describe("a failure", () => {
  test("is never kept: those who share it hear of it, the next one asks again", async () => {
    const { kept, logged, secrets } = rig();
    kept.text = down;
    const both = await Promise.allSettled([secrets.read(), secrets.read()]);
    expect(both.map((one) => (one.status === "rejected" ? one.reason : one.status))).toEqual([down, down]);
    expect(kept.reads).toBe(1);
    kept.text = stored();
    expect((await secrets.read()).appId).toBe(4711);
    expect([kept.reads, logged]).toEqual([2, []]);
  });

  test("of what is stored says every field that is wrong, and the secret's name", async () => {
    const { kept, secrets } = rig();
    kept.text = stored({ webhookSecret: "development", hostKey: "4715" });
    const error = (await secrets.read().catch((caught: unknown) => caught)) as CallError;
    expect(error).toBeInstanceOf(CallError);
    expect(error.facts).toMatchObject({ service: "secrets", kind: "invalid" });
    expect(error.message).toMatch(/mayfly-prod-app: webhookSecret is the one that .*; hostKey must be 64 hexadecimal/);
    expect(error.message).not.toMatch(/4715/);
  });

  test.each([
    ["cannot be read", down],
    ["can be read and not used", stored({ privateKey: "gone wrong" })],
  ])(
    "while a good value is held: a secret that %s leaves it in use, is logged once, asked for seldom",
    async (_, broken) => {
      const { clock, kept, logged, secrets } = rig();
      await secrets.read();
      kept.text = broken;
      for (let second = 300; second < 3600; second += 10) {
        clock.advance(second === 300 ? 300 : 10);
        expect((await secrets.read()).appId).toBe(4711);
      }
      expect(kept.reads).toBe(1 + 110);
      expect(logged).toHaveLength(1);
      expect(logged[0]).toMatch(/^error: .*the last good one stays.*mayfly-prod-app.*(down|privateKey)/);
      kept.text = stored({ appId: 4712 });
      clock.advance(30);
      expect((await secrets.read()).appId).toBe(4712);
      expect(logged.slice(1)).toEqual([expect.stringMatching(/^info: .*again/)]);
    },
  );

  test("that lasts an hour is one: nobody goes on with what may have been taken away long since", async () => {
    const { clock, kept, secrets } = rig();
    await secrets.read();
    kept.text = down;
    clock.advance(3599);
    expect((await secrets.read()).appId).toBe(4711);
    clock.advance(1);
    await expect(secrets.read()).rejects.toBe(down);
    await expect(secrets.read()).rejects.toBe(down);
    kept.text = stored({ appId: 4712 });
    expect((await secrets.read()).appId).toBe(4712);
  });

  test("is logged again when it comes again", async () => {
    const { clock, kept, logged, secrets } = rig();
    await secrets.read();
    for (const text of [down, stored(), down]) {
      kept.text = text;
      clock.advance(300);
      await secrets.read();
    }
    expect(logged.map((line) => line.slice(0, 5))).toEqual(["error", "info:", "error"]);
  });
});
