import type { Concurrency, ConcurrencyGroup, GroupMember } from "../concurrency.ts";
import type { JobRecord, RunRecord } from "../state.ts";
import { runOf, type World } from "../world.ts";

/** "Up to 100 jobs or workflow runs can be pending" with `queue: max` (GitHub's docs on concurrency, since May 2026). */
const MOST_WAITING = 100;

export type Entry = {
  /** It may go on; otherwise it waits for its turn. */
  readonly goesOn: boolean;
  /** Those that it displaces, to be cancelled with the reason; it may be among them itself. */
  readonly displaced: readonly { readonly member: GroupMember; readonly reason: string }[];
};

/**
 * Puts a run or a job into its group. One member of a group goes on at a time and one waits: a newcomer takes the
 * place of the one that waits, and with `cancel-in-progress` ends the one that goes on. Names are the same in any
 * case of letters, within one repository, for runs and jobs alike ("Control the concurrency of workflows and jobs").
 */
export function enterGroup(world: World, repositoryId: number, wanted: Concurrency, member: GroupMember): Entry {
  const key = `${repositoryId}#${wanted.group.toLowerCase()}`;
  const group = world.state.groups.get(key);
  if (group === undefined) {
    world.state.groups.set(key, { name: wanted.group, holder: member, waiting: [] });
    return { goesOn: true, displaced: [] };
  }
  if (isOwnRun(world, group, member)) {
    const reason =
      `Canceling since a deadlock for concurrency group '${wanted.group}' was detected between 'top level workflow' ` +
      `and '${world.state.jobs.get(member.id)?.key ?? ""}'`;
    return { goesOn: false, displaced: [{ member, reason }] };
  }
  const reason = `Canceling since a higher priority waiting request for ${wanted.group} exists`;
  if (wanted.queue === "max") {
    const isFull = group.waiting.length >= MOST_WAITING;
    if (!isFull) group.waiting.push(member);
    return { goesOn: false, displaced: isFull ? [{ member, reason }] : [] };
  }
  const displaced = wanted.cancelInProgress ? [group.holder, ...group.waiting] : group.waiting;
  group.waiting = [member];
  return { goesOn: false, displaced: displaced.map((one) => ({ member: one, reason })) };
}

/** Takes members that have ended out of every group. The answer: who goes on now instead. */
export function nextTurns(world: World): GroupMember[] {
  const turns: GroupMember[] = [];
  for (const [key, group] of world.state.groups) {
    group.waiting = group.waiting.filter((member) => !hasEnded(world, member));
    if (!hasEnded(world, group.holder)) continue;
    const next = group.waiting.shift();
    if (next === undefined) world.state.groups.delete(key);
    else {
      group.holder = next;
      turns.push(next);
    }
  }
  return turns;
}

/** The run that a member is, or belongs to. */
export function runOfMember(world: World, member: GroupMember): RunRecord {
  return member.kind === "run" ? runOf(world, { runId: member.id }) : runOf(world, jobOfMember(world, member));
}

/** The job that a member is; throws for a run. */
export function jobOfMember(world: World, { kind, id }: GroupMember): JobRecord {
  const job = kind === "job" ? world.state.jobs.get(id) : undefined;
  if (job === undefined) throw new Error(`no job ${id} in a concurrency group`);
  return job;
}

function isOwnRun(world: World, { holder }: ConcurrencyGroup, member: GroupMember): boolean {
  return member.kind === "job" && holder.kind === "run" && jobOfMember(world, member).runId === holder.id;
}

function hasEnded(world: World, member: GroupMember): boolean {
  const record = member.kind === "run" ? runOfMember(world, member) : jobOfMember(world, member);
  return record.status === "completed";
}
