import { afterEach, describe, expect, test } from "@jest/globals";

import { jobActions, startRig, until, type Rig } from "./rig.ts";

const FILES = {
  ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs-on: mayfly\n    steps: [{run: 'true'}]\n",
};
let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

async function settled(): Promise<void> {
  await until("deliveries", () => rig.github.idle() && rig.github.deliveries().length > 0);
}

describe("a failed delivery", () => {
  test("dropped: recorded with its payload, not sent by itself, sent again on demand under the same guid", async () => {
    rig = await startRig({ faults: ["github.webhook:drop:1"] });
    await rig.push(FILES);
    await settled();
    expect(jobActions(rig)).toEqual([]);

    const list = await rig.call("GET", "/app/hook/deliveries?status=failure", await rig.jwt());
    // ids as GitHub writes them: plain integers that a double cannot hold
    const [id] = /"id":(\d+)/.exec(list.text)?.slice(1) ?? [];
    expect(BigInt(id ?? "0")).toBeGreaterThan(2n ** 53n);
    expect(Number(id)).not.toBe(0);
    expect(String(Number(id))).not.toBe(id);
    expect(JSON.parse(list.text)).toMatchObject([
      { event: "workflow_job", action: "queued", redelivery: false, installation_id: rig.installationId },
    ]);

    const one = await rig.call("GET", `/app/hook/deliveries/${id}`, await rig.jwt());
    expect(one.json?.request?.payload).toMatchObject({ action: "queued", workflow_job: { name: "a" } });
    const again = await rig.call("POST", `/app/hook/deliveries/${id}/attempts`, await rig.jwt());
    expect(again.status).toBe(202);
    await until("redelivery", () => jobActions(rig).length === 1);
    await settled();
    const ofJob = rig.github.deliveries().filter(({ event }) => event === "workflow_job");
    expect(ofJob.map(({ ok, redelivery }) => [ok, redelivery])).toEqual([
      [false, false],
      [true, true],
    ]);
    expect(ofJob[0]?.guid).toBe(ofJob[1]?.guid);
    expect(ofJob[0]?.id).not.toBe(ofJob[1]?.id);
    expect(rig.received.find(({ event }) => event === "workflow_job")?.guid).toBe(ofJob[0]?.guid);
  });

  test("answered with another status than 2xx", async () => {
    rig = await startRig();
    rig.app.status = 500;
    await rig.push(FILES);
    await settled();
    expect(rig.github.deliveries().map(({ ok, status }) => [ok, status])).toEqual(
      Array.from({ length: 3 }, () => [false, "Invalid HTTP Response: 500"]),
    );
  });

  test("not answered in time", async () => {
    rig = await startRig({ timings: { deliveryTimeoutMs: 60 } });
    rig.app.silent = true;
    await rig.push(FILES);
    await settled();
    expect(rig.github.deliveries().map(({ status }) => status)).toEqual(["timed out", "timed out", "timed out"]);
  });
});

test("`duplicate` posts the same guid twice, `late` posts later", async () => {
  rig = await startRig({ faults: ["github.webhook:duplicate:1", "github.webhook:late:1"] });
  await rig.push(FILES);
  await rig.push(FILES);
  expect(rig.github.idle()).toBe(false);
  await until("three", () => jobActions(rig).length === 3);
  const guids = rig.received.filter(({ event }) => event === "workflow_job").map(({ guid }) => guid);
  expect(guids[0]).toBe(guids[1]);
  expect(guids[2]).not.toBe(guids[0]);
});

test("the list is paged by cursor, newest first, and filtered by status", async () => {
  rig = await startRig({ faults: ["github.webhook:drop:1"] });
  await rig.push(FILES);
  await rig.push(FILES);
  await settled();
  const seen: string[] = [];
  let path: string | undefined = "/app/hook/deliveries?per_page=2";
  while (path !== undefined) {
    const reply = await rig.call("GET", path, await rig.jwt());
    seen.push(...[...reply.text.matchAll(/"id":(\d+),"guid"/g)].map(([, id]) => id ?? ""));
    const next: string | undefined = /<([^>]+)>; rel="next"/.exec(reply.headers.get("link") ?? "")?.[1];
    path = next?.slice(rig.github.url.length);
  }
  expect(seen).toEqual(
    rig.github
      .deliveries()
      .map(({ id }) => id)
      .toReversed(),
  );
  expect(seen).toHaveLength(6);
  const ok = await rig.call("GET", "/app/hook/deliveries?status=success", await rig.jwt());
  expect(JSON.parse(ok.text)).toHaveLength(5);
  expect((await rig.call("GET", "/app/hook/deliveries/1", await rig.jwt())).status).toBe(404);
});
