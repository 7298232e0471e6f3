import type { Core } from "../core.ts";
import type { Repository } from "../model/repository.ts";
import { neverMs, nextLookMs, servedRepositoryKey } from "../model/served-repository.ts";
import type { ServedRepository } from "../model/served-repository.ts";
import { sweepSettings } from "../settings.ts";

/** What is known of a repository's activity may be so old: a busy one is not worth a write for each job. */
const activityMs = 60_000;

/** A job of the repository is about to be recorded, so sweep looks at its runs from now on. One read, seldom a write. */
export async function noteServed(core: Core, repository: Repository): Promise<void> {
  const key = servedRepositoryKey(repository.id);
  const nowMs = core.clock.nowMs();
  const known = await core.store.repositories.read(key);
  if (known !== undefined && nowMs < known.activeAtMs + activityMs) return;
  const before: ServedRepository = known ?? {
    schema: 1,
    version: 0,
    key,
    repository,
    activeAtMs: nowMs,
    sweptAtMs: undefined,
    calls: 0,
    dueAtMs: neverMs,
    resumeBelowRunId: undefined,
    refused: undefined,
  };
  const active = { ...before, version: before.version + 1, repository, activeAtMs: nowMs };
  const dueAtMs = Math.min(before.dueAtMs, nextLookMs(sweepSettings(core.settings), active, nowMs));
  // Somebody else who was first has noted the same, or the next job does.
  await core.store.repositories.write({ ...active, dueAtMs });
}
