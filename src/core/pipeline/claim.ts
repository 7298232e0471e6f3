import type { Core } from "../core.ts";
import { CallError, isCallError } from "../errors/call-error.ts";
import { decide } from "../errors/decide.ts";
import { change } from "../model/change.ts";
import { holdLaunchTurns, reserveMintTurn, turnMs } from "../model/jit-rate.ts";
import { claimByMs, endByMs } from "../model/lifetime.ts";
import { githubRunnerName } from "../model/runner-name.ts";
import type { Runner } from "../model/runner.ts";
import { extendSlots } from "../model/slots.ts";
import { isUnstarted } from "../model/transitions.ts";
import type { MachineProof } from "../ports.ts";
import { demandAndSupply } from "./demand.ts";
import { endRunner, findRegistration } from "./end-runner.ts";
import { provenMachine } from "./proven-machine.ts";
import { makeSession } from "./session.ts";
import { unneeded } from "./reap-request.ts";
import { explain, refuseJob } from "./wait.ts";

/** Answer of the host channel: status, JSON body, seconds for `Retry-After`. */
export type HostAnswer = {
  readonly status: number;
  readonly body?: Record<string, unknown> | undefined;
  readonly retryAfterSeconds?: number | undefined;
};

export type Claim = {
  readonly runner: string;
  readonly token: string;
  readonly claimId: string;
  /** Which machine it is, where its cloud can prove that. */
  readonly identity?: MachineProof | undefined;
};

/** How often one claim tries other names when GitHub says that the runner exists already. */
const mostMints = 3;

/**
 * A machine asks to become its runner. Exactly one host process gets a JIT config, minted now and never stored:
 * 401 wrong token, or a machine that is not the one we launched · 409 another process has claimed it · 410 nobody needs it or its record has ended · 503 try again.
 * The same process may ask again before its runner listens: the idle registration is deleted and a new one minted.
 */
export async function claim(core: Core, request: Claim): Promise<HostAnswer> {
  if (!core.signer.equal(core.signer.sign(`claim:${request.runner}`), request.token)) return { status: 401 };
  const known = await core.store.runners.read(request.runner);
  if (known === undefined || isOver(known) || isTooLate(core, known)) return { status: 410 };
  const proven = await provenMachine(core, known, request.identity);
  if ("status" in proven) return proven;
  if (isAnothers(known, request.claimId)) return { status: 409 };
  if (!(await isNeeded(core, known))) {
    await endRunner(core, known, "nobody needed it any more when it came up");
    return { status: 410 };
  }
  const mintAtMs = await mintTurn(core, known);
  const nowMs = core.clock.nowMs();
  const waitMs = Math.max(0, mintAtMs - nowMs);
  const claimed: Runner = {
    ...known,
    version: known.version + 1,
    state: "booting",
    machineId: proven.machineId,
    unsure: false,
    claimId: request.claimId,
    claimedAtMs: known.claimedAtMs ?? nowMs,
    // Somebody needs it after all; from now on it is looked at anew.
    cause: known.cause === unneeded ? undefined : known.cause,
    // The turn is used up by this answer, unless it has not come yet.
    mintAtMs: waitMs > 0 ? mintAtMs : undefined,
    dueAtMs: nowMs + waitMs + core.settings.timings.bootSeconds * 1000,
    ...logPlace(core, known),
  };
  if (!(await core.store.runners.write(claimed))) return { status: 503, retryAfterSeconds: 1 };
  if (waitMs > 0) return { status: 503, retryAfterSeconds: Math.ceil(waitMs / 1000) };
  try {
    return await mint(core, claimed);
  } catch (error) {
    return await refuseOrRetry(core, claimed, error);
  }
}

function isTooLate(core: Core, runner: Runner): boolean {
  return runner.claimId === undefined && core.clock.nowMs() > claimByMs(core, runner);
}

/** Another process has claimed the runner, or this one has, and listens already. */
function isAnothers({ claimId, state }: Runner, asked: string): boolean {
  if (claimId !== undefined && claimId !== asked) return true;
  return state === "idle" || state === "busy";
}

/** When GitHub may be asked for this runner: the turn that it has reserved, or a new one when that has lapsed. */
async function mintTurn(core: Core, { mintAtMs, repository }: Runner): Promise<number> {
  if (mintAtMs !== undefined && core.clock.nowMs() <= mintAtMs + turnMs) return mintAtMs;
  return await reserveMintTurn(core, repository.installationId);
}

/** Where the machine is told to write its log, if it does not name the place itself. */
function logPlace(core: Core, runner: Runner): Pick<Runner, "logGroup" | "logStream"> {
  const logGroup = core.compute[runner.execution]?.traits.logGroups?.[runner.region] ?? runner.logGroup;
  return { logGroup, logStream: runner.logStream ?? (logGroup === undefined ? undefined : runner.name) };
}

/** Its own job still waits (a consistent read), or another job of the pool does (an index that may lag a little). */
async function isNeeded(core: Core, runner: Runner): Promise<boolean> {
  const own = await core.store.jobs.read(String(runner.namedForJobId));
  if (own !== undefined && isUnstarted(own.state)) return true;
  return (await demandAndSupply(core, runner.pool)).demand.length > 0;
}

async function mint(core: Core, claimed: Runner): Promise<HostAnswer> {
  let runner = claimed;
  // An earlier answer did not get through, or the process that waited for it died.
  if (runner.mints > 0) await dropLastRegistration(core, runner);
  for (let attempt = 1; attempt <= mostMints; attempt += 1) {
    const mintedAtMs = core.clock.nowMs();
    // The number is written before the call: a lost reply never leads to the same name again.
    const numbered = {
      ...runner,
      version: runner.version + 1,
      mints: runner.mints + 1,
      mintedAtMs,
      githubRunnerId: undefined,
    };
    if (!(await core.store.runners.write(numbered))) return { status: 503, retryAfterSeconds: 1 };
    runner = numbered;
    const name = githubRunnerName(runner.name, runner.mints);
    try {
      const { runnerId, jitConfig } = await core.github.mintJitConfig(runner, { name, labels: runner.labels });
      return await answerClaim(core, runner, runnerId, jitConfig);
    } catch (error) {
      if (!isCallError(error, "conflict", "lost-reply") || attempt === mostMints) throw error;
      await dropLastRegistration(core, runner);
    }
  }
  return { status: 503, retryAfterSeconds: 5 };
}

/** Its end has begun, or is over. */
function isOver({ state, endingSinceMs }: Runner): boolean {
  return state === "ended" || endingSinceMs !== undefined;
}

async function dropLastRegistration(core: Core, runner: Runner): Promise<void> {
  const runnerId = runner.githubRunnerId ?? (await findRegistration(core, runner));
  if (runnerId === undefined) return;
  if ((await core.github.deleteRunner(runner, runnerId)) !== "busy") return;
  const message = "an earlier registration of this runner is running a job";
  throw new CallError({ service: "github", operation: "delete-runner", kind: "conflict", message });
}

async function answerClaim(core: Core, runner: Runner, runnerId: number, jitConfig: string): Promise<HostAnswer> {
  const { idleSeconds, shutdownSeconds } = core.settings.timings;
  const lifeEndsAtMs = endByMs(core, runner);
  const after = await change(core.store.runners, runner.name, (record) =>
    isOver(record) ? undefined : { ...record, githubRunnerId: runnerId },
  );
  if (after === undefined || isOver(after)) {
    await core.github.deleteRunner(runner, runnerId);
    return { status: 410 };
  }
  await extendSlots(core, runner, lifeEndsAtMs + core.settings.timings.slotSeconds * 1000);
  const githubName = githubRunnerName(runner.name, runner.mints);
  core.log.info("runner claimed", { runner: runner.name, githubRunner: runnerId });
  return {
    status: 200,
    body: {
      githubRunnerName: githubName,
      jitConfig,
      session: makeSession(core, runner.name, runner.claimId ?? ""),
      idleSeconds,
      shutdownSeconds,
      askBeforeJob: mayRefuse(core, runner),
      endByMs: lifeEndsAtMs,
      region: runner.region,
      logGroup: runner.logGroup,
      logStream: runner.logStream,
    },
  };
}

/** The hook is spared its question only where the answer could never be no, and never holds credentials. */
function mayRefuse({ policy }: Core, { repository, organizationRunnerGroup, spec }: Runner): boolean {
  const isBarred = !repository.private && policy.publicRepositories === "deny";
  // Whose job comes to an organisation's runner nobody knows yet.
  const isShared = organizationRunnerGroup !== undefined;
  return policy.forkPullRequests !== "allow" || isBarred || isShared || spec.role !== undefined;
}

async function refuseOrRetry(core: Core, runner: Runner, error: unknown): Promise<HostAnswer> {
  const decision = decide(error, runner.mints, core.random.next());
  core.log.warn("claim not answered with a JIT config", { runner: runner.name, detail: decision.detail });
  const job = await core.store.jobs.read(String(runner.namedForJobId));
  if (decision.outcome === "refuse") {
    // GitHub refuses every runner of this repository: no job of the pool would fare better.
    const { demand } = await demandAndSupply(core, runner.pool);
    await Promise.all(demand.map((waiting) => refuseJob(core, waiting, decision.tellUser, decision.detail)));
    if (job !== undefined) await refuseJob(core, job, decision.tellUser, decision.detail);
    await endRunner(core, runner, decision.detail);
    return { status: 410 };
  }
  if (decision.outcome === "wait") {
    await holdLaunchTurns(core, runner.repository.installationId, core.clock.nowMs() + decision.afterSeconds * 1000);
  }
  if (job !== undefined) await explain(core, job, decision.tellUser, decision.detail);
  return { status: 503, retryAfterSeconds: decision.afterSeconds };
}
