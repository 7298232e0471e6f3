import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { MachineProof } from "../../../src/core/ports.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";
import { startEc2Cloud } from "./ec2-cloud.ts";
import type { Ec2Cloud } from "./ec2-cloud.ts";

let cloud: Ec2Cloud;
beforeAll(async () => {
  cloud = await startEc2Cloud();
});
afterAll(async () => {
  await cloud.close();
});

async function claim(world: World, runner: string, identity: MachineProof, claimId: string): Promise<number> {
  // whoever reads the user data of an instance has its token
  const token = createHmac("sha256", "host key").update(`claim:${runner}`).digest("hex");
  return (await world.app.onHost("/host/claim", { runner, token, claimId, identity })).status;
}

test("a claim with a copied token from another real instance gets no JIT config, the right instance does", async () => {
  const world = makeWorld({ ec2: cloud.provider() });
  const jobs = [
    await world.queueJob({ labels: ["mayfly/ec2"] }),
    await world.queueJob({ labels: ["mayfly/ec2"] }),
  ] as const;
  await world.work();
  // The second call's turn comes half a second after the first one's.
  world.clock.advance(1);
  await world.work();
  const runners = jobs.map((job) => `mayfly-${job.id}-1`);
  const records = await Promise.all(runners.map((runner) => world.store.runners.read(runner)));
  const proofs = await Promise.all(records.map((record) => cloud.proofOf(record?.machineId ?? "")));
  const [[mine = "", other = ""], [myProof, otherProof]] = [runners, proofs];
  if (myProof === undefined || otherProof === undefined) throw new Error("no proof");
  expect(await claim(world, mine, otherProof, "copy")).toBe(401);
  expect(await claim(world, mine, { ...myProof, document: otherProof.document }, "mixed")).toBe(401);
  expect(await claim(world, mine, { ...otherProof, document: myProof.document }, "forged")).toBe(401);
  expect(world.github.faults.calls["generate-jitconfig"]).toBeUndefined();
  expect(await claim(world, mine, myProof, "right")).toBe(200);
  expect(await claim(world, other, otherProof, "right")).toBe(200);
  expect(world.github.faults.calls["generate-jitconfig"]).toBe(2);
});
