import { randomBytes } from "node:crypto";

import type { RunnerRecord } from "../state.ts";
import type { RunnerHome } from "./runner-home.ts";
import { fullName, repositoryOf, type World } from "../world.ts";

/** Registers an ephemeral runner: offline, of unknown system, with a secret of its own, until a machine connects as it. */
export function registerRunner(world: World, home: RunnerHome, name: string, labels: readonly string[]): RunnerRecord {
  const runner: RunnerRecord = {
    id: world.ids.next("runner"),
    home,
    name,
    labels: [...labels],
    accessToken: randomBytes(96).toString("base64url"),
    registeredAtMs: world.now(),
    status: "offline",
    os: "unknown",
    jobId: undefined,
    seenAtMs: world.now(),
    onlineSinceMs: undefined,
    poll: undefined,
  };
  world.state.runners.set(runner.id, runner);
  world.state.runnerTokens.set(runner.accessToken, runner.id);
  tellRunner(world, runner, "registered", "");
  return runner;
}

/** Deletes a registration; a machine that is connected as it hears that it no longer exists. */
export function removeRunner(world: World, runner: RunnerRecord, cause: string): void {
  world.state.runners.delete(runner.id);
  runner.poll?.("gone");
  tellRunner(world, runner, "removed", cause);
}

/** Tells whoever watches what became of a runner. */
export function tellRunner(
  world: World,
  runner: RunnerRecord,
  action: "registered" | "online" | "offline" | "removed",
  cause: string,
): void {
  const { home, id, name } = runner;
  const owner = "organization" in home ? home.organization.login : fullName(repositoryOf(world, home));
  world.tell({ type: "runner", action, owner, runnerId: id, name, cause });
}
