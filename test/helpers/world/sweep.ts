import type { ServedRepository } from "../../../src/core/model/served-repository.ts";
import type { Message } from "../../../src/core/ports.ts";
import { repository } from "../records.ts";
import type { World } from "./world.ts";

/** Makes a repository one that is served, with a job heard of just now, and due at once. */
export async function serve(
  world: World,
  changes: Partial<ServedRepository> = {},
  of: Partial<typeof repository> = {},
): Promise<void> {
  const nowMs = world.clock.nowMs();
  const served = { ...repository, ...of };
  await world.store.repositories.write({
    schema: 1,
    version: 1,
    key: String(served.id),
    repository: served,
    activeAtMs: nowMs,
    sweptAtMs: undefined,
    calls: 0,
    dueAtMs: nowMs,
    resumeBelowRunId: undefined,
    refused: undefined,
    ...changes,
  });
}

/** Takes all messages that are due, unseen by the core. */
export async function takeMessages(world: World): Promise<Message[]> {
  const received = await world.queue.receive(10_000);
  for (const one of received) await world.queue.settle(one, { outcome: "done" });
  return received.map(({ message }) => message);
}

/** One look at the runs of the repository; resolves with the messages about jobs that came of it. */
export async function look(world: World): Promise<Extract<Message, { kind: "job" }>[]> {
  const verdict = await world.app.onMessage({ kind: "sweep", repository }, 1);
  if (verdict.outcome !== "done") throw new Error(verdict.reason);
  return (await takeMessages(world)).filter((message) => message.kind === "job");
}

/** The lines that tell operators of jobs which no delivery announced. */
export function found(world: World): string[] {
  return world.logged.filter((line) => line.startsWith("job found by sweep"));
}
