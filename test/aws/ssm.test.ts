import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, describe, expect, test } from "@jest/globals";
import { ssmPolicy } from "../../src/adapters/policy/ssm-policy.ts";
import { ssmSource } from "../../src/adapters/secrets/ssm-source.ts";
import { ssmVault } from "../../src/adapters/secrets/ssm-vault.ts";
import { yamlReader } from "../../src/adapters/yaml/yaml-reader.ts";
import type { Log, PolicySource } from "../../src/core/ports.ts";
import { virtualClock } from "../helpers/virtual-clock.ts";
import type { VirtualClock } from "../helpers/virtual-clock.ts";
import { account, home, newName, reach } from "./moto.ts";
import { notKept } from "./not-kept.ts";
import { vaultSuite } from "./vault-suite.ts";

const client = new SSMClient(reach());
const clients = [client];
afterAll(() => {
  for (const one of clients) one.destroy();
});

/** A client that does something else right before it writes. */
function interrupted(beforeWrite: () => Promise<void>): SSMClient {
  const other = new SSMClient(reach());
  clients.push(other);
  other.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        if (commandName === "PutParameterCommand") await beforeWrite();
        return await next(call);
      },
    { step: "initialize" },
  );
  return other;
}

/** Parameters are paths here. */
const path = (name = newName()): string => `/mayfly/${name}/app`;

vaultSuite("the Parameter Store", {
  make: async () => {},
  vault: (name, beforeWrite) => ssmVault(beforeWrite ? interrupted(beforeWrite) : client, path(name)),
  source: (name) => ssmSource(client, path(name)),
});

describe("a SecureString", () => {
  test("is kept encrypted, and read decrypted, by name or ARN", async () => {
    const Name = path();
    const vault = ssmVault(client, Name);
    await vault.write("hunter2", await vault.state());
    const { Parameter } = await client.send(new GetParameterCommand({ Name }));
    expect(Parameter?.Type).toBe("SecureString");
    expect(Parameter?.Value).not.toBe("hunter2");
    expect(await ssmSource(client, Name).read()).toBe("hunter2");
    expect(await ssmSource(client, `arn:aws:ssm:${home}:${account}:parameter${Name}`).read()).toBe("hunter2");
  });

  test("keeps its former versions, which are found by their number", async () => {
    const Name = path();
    const vault = ssmVault(client, Name);
    await vault.write("one", await vault.state());
    const { version = "" } = await vault.state();
    await vault.write("two", await vault.state());
    expect([version, (await vault.state()).version]).toEqual(["1", "2"]);
    expect(await ssmSource(client, `${Name}:${version}`).read()).toBe("one");
  });

  test("in place of which there is a plain String is refused, without a word of it", async () => {
    const Name = path();
    await client.send(new PutParameterCommand({ Name, Type: "String", Value: "hunter2" }));
    const message = expect.stringMatching(/is a String in place of a SecureString(?!.*hunter2)/);
    await expect(ssmSource(client, Name).read()).rejects.toMatchObject({ facts: { kind: "invalid", message } });
  });

  test("that a hand has changed is not written over from before that", async () => {
    const Name = path();
    const vault = ssmVault(client, Name);
    await vault.write("one", await vault.state());
    const before = await vault.state();
    await client.send(new PutParameterCommand({ Name, Value: "by hand", Overwrite: true }));
    await expect(vault.write("two", before)).rejects.toMatchObject({ facts: { kind: "conflict" } });
    expect((await vault.state()).text).toBe("by hand");
  });
});

describe("the policy of a deployment", () => {
  type Deployed = {
    readonly Name: string;
    readonly clock: VirtualClock;
    readonly logged: string[];
    readonly policy: PolicySource;
    readonly write: (text: string) => Promise<void>;
  };

  function deployed(): Deployed {
    const Name = path();
    const clock = virtualClock();
    const logged: string[] = [];
    const note = (message: string, facts?: Record<string, unknown>): void =>
      void logged.push(`${message} ${JSON.stringify(facts)}`);
    const log: Log = { debug: note, info: note, warn: note, error: note };
    return {
      Name,
      clock,
      logged,
      policy: ssmPolicy({ client, parameter: Name, yaml: yamlReader(), clock, log }),
      async write(Value) {
        await client.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true }));
      },
    };
  }

  test("is read a minute after a change; a broken one leaves the last good one in force, and is logged", async () => {
    const { clock, logged, policy, write, Name } = deployed();
    await write("fork-pull-requests: deny\n");
    expect((await policy.read()).forkPullRequests).toBe("deny");
    await write("fork-pull-requests: allow\n");
    clock.advance(59);
    expect((await policy.read()).forkPullRequests).toBe("deny");
    clock.advance(1);
    expect((await policy.read()).forkPullRequests).toBe("allow");
    await write("fork-pull-requests: maybe\n");
    clock.advance(60);
    expect((await policy.read()).forkPullRequests).toBe("allow");
    expect(logged).toEqual([expect.stringContaining(`${Name}:1:21: `)]);
  });

  test("that is missing is told by its name, until it is there", async () => {
    const { policy, write, Name } = deployed();
    const message = expect.stringContaining(`no parameter ${Name} with the policy: deploy again`);
    await expect(policy.read()).rejects.toMatchObject({ facts: { service: "policy", kind: "not-found", message } });
    await write("installations: [7]\n");
    expect((await policy.read()).installations).toEqual([7]);
  });

  test("may be as long as an advanced parameter", async () => {
    const { policy, write } = deployed();
    await write(`${"# why\n".repeat(1300)}installations: [7]\n`);
    expect((await policy.read()).installations).toEqual([7]);
  });
});

notKept("the limits of 4 and 8 KB", 9000, async () => {
  const Name = path();
  await client.send(new PutParameterCommand({ Name, Type: "String", Value: "x".repeat(9000) }));
  return (await client.send(new GetParameterCommand({ Name }))).Parameter?.Value?.length;
});
