import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { processTable } from "../../../runner-image/supervisor/process-table.ts";
import { commandLine, processesWith } from "../../helpers/processes.ts";
import { machineIsolation } from "../../../src/sandbox/machine/machine-isolation.ts";
import type { MachineIsolation } from "../../../src/sandbox/machine/machine-isolation.ts";
import { startRig, type Rig } from "./rig.ts";
import { until } from "../../helpers/until.ts";

const found = await machineIsolation();
const fallback: MachineIsolation = { kind: "processes", reason: "asked for by a test" };
const checkout = fileURLToPath(new URL("../../..", import.meta.url));

const ways = found.kind === "namespaces" ? [found, fallback] : [fallback];

describe.each(ways)("environments by $kind", (isolation) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ isolation, idleEnvironmentMs: 250 });
  });
  afterAll(async () => {
    await rig.close();
  });

  const environmentsOf = (tenant: string): ReturnType<Rig["aws"]["environments"]> =>
    rig.aws.environments().filter((environment) => environment.tenant === tenant);

  test("the event comes with Lambda's headers and variables, the output goes to the environment's stream", async () => {
    await rig.invoke("headers", [["headers"], ["environment"]]);
    await rig.seen("invocation-answered", "headers");
    const lines = await rig.log("headers");
    const read = (name: string): Record<string, string> =>
      JSON.parse(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length) ?? "{}") as Record<
        string,
        string
      >;
    expect(read("headers")).toMatchObject({
      "lambda-runtime-aws-tenant-id": "headers",
      "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-central-1:123456789012:function:tenants",
    });
    const leftMs = Number(read("headers")["lambda-runtime-deadline-ms"]) - Date.now();
    expect(leftMs).toBeGreaterThan(10_000);
    expect(leftMs).toBeLessThanOrEqual(20_000);
    const [environment] = environmentsOf("headers");
    expect(environment?.logStream).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
    expect(read("environment")).toMatchObject({
      AWS_LAMBDA_FUNCTION_NAME: "tenants",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "3008",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/tenants",
      AWS_LAMBDA_LOG_STREAM_NAME: environment?.logStream,
      AWS_REGION: "eu-central-1",
      OWN: "variable",
      MAYFLY_PROCESS_SCOPE: isolation.kind === "namespaces" ? "machine" : "marked",
    });
    expect(read("environment")["AWS_SECRET_ACCESS_KEY"]).toBeTruthy();
    expect(read("environment")["HOME"]).toBeUndefined();
    expect(lines[0]).toMatch(/^START RequestId: [\w-]+ Version: \$LATEST$/);
    expect(lines.at(-2)).toMatch(/^END RequestId: /);
    expect(lines.at(-1)).toMatch(/^REPORT RequestId: .*\tMemory Size: 3008 MB$/);
  });

  test("a second event of the tenant finds the same environment, another tenant never does", async () => {
    const patient = await startRig({ isolation, idleEnvironmentMs: 20_000 });
    const countOf = (name: string): number => patient.aws.environments().filter(({ tenant }) => tenant === name).length;
    await patient.invoke("one", [["say", "first"]]);
    await until(() => patient.aws.environments()[0]?.state === "frozen");
    await patient.invoke("other", []);
    await patient.invoke("one", [["say", "second"]]);
    await patient.seen("invocation-answered", "one", 2);
    await patient.seen("invocation-answered", "other");
    expect([countOf("one"), countOf("other")]).toEqual([1, 1]);
    expect(await patient.log("one")).toEqual(expect.arrayContaining(["first", "second"]));
    await patient.close();
  });

  test("two events of a tenant at once are two environments but one launch", async () => {
    const before = rig.aws.launches();
    await Promise.all([rig.invoke("busy", [["sleep", 100]]), rig.invoke("busy", [["sleep", 100]])]);
    await rig.seen("invocation-answered", "busy", 2);
    expect(environmentsOf("busy")).toHaveLength(2);
    expect(rig.aws.launches()).toBe(before + 1);
  });

  test("between events it stands still, and after a while without any it ends", async () => {
    const name = `frozen-${isolation.kind}-${process.pid}`;
    await rig.invoke("still", [
      ["leave", name],
      ["sleep", 50],
    ]);
    await until(() => environmentsOf("still")[0]?.state === "frozen");
    await until(() => processTable().some(({ pid, stopped }) => stopped && commandLine(pid).startsWith(`${name}\0`)));
    await rig.seen("environment-ended", "still");
    expect(processesWith(`${name}\0`)).toEqual([]);
    expect(environmentsOf("still")[0]?.state).toBe("ended");
  });

  test("what takes too long is ended with everything that it left in sessions of their own", async () => {
    const name = `late-${isolation.kind}-${process.pid}`;
    await rig.invoke(
      "late",
      [
        ["leave", name],
        ["say", "waits"],
        ["sleep", 30_000],
      ],
      { FunctionName: "slow" },
    );
    await rig.seen("invocation-timed-out", "late");
    await rig.seen("environment-ended", "late");
    expect(processesWith(`${name}\0`)).toEqual([]);
    const lines = await rig.log("late");
    expect(lines.find((line) => line.includes("Task timed out after 0.40 seconds"))).toBeDefined();
    expect(lines.at(-1)).toContain("Status: timeout");
    // the next event of the tenant gets a new one
    await rig.invoke("late", [["say", "quick"]], { FunctionName: "slow" });
    await rig.seen("invocation-answered", "late");
    expect(environmentsOf("late")).toHaveLength(2);
  });

  test.each([
    ["exit", 3, "exit status 3"],
    ["exit", 0, "exit status 0"],
    ["kill", "SIGKILL", isolation.kind === "namespaces" ? "exit status 137" : "signal: SIGKILL"],
  ])("a function that ends before its answer (%s %s) is an ExitError, and not tried again", async (act, value, how) => {
    const tenant = `dies-${act}-${value}`;
    await rig.invoke(tenant, [[act, value]]);
    expect((await rig.seen("invocation-failed", tenant)).reason).toContain(how);
    await rig.seen("environment-ended", tenant);
    expect(await rig.log(tenant)).toContain("Runtime.ExitError");
    expect(environmentsOf(tenant)).toHaveLength(1);
  });

  test("an error that the function reports is written down, and the environment lives on", async () => {
    await rig.invoke("fails", [["fail", "no good"]]);
    expect((await rig.seen("invocation-failed", "fails")).reason).toBe("Function.Failed: no good");
    await until(() => environmentsOf("fails")[0]?.state === "frozen");
    expect((await rig.log("fails")).some((line) => line.endsWith("Function.Failed: no good"))).toBe(true);
  });

  test("the Runtime API keeps its order: no next before the answer, no answer twice", async () => {
    await rig.invoke("order", [["next"]], { Payload: Buffer.from('{"do":[["next"]],"twice":true}') });
    await rig.seen("invocation-answered", "order");
    await rig.seen("environment-ended", "order");
    expect(await rig.log("order")).toEqual(expect.arrayContaining(["next answers 403", "again 400"]));
  });

  test("when all have ended nothing is left but the logs", async () => {
    await until(() => rig.aws.idle());
    expect(rig.aws.machinesLeft()).toBe(0);
    expect(await readdir(join(rig.folder, "data", "environments"))).toEqual([]);
  });
});

describe("reserved concurrency", () => {
  test("events wait for their turn in the order in which they came, or grow too old", async () => {
    const rig = await startRig({ maxEventAgeMs: 1_500 });
    const first = { FunctionName: "narrow" };
    await rig.invoke("n1", [["sleep", 150]], first);
    await rig.invoke("n2", [["sleep", 5_000]], first);
    await rig.invoke("n3", [], first);
    await rig.seen("invocation-started", "n2");
    await rig.seen("dropped", "n3");
    const order = rig.events.map(({ type, tenant }) => `${tenant} ${type}`);
    expect(order.indexOf("n1 invocation-answered")).toBeLessThan(order.indexOf("n2 invocation-started"));
    expect(rig.aws.environments().some(({ tenant }) => tenant === "n3")).toBe(false);
    expect(rig.aws.idle()).toBe(false);
    await rig.close();
    expect(rig.aws.machinesLeft()).toBe(0);
  });

  test("none at all drops every event", async () => {
    const rig = await startRig();
    await rig.invoke("shut", [], { FunctionName: "closed" });
    await rig.seen("dropped", "shut");
    expect(rig.aws.environments()).toEqual([]);
    await rig.close();
  });
});

describe("close", () => {
  test.each(ways)("ends what works, what is frozen and what is starting, by $kind", async (isolation) => {
    const name = `closed-${isolation.kind}-${process.pid}`;
    const rig = await startRig({ isolation, idleEnvironmentMs: 60_000 });
    await rig.invoke("works", [
      ["leave", name],
      ["say", "on"],
      ["sleep", 30_000],
    ]);
    await rig.invoke("frozen", []);
    await rig.seen("invocation-answered", "frozen");
    await until(() => processesWith(`${name}\0`).length === 1);
    await rig.invoke("starts", []);
    await rig.aws.close();
    await rig.aws.close();
    expect(processesWith(`${name}\0`)).toEqual([]);
    expect(rig.aws.machinesLeft()).toBe(0);
    expect(existsSync(join(rig.folder, "data", "environments"))).toBe(false);
    await rig.close();
  });

  test("many more than there are processors all run", async () => {
    const rig = await startRig();
    const tenants = Array.from({ length: 12 }, (_, index) => `many-${index}`);
    await Promise.all(tenants.map((tenant) => rig.invoke(tenant, [["say", `I am ${tenant}`]])));
    await until(() => rig.events.filter(({ type }) => type === "invocation-answered").length === 12);
    const logs = await Promise.all(tenants.map((tenant) => rig.log(tenant)));
    expect(logs.map((lines) => lines.filter((line) => line.startsWith("I am")))).toEqual(
      tenants.map((tenant) => [`I am ${tenant}`]),
    );
    expect(rig.aws.launches()).toBe(12);
    await rig.close();
  }, 30_000);
});

// what cannot be had without namespaces is not claimed there: FakeAws.isolation says which it is
(found.kind === "namespaces" ? describe : describe.skip)("an environment by namespaces", () => {
  test("can write to its /tmp and nowhere else, and leaves nothing there", async () => {
    const rig = await startRig();
    const program = join(rig.folder, "function.mjs");
    const places = ["/etc/mayfly-x", join(checkout, "mayfly-x"), "/var/task", program, "/tmp/mine"];
    await rig.invoke(
      "writes",
      places.map((path) => ["write", path]),
    );
    await rig.seen("invocation-answered", "writes");
    const lines = await rig.log("writes");
    const wrote = lines.flatMap((line) => /^wrote (.*)/.exec(line)?.[1] ?? []);
    expect(wrote).toContain("/tmp/mine");
    // its own /tmp may hold the folders above a checkout that lives there: nothing of that is the real one
    expect(wrote.filter((path) => !path.startsWith("/tmp/"))).toEqual([]);
    expect(lines).toContain(`EROFS ${program}`);
    expect(["/tmp/mine", join(checkout, "mayfly-x")].filter((path) => existsSync(path))).toEqual([]);
    expect(readFileSync(program, "utf8")).not.toBe("");
    await rig.close();
  });
});

test("says in words how machines are kept apart", async () => {
  const rig = await startRig({ isolation: fallback });
  expect(rig.aws.isolation).toBe("process groups (namespaces are forbidden here)");
  await rig.close();
});
