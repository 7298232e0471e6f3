import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { awsFaults } from "../../../src/sandbox/aws/faults.ts";
import { credentials, startRig, type Rig } from "./rig.ts";
import { until } from "../../helpers/until.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ idleEnvironmentMs: 10_000 });
});
afterAll(async () => {
  await rig.close();
});

type Seen = { name: string; message: string; status: number | undefined; fields: Record<string, unknown> };

/** What the SDK makes of the answer. */
async function errorOf(call: Promise<unknown>): Promise<Seen> {
  const error = await call.then(
    () => {
      throw new Error("no error at all");
    },
    (caught: unknown) => caught as Error,
  );
  const fields = Object.fromEntries(Object.entries(error));
  const metadata = fields["$metadata"] as { httpStatusCode?: number } | undefined;
  return { name: error.name, message: error.message, status: metadata?.httpStatusCode, fields };
}

describe("Invoke as the SDK sees it", () => {
  test("an event is accepted with 202 before anything ran, and runs", async () => {
    const { StatusCode, FunctionError } = await rig.invoke("accepted", [["say", "here I am"]]);
    expect([StatusCode, FunctionError]).toEqual([202, undefined]);
    await rig.seen("invocation-answered", "accepted");
    expect(await rig.log("accepted")).toContain("here I am");
  });

  test("a dry run is 204 and starts nothing", async () => {
    const { StatusCode } = await rig.invoke("dry", [], { InvocationType: "DryRun" });
    expect(StatusCode).toBe(204);
    expect(rig.events.filter((event) => event.tenant === "dry")).toEqual([]);
  });

  test.each([
    ["a synchronous call", { InvocationType: "RequestResponse" as const }, "InvalidParameterValueException", 400],
    ["a missing tenant", { TenantId: undefined }, "InvalidParameterValueException", 400],
    ["a tenant that is not expected", { FunctionName: "plain" }, "InvalidParameterValueException", 400],
    ["a tenant with a forbidden sign", { TenantId: "a#b" }, "InvalidParameterValueException", 400],
    ["an unknown function", { FunctionName: "nobody" }, "ResourceNotFoundException", 404],
    ["an unknown version", { Qualifier: "7" }, "ResourceNotFoundException", 404],
    ["a payload that is no JSON", { Payload: Buffer.from("{") }, "InvalidRequestContentException", 400],
    ["1 MiB and a byte", { Payload: Buffer.from(`"${"x".repeat(1024 * 1024 - 1)}"`) }, "RequestTooLargeException", 413],
  ])("%s is refused and starts nothing", async (_, more, name, status) => {
    const before = rig.aws.environments().length;
    expect(await errorOf(rig.invoke("refused", [], more))).toMatchObject({ name, status });
    expect(rig.aws.environments()).toHaveLength(before);
  });

  test("1 MiB is not too much, and an ARN is a name too", async () => {
    const FunctionName = "arn:aws:lambda:eu-central-1:123456789012:function:tenants";
    const Payload = Buffer.from(JSON.stringify({ pad: "x".repeat(1024 * 1024 - 10) }));
    expect(Payload).toHaveLength(1024 * 1024);
    expect((await rig.invoke("large", [], { FunctionName, Payload })).StatusCode).toBe(202);
    await rig.seen("invocation-answered", "large");
  });

  test("wants a signature for its region", async () => {
    const url = `${rig.aws.url}/2015-03-31/functions/tenants/invocations`;
    const unsigned = await fetch(url, { method: "POST", body: "{}", headers: { "x-amz-tenant-id": "unsigned" } });
    expect([unsigned.status, unsigned.headers.get("x-amzn-errortype")]).toEqual([
      403,
      "MissingAuthenticationTokenException",
    ]);
    const elsewhere = new LambdaClient({ region: "us-east-1", endpoint: rig.aws.url, maxAttempts: 1, credentials });
    const call = elsewhere.send(new InvokeCommand({ FunctionName: "tenants", TenantId: "elsewhere" }));
    expect(await errorOf(call)).toMatchObject({ name: "InvalidSignatureException", status: 403 });
    elsewhere.destroy();
  });

  test("everything else is not in the sandbox", async () => {
    const answer = await fetch(`${rig.aws.url}/2015-03-31/functions`);
    expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([404, "UnknownOperationException"]);
  });
});

describe("faults of Invoke", () => {
  test("a lost reply: the event runs, the caller hears nothing", async () => {
    rig.breakNext("lambda", "Invoke", "lost-reply");
    const { status } = await errorOf(rig.invoke("lost", [["say", "ran"]]));
    expect(status).toBeUndefined();
    await rig.seen("invocation-answered", "lost");
  });

  test("a dropped event is accepted and never runs", async () => {
    rig.breakNext("lambda", "Invoke", "drop");
    expect((await rig.invoke("vanished", [])).StatusCode).toBe(202);
    await rig.seen("dropped", "vanished");
    // a later event of the same tenant has run: the first one would have by now
    await rig.invoke("vanished", []);
    await rig.seen("invocation-answered", "vanished");
    expect(
      rig.events.filter(({ type, tenant }) => type === "invocation-started" && tenant === "vanished"),
    ).toHaveLength(1);
  });

  test("a duplicate runs in two environments of its tenant, with the same request id", async () => {
    rig.breakNext("lambda", "Invoke", "duplicate");
    await rig.invoke("twin", [["sleep", 100]]);
    await rig.seen("invocation-answered", "twin", 2);
    const ids = rig.events.filter(({ type, tenant }) => type === "invocation-started" && tenant === "twin");
    expect(new Set(ids.map(({ requestId }) => requestId)).size).toBe(1);
    const twins = (): string[] =>
      rig.aws.environments().flatMap(({ tenant, state }) => (tenant === "twin" ? [state] : []));
    expect(twins()).toHaveLength(2);
    // the copy gets a new one even where two that it could have are at rest
    await until(() => twins().every((state) => state === "frozen"));
    rig.breakNext("lambda", "Invoke", "duplicate");
    await rig.invoke("twin", []);
    await rig.seen("invocation-answered", "twin", 4);
    expect(twins()).toHaveLength(3);
  });

  test.each(awsFaults.lambda.Invoke.codes)("%s is what the SDK throws, and nothing starts", async (code) => {
    rig.breakNext("lambda", "Invoke", code);
    expect(await errorOf(rig.invoke(`fault-${code}`, []))).toMatchObject({ name: code });
    expect(rig.aws.environments().filter(({ tenant }) => tenant === `fault-${code}`)).toEqual([]);
  });

  test("a throttle says why and when to come back; a bare status is that status", async () => {
    rig.breakNext("lambda", "Invoke", "TooManyRequestsException");
    const { status, fields } = await errorOf(rig.invoke("throttled", []));
    expect(status).toBe(429);
    expect(fields).toMatchObject({
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      retryAfterSeconds: "1",
    });
    rig.breakNext("lambda", "Invoke", "503");
    expect((await errorOf(rig.invoke("bare", []))).status).toBe(503);
  });

  test("every call is counted, refused ones too", async () => {
    const before = rig.aws.calls()["lambda.Invoke"] ?? 0;
    rig.breakNext("lambda", "Invoke", "ServiceException");
    await errorOf(rig.invoke("counted", []));
    await rig.invoke("counted", []);
    expect(rig.aws.calls()["lambda.Invoke"]).toBe(before + 2);
  });
});
