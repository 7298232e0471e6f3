import { setTimeout as sleep } from "node:timers/promises";
import { askAboutJob, type JobAnswer } from "./ask-about-job.ts";
import { openHookPipes, type HookPipes } from "./hook-pipes.ts";
import { writeRoleFiles } from "./role-files.ts";

export type JobGateOptions = {
  readonly hostUrl: string;
  readonly runner: string;
  readonly session: string;
  readonly folder: string;
  /** Home of the job's user. */
  readonly home: string;
  readonly askWithinMs: number;
  readonly retryMs: number;
  /** So long the reason stands in the job's log before the job is ended: GitHub must have got it. */
  readonly refusalShownMs: number;
  /** Texts that no log may show from now on. */
  readonly hide: (...secrets: readonly string[]) => void;
  readonly onRetry: (reason: string) => void;
  /** The job must not run: the runner is to be ended at once. Called once at most. */
  readonly onRefused: (reason: string) => void;
};

/** Stands before the first step of a job. */
export type JobGate = { readonly hook: string; close(): void };

/**
 * Makes the job-started hook and answers it: the runner's process asks, this one, which has the session, asks the
 * host channel. The job goes on only after a clear yes; `onRefused` is called for everything else, a hook that was
 * ended before it had its answer included. Rejects when the hook cannot be made.
 */
export async function openJobGate(options: JobGateOptions): Promise<JobGate> {
  const pipes = await openHookPipes(options.folder);
  let closed = false;
  const answer = async (): Promise<void> => {
    const reason = await answerHook(pipes, options).catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    );
    if (reason !== undefined && !closed) options.onRefused(reason);
  };
  void answer();
  return {
    hook: pipes.hook,
    close() {
      closed = true;
      pipes.close();
    },
  };
}

/** Resolves with why the job must not run; undefined when it goes on. */
async function answerHook(pipes: HookPipes, options: JobGateOptions): Promise<string | undefined> {
  const { over } = pipes;
  const line = await pipes.asked;
  const answer = await answerTo(line, pipes, options);
  if (over.aborted) return "The job-started hook was ended before it had an answer.";
  if (!answer.allowed) {
    pipes.send(`::error::Mayfly: this job may not run here: ${answer.reason}`);
    await sleep(options.refusalShownMs, undefined, { signal: over }).catch(() => undefined);
    return answer.reason;
  }
  const { notice, role } = answer;
  if (notice !== undefined) pipes.send(`Mayfly: ${notice}`);
  if (role !== undefined && "denied" in role) {
    pipes.send(`Mayfly: no credentials of role ${role.name}: ${role.denied}`);
  } else if (role !== undefined) {
    options.hide(role.secretAccessKey, role.sessionToken);
    await writeRoleFiles(options.home, role);
    const until = new Date(role.expiresAtMs).toISOString().slice(11, 16);
    pipes.send(`Mayfly: credentials of role ${role.name} until ${until} UTC are in ~/.aws`);
  }
  pipes.send("go");
  return undefined;
}

async function answerTo(
  line: string | undefined,
  { over }: HookPipes,
  { hostUrl, runner, session, askWithinMs, retryMs, onRetry }: JobGateOptions,
): Promise<JobAnswer> {
  const [, runId, attempt] = /^(\d{1,15}) (\d{1,9})$/.exec(line ?? "") ?? [];
  if (runId === undefined) return { allowed: false, reason: "The job-started hook did not name the job's run." };
  const question = { runner, session, runId: Number(runId), attempt: Number(attempt) };
  const giveUp = AbortSignal.any([over, AbortSignal.timeout(askWithinMs)]);
  return await askAboutJob(hostUrl, question, { retryMs, giveUp, onRetry });
}
