import type { FakeGitHubEvent } from "./event.ts";
import type { Habits } from "./habits.ts";
import type { Ids } from "./ids.ts";
import type { Limits } from "./limits.ts";
import type { RepositoryRecord, RunRecord, State } from "./state.ts";
import type { Timings } from "./timings.ts";

/** What a transition may use: the state and the few doors out of it. */
export type World = {
  readonly state: State;
  readonly ids: Ids;
  readonly timings: Timings;
  readonly limits: Limits;
  readonly habits: Habits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Chooses one of `count` equally good things: an index from 0. */
  readonly pick: (count: number) => number;
  /** Base URL of the fake, without a slash at its end. */
  readonly url: string;
  readonly after: (ms: number, act: () => void) => void;
  /** Sends the webhook to the App, if the App has an installation there and subscribes to the event. */
  readonly send: (webhook: Webhook) => void;
  readonly tell: (event: FakeGitHubEvent) => void;
};

export type Webhook = {
  readonly event: string;
  readonly action: string | null;
  readonly repository: RepositoryRecord;
  readonly actor: string;
  /** The payload without what every payload has (repository, sender, installation, action). */
  readonly body: Readonly<Record<string, unknown>>;
};

/** Records a breach of GitHub's API description. */
export function violate(world: World, text: string): void {
  world.state.violations.push(text);
  world.tell({ type: "violation", text });
}

/** The repository of a record that refers to one. */
export function repositoryOf(world: World, record: { readonly repositoryId: number }): RepositoryRecord {
  const repository = world.state.repositories.get(record.repositoryId);
  if (repository === undefined) throw new Error(`no repository ${record.repositoryId}`);
  return repository;
}

/** The run of a record that refers to one. */
export function runOf(world: World, record: { readonly runId: number }): RunRecord {
  const run = world.state.runs.get(record.runId);
  if (run === undefined) throw new Error(`no run ${record.runId}`);
  return run;
}

/** The repository of that owner and name, if there is one. */
export function repositoryNamed(world: World, { owner, name }: RepositoryName): RepositoryRecord | undefined {
  return [...world.state.repositories.values()].find((item) => item.owner === owner && item.name === name);
}

export type RepositoryName = Pick<RepositoryRecord, "owner" | "name">;

/** `owner/name`. */
export function fullName(repository: RepositoryName): string {
  return `${repository.owner}/${repository.name}`;
}

/** A time as GitHub writes it: seconds, UTC. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** The same for a time that may not have come yet. */
export function timestampOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : timestamp(ms);
}
