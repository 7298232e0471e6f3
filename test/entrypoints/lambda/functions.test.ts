import { describe, expect, test } from "@jest/globals";
import type { HostAnswer } from "../../../src/core/pipeline/claim.ts";
import type { Log } from "../../../src/core/ports.ts";
import { remade } from "../../../src/entrypoints/compose/aws/remade.ts";
import { hostFunction } from "../../../src/entrypoints/lambda/host-function.ts";
import { measuredHandler } from "../../../src/entrypoints/lambda/measured-handler.ts";
import { scheduleFunction } from "../../../src/entrypoints/lambda/schedule-function.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";
import { gatewayEvents } from "./gateway-events.ts";

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const json = { "content-type": "application/json" };

describe("the host function", () => {
  const answering = (answer: HostAnswer) => ({
    asked: [] as unknown[],
    async onHost(path: string, body: unknown) {
      this.asked.push([path, body]);
      return answer;
    },
  });

  test("both formats, text and base64, reach the core as one request; the answer is the core's", async () => {
    const app = answering({ status: 503, retryAfterSeconds: 7, body: { a: 1 } });
    const handler = hostFunction(async () => app, silent);
    const events = gatewayEvents({ path: "/host/claim", headers: json, body: '{"runner":"ä"}' });
    for (const event of Object.values(events)) {
      expect(await handler(event)).toEqual({
        statusCode: 503,
        headers: { "retry-after": "7", "content-type": "application/json", "cache-control": "no-store" },
        body: '{"a":1}',
      });
    }
    expect(app.asked).toEqual(Object.keys(events).map(() => ["/host/claim", { runner: "ä" }]));
  });

  test.each([
    ["GET", "/host/claim", json, "", 405],
    ["POST", "/host/other", json, "{}", 404],
    ["POST", "/host/event", json, "{", 400],
    ["POST", "/host/event", { "content-type": "text/plain" }, "{}", 400],
    ["POST", "/host/event", json, JSON.stringify("x".repeat(33 * 1024)), 400],
  ])("%s %s %j: never the core's affair", async (method, path, headers, body, statusCode) => {
    const app = answering({ status: 200 });
    const handler = hostFunction(async () => app, silent);
    for (const event of Object.values(gatewayEvents({ method, path, headers, body }))) {
      expect(await handler(event)).toMatchObject({ statusCode });
    }
    expect(app.asked).toEqual([]);
    expect(await handler({})).toMatchObject({ statusCode: 400 });
  });

  test("without the App's secrets machines are told to ask again", async () => {
    const handler = hostFunction(async () => await Promise.reject(new Error("no secret")), silent);
    const [event] = Object.values(gatewayEvents({ path: "/host/claim", headers: json, body: "{}" }));
    expect(await handler(event)).toEqual({ statusCode: 503, headers: { "retry-after": "5" }, body: "" });
  });
});

describe("the schedule function", () => {
  test("one pass in the request's name, and the age of the image in days", async () => {
    const clock = virtualClock();
    const measured: unknown[] = [];
    const owners: string[] = [];
    const app = {
      async onSchedule(owner: string) {
        owners.push(owner);
        return {
          held: true,
          woken: 0,
          pools: 0,
          reaped: 0,
          reports: 0,
          failedDeliveries: 0,
          swept: 0,
          strayMachines: 0,
        };
      },
    };
    const metrics = { record: (...one: unknown[]) => void measured.push(one) };
    const imageBuiltAtMs = clock.nowMs() - 26.5 * 86_400_000;
    await scheduleFunction(async () => app, { clock, log: silent, metrics, imageBuiltAtMs })({}, { awsRequestId: "r" });
    await scheduleFunction(async () => app, { clock, log: silent, metrics, imageBuiltAtMs: undefined })(
      {},
      { awsRequestId: "s" },
    );
    expect(owners).toEqual(["r", "s"]);
    expect(measured).toEqual([["ImageAge", 26.5, {}]]);
  });

  test("a pass that failed is an error of the function", async () => {
    const options = {
      clock: virtualClock(),
      log: silent,
      metrics: { record: () => undefined },
      imageBuiltAtMs: undefined,
    };
    const failing = scheduleFunction(async () => await Promise.reject(new Error("no table")), options);
    await expect(failing({}, { awsRequestId: "r" })).rejects.toThrow("no table");
  });
});

describe("what is made of secrets", () => {
  test("is made once, anew when they change, and again after a failure", async () => {
    let secrets: { readonly key: string } | undefined;
    let made = 0;
    const open = remade(
      async () => secrets ?? (await Promise.reject(new Error("none yet"))),
      ({ key }) => {
        made += 1;
        return key;
      },
    );
    await expect(open()).rejects.toThrow("none yet");
    secrets = { key: "a" };
    expect([await open(), await open(), made]).toEqual(["a", "a", 1]);
    secrets = { key: "b" };
    expect([await open(), made]).toEqual(["b", 2]);
  });
});

test("what was measured is written before the answer, and when there is none", async () => {
  const order: string[] = [];
  const metrics = { flush: () => void order.push("flush") };
  const good = measuredHandler(metrics, async (text: string) => {
    order.push(text);
    return 1;
  });
  expect(await good("work")).toBe(1);
  const bad = measuredHandler(metrics, async () => await Promise.reject(new Error("broken")));
  await expect(bad()).rejects.toThrow("broken");
  expect(order).toEqual(["work", "flush", "flush"]);
});
