import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ssmPolicy } from "../../../src/adapters/policy/ssm-policy.ts";
import { yamlReader } from "../../../src/adapters/yaml/yaml-reader.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import { withinPolicy } from "../../../src/core/settings.ts";
import type { Settings } from "../../../src/core/settings.ts";
import type { Log, PolicySource } from "../../../src/core/ports.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";
import type { VirtualClock } from "../../helpers/virtual-clock.ts";
import { startRig } from "../../sandbox/aws/secrets/rig.ts";
import type { Rig } from "../../sandbox/aws/secrets/rig.ts";

let aws: Rig;
beforeAll(async () => void (aws = await startRig()));
afterAll(async () => await aws.close());

type Deployed = {
  readonly clock: VirtualClock;
  readonly logged: string[];
  readonly policy: PolicySource;
  readonly parameter: string;
  readonly write: (text: string) => Promise<void>;
  /** Calls of GetParameter since this policy was made. */
  readonly reads: () => number;
};

async function deployed(text?: string): Promise<Deployed> {
  const parameter = aws.name();
  const write = async (Value: string): Promise<void> =>
    void (await aws.ssm.send(new PutParameterCommand({ Name: parameter, Value, Type: "String", Overwrite: true })));
  if (text !== undefined) await write(text);
  const clock = virtualClock();
  const logged: string[] = [];
  const note = (message: string, facts?: Record<string, unknown>): void =>
    void logged.push(`${message} ${JSON.stringify(facts)}`);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const calls = (): number => aws.aws.calls()["ssm.GetParameter"] ?? 0;
  const before = calls();
  const policy = ssmPolicy({ client: aws.ssm, parameter, yaml: yamlReader(), clock, log });
  return { clock, logged, policy, parameter, write, reads: () => calls() - before };
}

async function failure(policy: PolicySource): Promise<CallError> {
  const error: unknown = await policy.read().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CallError);
  return error as CallError;
}

describe("the policy of a deployment", () => {
  test("is read when it is first needed, by those who need it at the same time together", async () => {
    const { policy, reads } = await deployed("fork-pull-requests: allow\n");
    expect(reads()).toBe(0);
    const all = await Promise.all(Array.from({ length: 20 }, () => policy.read()));
    expect([all.every(({ forkPullRequests }) => forkPullRequests === "allow"), reads()]).toEqual([true, 1]);
    await policy.read();
    expect(reads()).toBe(1);
  });

  test("counts a minute after a change, without a deployment", async () => {
    const { clock, policy, write, reads } = await deployed("fork-pull-requests: deny\n");
    await policy.read();
    await write("fork-pull-requests: allow\n");
    clock.advance(59);
    expect((await policy.read()).forkPullRequests).toBe("deny");
    clock.advance(1);
    expect([(await policy.read()).forkPullRequests, reads()]).toEqual(["allow", 2]);
  });

  test("that was good stays in force while it is broken or cannot be read, and the log says why", async () => {
    const { clock, logged, policy, write, parameter } = await deployed("fork-pull-requests: approve\n");
    await policy.read();
    await write("fork-pull-requests: maybe\n");
    clock.advance(60);
    expect((await policy.read()).forkPullRequests).toBe("approve");
    aws.breakNext("ssm", "GetParameter", "ThrottlingException");
    clock.advance(60);
    expect((await policy.read()).forkPullRequests).toBe("approve");
    expect(logged).toEqual([
      expect.stringContaining(`${parameter}:1:21: `),
      expect.stringContaining("ThrottlingException"),
    ]);
  });
});

describe("a policy that has never been good", () => {
  test("is an error with every problem, for each who asks, until it is mended", async () => {
    const { policy, write, parameter, reads } = await deployed("fork-pull-requests: maybe\nregoins: []\n");
    const { facts } = await failure(policy);
    expect(facts).toMatchObject({ service: "policy", kind: "invalid" });
    expect(facts.message).toMatch(new RegExp(`${parameter}:1:21: .*\n${parameter}:2:1: .*regions`));
    await failure(policy);
    expect(reads()).toBe(2);
    await write("fork-pull-requests: deny\n");
    expect((await policy.read()).forkPullRequests).toBe("deny");
  });

  test("those who ask together share the failed reading", async () => {
    const { policy, reads } = await deployed();
    const all = await Promise.allSettled([policy.read(), policy.read(), policy.read()]);
    expect([all.map(({ status }) => status), reads()]).toEqual([["rejected", "rejected", "rejected"], 1]);
  });

  test.each([
    ["is not there", "not-found", /no parameter \S+ with the policy: deploy again/, undefined],
    ["may not be read", "forbidden", /AccessDeniedException/, "AccessDeniedException"],
    ["comes without an answer", "lost-reply", /the policy's parameter/, "lost-reply"],
  ] as const)("that %s is a %s, and not for ever", async (_, kind, message, fault) => {
    const { policy, write } = await deployed(fault === undefined ? undefined : "{}");
    if (fault !== undefined) aws.breakNext("ssm", "GetParameter", fault);
    const { facts } = await failure(policy);
    expect(facts).toMatchObject({ service: "policy", kind, message: expect.stringMatching(message) });
    await write("{}");
    expect((await policy.read()).forkPullRequests).toBe("deny");
  });
});

test.each([
  ["no installations", "{}\n", []],
  ["none of them", "installations: []\n", []],
  ["one", "installations: [7]\n", [7]],
])("with %s in it and none in the deployment's settings, only those are served", async (_, text, served) => {
  const { policy } = await deployed(text);
  const settings = { installations: [], caps: { total: undefined, executions: {}, repository: undefined } };
  expect(withinPolicy(settings as unknown as Settings, await policy.read()).installations).toEqual(served);
});
