import { afterEach, expect, test } from "@jest/globals";

import { startRig, until, type Rig } from "./rig.ts";
import { ci, job, runNext, takeNext } from "./workflow-file.ts";

const DAY_MS = 86_400_000;
let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

async function ask(jobId = rig.github.jobs()[0]?.id): Promise<Response> {
  const token = await rig.token({ permissions: { actions: "read" } });
  const headers = { authorization: `token ${token}` };
  const url = `${rig.github.url}/repos/octo/repo/actions/jobs/${jobId}/logs`;
  return await fetch(url, { headers, redirect: "manual" });
}
const where = async (): Promise<string> => (await ask()).headers.get("location") ?? "";

test("a log is where the answer points to, once its job has ended, for whoever has the address", async () => {
  rig = await startRig();
  await rig.push(ci(job("a") + job("b")));
  expect((await ask()).status).toBe(404);
  const taken = await takeNext(rig);
  expect((await ask()).status).toBe(404);
  await taken?.runner.run(taken.message);
  const answer = await ask();
  expect([answer.status, await answer.text()]).toEqual([302, ""]);
  const log = await fetch(await where());
  expect([log.status, await log.text()]).toEqual([200, "hello from a\n"]);
  expect((await ask(1)).status).toBe(404);
});

test("nothing but the address is wanted, and it must be whole and young", async () => {
  rig = await startRig();
  await rig.push(ci(job("a")));
  await runNext(rig);
  const url = await where();
  const status = async (address: string, headers = {}) => (await fetch(address, { headers })).status;
  expect(await status(url, { authorization: "token x" })).toBe(400);
  expect(await status(url.replace(/sig=./, "sig=x"))).toBe(403);
  expect(await status(url.replace(/\/(\d+)\?/, "/1$1?"))).toBe(403);
  expect(await status(url.slice(0, url.indexOf("&sig")))).toBe(403);
  rig.clock.aheadMs = 61_000;
  expect(await status(url)).toBe(403);
});

test("ranges begin at a byte; from the end they are ignored, as by Azure's store", async () => {
  rig = await startRig();
  await rig.push(ci(job("a")));
  await runNext(rig);
  const url = await where();
  const part = async (range: string) => {
    const answer = await fetch(url, { headers: { range } });
    return [answer.status, answer.headers.get("content-range"), await answer.text()];
  };
  expect(await part("bytes=6-9")).toEqual([206, "bytes 6-9/13", "from"]);
  expect(await part("bytes=11-")).toEqual([206, "bytes 11-12/13", "a\n"]);
  expect(await part("bytes=11-99")).toEqual([206, "bytes 11-12/13", "a\n"]);
  expect(await part("bytes=-2")).toEqual([200, null, "hello from a\n"]);
  expect((await part("bytes=13-"))[0]).toBe(416);
});

test("of a job that nobody ended there is none, and after 90 days of no job", async () => {
  rig = await startRig({ timings: { jobLockMs: 200 } });
  const { runs } = await rig.push(ci(job("a")));
  const taken = await takeNext(rig);
  await taken?.runner.post(`/jobs/${taken.message.jobId}/log`, { text: "never finished" });
  await until("lost", () => rig.github.jobs()[0]?.conclusion === "failure");
  const lost = await fetch(await where());
  expect([lost.status, await lost.text()]).toEqual([404, expect.stringContaining("BlobNotFound")]);
  rig.github.rerun(runs[0]?.id ?? 0);
  rig.github.cancelRun(runs[0]?.id ?? 0);
  expect((await fetch(await where())).status).toBe(404);
  rig.clock.aheadMs = 91 * DAY_MS;
  expect((await ask()).status).toBe(410);
});
